"""Every registered activation in an estimator, one for all layers or one a layer."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import erf, expit

from chainrule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Klambauer et al. 2017, equation 14.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


# The textbook's definitions in NumPy and SciPy, apart from the package's own formulas.
REFERENCE = {
    "identity": lambda x: x,
    "logistic": expit,
    "tanh": np.tanh,
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": elu,
    "selu": lambda x: SELU_SCALE * elu(x, SELU_ALPHA),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))),
    "silu": lambda x: x * expit(x),
    "softplus": lambda x: np.logaddexp(0, x),
}
MIXED = [("tanh", "relu"), ("gelu", "softplus"), ("selu", "identity"), ("relu", "relu")]
HIDDEN = (6, 5)


def table() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60, 3))
    return X, np.sin(X[:, 0]) + X[:, 1] ** 2


def forward(X, weights, biases, names):
    for W, b, name in zip(weights[:-1], biases[:-1], names, strict=True):
        X = REFERENCE[name](X @ W + b)
    return (X @ weights[-1] + biases[-1]).ravel()


def one_step(activation, rate: float) -> MLPRegressor:
    """One plain gradient step over all rows."""
    X, y = table()
    settings = {"solver": "sgd", "momentum": 0.0, "alpha": 0.0, "batch_size": 60, "max_iter": 1}
    model = MLPRegressor(
        hidden_layer_sizes=HIDDEN, activation=activation, random_state=2, **settings
    )
    return model.set_params(learning_rate_init=rate).fit(X, y)


@pytest.mark.parametrize("activation", [*REFERENCE, *MIXED], ids=str)
def test_prediction_is_the_textbooks(activation):
    X, y = table()
    model = MLPRegressor("squared_error", HIDDEN, activation, random_state=1, max_iter=5).fit(X, y)
    names = [activation] * 2 if isinstance(activation, str) else activation
    # Three products of short rows in float64, and our own exp, tanh and erf to a few ulps.
    expected = forward(X, model.coefs_, model.intercepts_, names)
    assert_allclose(model.predict(X), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("activation", [*REFERENCE, *MIXED], ids=str)
def test_step_is_the_gradient_of_the_loss(activation):
    """(weights before - weights after) / rate, beside central differences of the loss."""
    X, y = table()
    names = [activation] * 2 if isinstance(activation, str) else activation
    # A rate so small that no weight changes by a bit shows the weights of the beginning.
    start, rate = one_step(activation, 1e-200), 1e-3
    after = one_step(activation, rate)

    def loss(weights, biases):
        return 0.5 * np.mean((forward(X, weights, biases, names) - y) ** 2)

    assert_allclose(start.loss_, loss(start.coefs_, start.intercepts_), rtol=1e-12)
    rng = np.random.default_rng(0)
    for _ in range(3):
        W = [rng.normal(size=w.shape) for w in start.coefs_]
        b = [rng.normal(size=w.shape) for w in start.intercepts_]
        # Truncation falls with h squared, rounding grows as 1e-16 / h: both near 1e-10 at 1e-5.
        h = 1e-5
        values = [
            loss(
                [w + sign * h * d for w, d in zip(start.coefs_, W, strict=True)],
                [w + sign * h * d for w, d in zip(start.intercepts_, b, strict=True)],
            )
            for sign in (1, -1)
        ]
        numerical = (values[0] - values[1]) / (2 * h)
        before, now = start.coefs_ + start.intercepts_, after.coefs_ + after.intercepts_
        pairs = zip(before, now, W + b, strict=True)
        stepped = sum(np.sum((old - new) / rate * d) for old, new, d in pairs)
        # 1e-10 as above, and the weights' own rounding divided by the rate, 1e-13.
        assert_allclose(stepped, numerical, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("activation", REFERENCE)
def test_one_name_equals_a_tuple_of_it(activation, Estimator, solver):
    X, y = table()
    y = y > 0 if Estimator is MLPClassifier else y
    models = [
        Estimator(
            hidden_layer_sizes=HIDDEN, activation=given, solver=solver, random_state=1, max_iter=4
        ).fit(X, y)
        for given in (activation, (activation, activation), [activation, activation])
    ]
    for model in models[1:]:
        for a, b in zip(model.coefs_, models[0].coefs_, strict=True):
            assert_array_equal(a, b)


def test_float32_stays_float32_with_every_activation():
    X, y = table()
    for activation in REFERENCE:
        model = MLPRegressor(activation=activation, max_iter=3, random_state=0)
        model.fit(X.astype(np.float32), y)
        assert model.predict(X.astype(np.float32)).dtype == np.float32
        # A sum of 100 terms in float32.
        names = [activation]
        expected = forward(X, model.coefs_, model.intercepts_, names)
        assert_allclose(model.predict(X.astype(np.float32)), expected, rtol=1e-5, atol=1e-5)
