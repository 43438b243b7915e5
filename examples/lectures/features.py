"""Features for a linear model: logarithms, pieces and products, by scikit-learn's transformers."""

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    PolynomialFeatures,
    StandardScaler,
)

from chainrule import MLPRegressor


def linear():
    """Return linear least squares."""
    return MLPRegressor("squared_error", (), solver="lbfgs", alpha=0.0, max_iter=3000, tol=1e-8)


def score(X, y, *transformers):
    """Return R squared of a linear model on transformed and standardised columns."""
    y = (y - y.mean()) / y.std()
    model = make_pipeline(*transformers, StandardScaler(), linear().set_params(random_state=0))
    return model.fit(X, y).score(X, y)


def popularity(rng):
    """Return how many people bought a product, and a rating that grows with each doubling."""
    people = np.exp(rng.uniform(0, 12, (500, 1)))
    return people, np.log2(people[:, 0])


def price(rng):
    """Return an age, and a price that falls by steps."""
    age = rng.uniform(0, 8, (500, 1))
    return age, np.select([age[:, 0] < 2, age[:, 0] < 4, age[:, 0] < 6], [9.0, 5.0, 7.0], 2.0)


def health(rng):
    """Return height (inches) and weight (kg), and the squared distance from an ideal weight.

    Ideal: 52 kg at 60 inches and 1.9 kg for each further one (Robinson's formula, for men).
    """
    height, weight = rng.normal(68, 3, 500), rng.normal(70, 10, 500)
    return np.column_stack([height, weight]), -((52 + 1.9 * (height - 60) - weight) ** 2)


def table():
    """Return (problem, feature, R squared as it is, R squared with the feature)."""
    rng = np.random.default_rng(0)
    pieces = KBinsDiscretizer(4, strategy="uniform", encode="onehot-dense")
    scaled = make_pipeline(StandardScaler(), PolynomialFeatures(2, include_bias=False))
    problems = [
        ("rating from buyers", "log", *popularity(rng), FunctionTransformer(np.log)),
        ("price from age", "four pieces", *price(rng), pieces),
        ("health from height, weight", "squares, product", *health(rng), scaled),
    ]
    return [(name, kind, score(X, y), score(X, y, f)) for name, kind, X, y, f in problems]


def main():
    """Print the table."""
    print("problem                     R2 linear  R2 with feature")
    for name, kind, before, after in table():
        print(f"{name:28} {before:8.3f} {after:12.3f}   {kind}")


if __name__ == "__main__":
    main()
