"""Every loss from the estimators: the value that a fit reports, by other libraries."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn import metrics

from chainrule import MLPClassifier, MLPRegressor
from chainrule.estimators._classifier import LOSSES as CLASS_LOSSES
from chainrule.estimators._regressor import NUMBER_LOSSES
from chainrule.formulas import Huber, Quantile, Quantiles

from .cases import TASKS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# A rate so small that no weight moves: the loss is that of the weights at hand.
STILL = {"hidden_layer_sizes": (4,), "random_state": 0, "alpha": 0.0, "max_iter": 1}
STILL |= {"learning_rate_init": 1e-300}
RNG = np.random.default_rng(8)
X = RNG.normal(size=(70, 3))
# In (0, 1), which lies in the domain of every loss of numbers.
Y = RNG.uniform(0.05, 0.95, size=70)


def pinball(levels):
    return lambda y, p: (
        sum(metrics.mean_pinball_loss(y, p[:, k], alpha=level) for k, level in enumerate(levels))
        / len(levels)
    )


def huber(delta):
    loss = torch.nn.HuberLoss(delta=delta)
    return lambda y, p: loss(torch.tensor(p), torch.tensor(y)).item()


NUMBERS = {
    "squared_error": lambda y, p: 0.5 * metrics.mean_squared_error(y, p),
    "mean_squared_error": metrics.mean_squared_error,
    "squared_log_error": metrics.mean_squared_log_error,
    "absolute_error": metrics.mean_absolute_error,
    "huber": huber(1.35),
    "quantile": lambda y, p: metrics.mean_pinball_loss(y, p, alpha=0.5),
    "quantiles": pinball((0.1, 0.5, 0.9)),
    "poisson": lambda y, p: 0.5 * metrics.mean_poisson_deviance(y, p),
    "gamma": lambda y, p: 0.5 * metrics.mean_gamma_deviance(y, p),
    "binary_log_loss": lambda y, p: torch.nn.functional.binary_cross_entropy(
        torch.tensor(p), torch.tensor(y)
    ).item(),
}


def test_no_loss_is_left_out():
    assert set(NUMBERS) | {"gaussian_likelihood"} == set(NUMBER_LOSSES)
    assert set(CLASSES) | {"log_loss"} == set(CLASS_LOSSES)


@pytest.mark.parametrize("name", NUMBERS)
def test_value_of_a_loss_of_numbers(name):
    model = MLPRegressor(name, **STILL).fit(X, Y)
    # A mean of 70 terms in float64.
    assert_allclose(model.loss_, NUMBERS[name](Y, model.predict(X)), rtol=1e-11)


@pytest.mark.parametrize(
    ("loss", "reference"),
    [
        (Huber(0.1), huber(0.1)),
        (Quantile(0.8), lambda y, p: metrics.mean_pinball_loss(y, p, alpha=0.8)),
        (Quantiles((0.3, 0.6)), pinball((0.3, 0.6))),
    ],
    ids=["huber", "quantile", "quantiles"],
)
def test_value_of_a_loss_with_settings(loss, reference):
    model = MLPRegressor(loss, **STILL).fit(X, Y)
    assert_allclose(model.loss_, reference(Y, model.predict(X)), rtol=1e-11)


def test_value_of_the_gaussian_likelihood():
    model = MLPRegressor("gaussian_likelihood", **STILL).fit(X, Y)
    mean, deviation = map(torch.tensor, model.predict(X, return_std=True))
    expected = torch.nn.GaussianNLLLoss()(mean, torch.tensor(Y), deviation**2)
    assert_allclose(model.loss_, expected.item(), rtol=1e-11)


def signs(y):
    return np.where(y[:, None] == np.arange(3), 1, -1)


def crammer_singer(y, d):
    own = d[np.arange(len(y)), y]
    others = np.where(signs(y) == 1, -np.inf, d).max(axis=1)
    return np.maximum(0, 1 + others - own).mean()


CLASSES = {
    "hinge": lambda y, d: np.maximum(0, 1 - signs(y) * d).sum(axis=1).mean(),
    "squared_hinge": lambda y, d: (np.maximum(0, 1 - signs(y) * d) ** 2).sum(axis=1).mean(),
    "perceptron": lambda y, d: np.maximum(0, -signs(y) * d).sum(axis=1).mean(),
    "crammer_singer": crammer_singer,
    "squared_error": lambda y, d: 0.5 * ((np.eye(3)[y] - d) ** 2).mean(),
}


@pytest.mark.parametrize("name", CLASSES)
def test_value_of_a_loss_of_classes(name):
    y = RNG.integers(0, 3, 70)
    model = MLPClassifier(loss=name, **STILL).fit(X, y)
    assert_allclose(model.loss_, CLASSES[name](y, model.decision_function(X)), rtol=1e-11)


def test_hinge_beside_scikit_learns_metric():
    """Of two classes there is one output, and the metric of a library to compare with."""
    task = TASKS["binary"]
    model = MLPClassifier(loss="hinge", **STILL).fit(task.X, task.y)
    expected = metrics.hinge_loss(task.y, model.decision_function(task.X))
    assert_allclose(model.loss_, expected, rtol=1e-11)


@pytest.mark.parametrize("link", ["logistic", "softmax"])
def test_squared_error_of_probabilities(link):
    """Least squares of classes behind a link: univariate logistic least squares, among others."""
    y = RNG.integers(0, 3, 70)
    model = MLPClassifier(loss="squared_error", output_activation=link, **STILL).fit(X, y)
    p = model.predict_proba(X)
    assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)
    z = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    z = z @ model.coefs_[1] + model.intercepts_[1]
    q = 1 / (1 + np.exp(-z)) if link == "logistic" else np.exp(z) / np.exp(z).sum(1, keepdims=True)
    assert_allclose(model.loss_, 0.5 * ((np.eye(3)[y] - q) ** 2).mean(), rtol=1e-11)
    assert_allclose(p, q / q.sum(axis=1, keepdims=True), rtol=1e-11)


@pytest.mark.parametrize("link", ["exp", "softplus", "logistic"])
def test_links_of_numbers(link):
    model = MLPRegressor("squared_error", output_activation=link, **STILL).fit(X, Y)
    z = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    z = (z @ model.coefs_[1] + model.intercepts_[1]).ravel()
    formulas = {"exp": np.exp, "softplus": lambda z: np.logaddexp(0, z)}
    p = formulas.get(link, lambda z: 1 / (1 + np.exp(-z)))(z)
    assert_allclose(model.predict(X), p, rtol=1e-11)
    assert model.out_activation_ == link


# The lectures' numbers.


def test_lectures_cross_entropies():
    """(1, 0, 0) against (.7, .2, .1) and (.5, .3, .2): .36 and .69, natural logarithms."""
    x, y = np.zeros((3, 1)), np.array([0, 1, 2])
    model = MLPClassifier(**{**STILL, "hidden_layer_sizes": ()}).fit(x, y)
    for p, expected in (((0.7, 0.2, 0.1), 0.36), ((0.5, 0.3, 0.2), 0.69)):
        model.intercepts_[0][...] = np.log(p)
        assert_allclose(model.predict_proba(x[:1])[0], p, rtol=1e-12)
        assert -model.predict_log_proba(x[:1])[0, 0] == pytest.approx(expected, abs=0.005)
