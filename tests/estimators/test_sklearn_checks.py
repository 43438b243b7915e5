"""scikit-learn's common checks of an estimator, all of them, with no expected failure."""

import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from chainrule import MLPClassifier, MLPRegressor

# Repeating a row and doubling its weight are the same only where the order of the rows does not
# matter. scikit-learn checks its own networks in this one check with these settings too.
SETTINGS_OF_CHECK = {
    ("check_sample_weight_equivalence_on_dense_data", "MLPClassifier"): {"solver": "lbfgs"},
    ("check_sample_weight_equivalence_on_dense_data", "MLPRegressor"): {
        "solver": "sgd",
        "tol": 1e-2,
        "random_state": 42,
    },
}
# One of each kind of answer and of solver that scikit-learn's own do not have.
OURS = [
    MLPClassifier(loss="squared_hinge", solver="newton-cg"),
    MLPClassifier(loss="crammer_singer", max_iter=100, learning_rate_init=0.01),
    MLPRegressor(loss="huber", solver="lbfgs", max_iter=100),
    MLPRegressor(layer_norm=True, activation="prelu", solver="lbfgs", max_iter=100),
]


# 100 epochs, as for scikit-learn's own networks: the checks want an answer, not the optimum.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
# The checks hand over columns as targets and single rows on purpose.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@parametrize_with_checks([MLPClassifier(max_iter=100), MLPRegressor(max_iter=100), *OURS])
def test_common_check(estimator, check):
    name = getattr(check, "func", check).__name__
    own = estimator in OURS
    settings = {} if own else SETTINGS_OF_CHECK.get((name, type(estimator).__name__), {})
    # A clone, as all checks of a class are given the same instance.
    check(clone(estimator).set_params(**settings))
