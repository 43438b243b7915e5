"""Health from body temperature: healthy in the middle, so no weight on the temperature will do.

Features make a linear model do it (the square of the temperature; the standard point need not be
known), and so does a hidden layer, which finds its own features.
"""

import numpy as np
from figure import save
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from chainrule import MLPClassifier


def patients(count, seed):
    """Return temperatures in degrees Celsius, and who is healthy."""
    degrees = np.random.default_rng(seed).uniform(34, 41, (count, 1))
    return degrees, np.where(np.abs(degrees[:, 0] - 37.0) < 1.0, "healthy", "ill")


def linear():
    """Return a classifier with a weight and a bias."""
    return MLPClassifier((), solver="lbfgs", alpha=1e-4, max_iter=2000, random_state=0)


def models():
    """Return three models, by name."""
    two_units = MLPClassifier((2,), "tanh", solver="lbfgs", max_iter=2000, n_init=5, random_state=0)
    square = PolynomialFeatures(2, include_bias=False)
    return {
        "temperature": make_pipeline(StandardScaler(), linear()),
        "temperature and its square": make_pipeline(StandardScaler(), square, linear()),
        "two hidden units": make_pipeline(StandardScaler(), two_units),
    }


def draw(axes):
    """Draw the probability of health over the temperature."""
    degrees = np.linspace(34, 41, 200)[:, None]
    for name, model in models().items():
        model.fit(*patients(200, seed=0))
        axes.plot(degrees, model.predict_proba(degrees)[:, 0], label=name)
    axes.set(xlabel="degrees Celsius", ylabel="probability of being healthy")
    axes.legend()


def main():
    """Print the accuracies, and four patients."""
    new = patients(1000, seed=1)
    print("features                     right    35.5  36.8  37.5  39.0 degrees")
    for name, model in models().items():
        model.fit(*patients(200, seed=0))
        answers = model.predict([[35.5], [36.8], [37.5], [39.0]])
        print(f"{name:27} {model.score(*new):.3f}", *(f"{a:>5.4}" for a in answers), sep="  ")
    save(draw)


if __name__ == "__main__":
    main()
