"""chainrule's MLPClassifier: scikit-learn's benchmark with another import."""

from .scikit_learn import ScikitLearn


class Chainrule(ScikitLearn):
    """Times the public `fit` of chainrule's estimator."""

    library = "chainrule"
