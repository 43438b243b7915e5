"""What was learned, as data: activations, dead units, gradients by layer, the range test."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import DivergenceError, MLPClassifier, MLPRegressor
from chainrule.estimators import learning_rate_range_test
from chainrule.exceptions import GradientWarning

from .cases import TASKS
from .messages import assert_own_form, refusal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {"hidden_layer_sizes": (6, 4), "random_state": 0, "max_iter": 5, "alpha": 0.0}
TASK = TASKS["regression"]


@pytest.mark.parametrize("normalised", [{}, {"layer_norm": True}])
@pytest.mark.parametrize("activations", ["tanh", ("relu", "logistic")])
def test_hidden_activations_by_numpy(activations, normalised):
    model = MLPRegressor(**SMALL, activation=activations, **normalised).fit(TASK.X, TASK.y)
    names = [activations] * 2 if isinstance(activations, str) else activations
    formulas = {
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
        "logistic": lambda z: 1 / (1 + np.exp(-z)),
    }
    layer, found = TASK.X, model.hidden_activations(TASK.X)
    for k, name in enumerate(names):
        z = layer @ model.coefs_[k] + model.intercepts_[k]
        if normalised:
            mean, variance = z.mean(axis=1, keepdims=True), z.var(axis=1, keepdims=True)
            g, b = (model.extra_parameters_[f"normalisation {k + 1} {n}"] for n in "gb")
            z = g * (z - mean) / np.sqrt(variance + 1e-5) + b
        layer = formulas[name](z)
        # Sums of six terms in float64, and our own exp and tanh to a few ulps.
        assert_allclose(found[k], layer, rtol=1e-11, atol=1e-13)
    assert len(found) == 2
    sparse = model.hidden_activations(scipy.sparse.csr_array(TASK.X))
    assert_allclose(sparse[1], found[1], rtol=1e-12)


def test_without_hidden_layers_there_are_no_activations():
    model = MLPRegressor(**{**SMALL, "hidden_layer_sizes": ()}).fit(TASK.X, TASK.y)
    assert model.hidden_activations(TASK.X) == []
    assert model.dead_units(TASK.X).shape == (0,)


def test_dead_units_are_those_that_never_answer():
    model = MLPRegressor(**SMALL).fit(TASK.X, TASK.y)
    model.intercepts_[0][[1, 3]] = -1e6  # so far below every sum that relu gives 0
    assert model.dead_units(TASK.X)[0] == 2 / 6
    assert MLPRegressor(**SMALL, activation="tanh").fit(TASK.X, TASK.y).dead_units(TASK.X)[0] == 0


def test_gradient_norms_of_a_linear_model_by_hand():
    X, y = TASK.X, TASK.y
    settings = {**SMALL, "hidden_layer_sizes": (), "alpha": 2.0, "max_iter": 4}
    model = MLPRegressor(**settings, diagnostics=True).fit(X, y)
    assert model.gradient_norms_.shape == (4, 1)
    residual = model.predict(X) - y
    slopes = (X.T @ residual + 2.0 * model.coefs_[0][:, 0]) / len(y)
    norm = np.linalg.norm([*slopes, residual.mean()])
    # The last row is that of the weights that the fit ended with.
    assert_allclose(model.gradient_norms_[-1, 0], norm, rtol=1e-10)


def test_gradient_norms_with_smoothed_targets_by_hand():
    task = TASKS["multiclass"]
    settings = {**SMALL, "hidden_layer_sizes": (), "max_iter": 2, "label_smoothing": 0.3}
    model = MLPClassifier(**settings, diagnostics=True).fit(task.X, task.y)
    targets = 0.7 * (task.y[:, None] == task.classes) + 0.1
    slopes = model.predict_proba(task.X) - targets
    columns = np.column_stack([task.X, np.ones(len(task.y))])
    norm = np.linalg.norm(columns.T @ slopes / len(task.y))
    assert_allclose(model.gradient_norms_[-1, 0], norm, rtol=1e-10)


@pytest.mark.parametrize(
    "settings",
    [{}, {"dropout": 0.3}, {"batch_norm": True}, {"solver": "lbfgs"}, {"solver": "sgd"}],
    ids=str,
)
def test_diagnostics_change_no_weight(settings):
    watched = MLPRegressor(**SMALL, **settings, diagnostics=True).fit(TASK.X, TASK.y)
    plain = MLPRegressor(**SMALL, **settings).fit(TASK.X, TASK.y)
    assert_array_equal(watched.coefs_[0], plain.coefs_[0])
    assert watched.gradient_norms_.shape == (watched.n_iter_, 3)
    assert np.isfinite(watched.gradient_norms_).all()
    assert not hasattr(plain, "gradient_norms_")


def test_vanishing_gradients_are_warned_of():
    """Twelve logistic layers, each with a slope of a quarter at most."""
    deep = {**SMALL, "hidden_layer_sizes": (5,) * 12, "diagnostics": True}
    with pytest.warns(GradientWarning, match=r"^Gradients vanish: those of layer 0 .*'relu'"):
        model = MLPRegressor(**deep, activation="logistic").fit(TASK.X, TASK.y)
    norms = model.gradient_norms_[-1]
    assert norms[0] < 1e-6 * norms[-1]
    with warnings.catch_warnings():
        warnings.simplefilter("error", GradientWarning)
        MLPRegressor(**deep, activation="selu", initializer="lecun_normal").fit(TASK.X, TASK.y)


def test_exploding_gradients_are_warned_of():
    settings = {**SMALL, "solver": "sgd", "momentum": 0.0, "activation": "identity"}
    settings |= {"hidden_layer_sizes": (), "learning_rate_init": 10.0, "diagnostics": True}
    with pytest.warns(GradientWarning, match=r"^Gradients explode: .* clip_norm"):
        MLPRegressor(**settings).fit(TASK.X, TASK.y)


def test_range_test_finds_where_training_breaks():
    """Steps of gradient descent on a quadratic loss diverge above 2 / largest curvature."""
    X, y = TASK.X, TASK.y
    settings = {"hidden_layer_sizes": (), "solver": "sgd", "momentum": 0.0, "alpha": 0.0}
    model = MLPRegressor(**settings, batch_size=len(y), random_state=0)
    result = learning_rate_range_test(model, X, y, low=1e-3, high=100.0, steps=60)
    assert_allclose(np.diff(np.log(result.rates)), np.log(1e5) / 59, rtol=1e-9)
    assert len(result.rates) == len(result.losses) < 60
    columns = np.column_stack([X, np.ones(len(y))])
    largest = np.linalg.eigvalsh(columns.T @ columns / len(y)).max()
    rising = np.flatnonzero(np.diff(result.losses) > 0)
    # One step above the limit makes the next loss larger; a step of the test is a factor of 1.22.
    assert 2 / largest <= result.rates[rising[-1]] <= 2 / largest * 30
    best = result.rates[np.argmin(result.losses)]
    assert 0.05 * 2 / largest < best < 1.5 * 2 / largest
    assert not hasattr(model, "coefs_")


def test_range_test_of_a_classifier_takes_batches():
    task = TASKS["multiclass"]
    model = MLPClassifier(hidden_layer_sizes=(5,), batch_size=30, random_state=0)
    first, again = (learning_rate_range_test(model, task.X, task.y, steps=10) for _ in range(2))
    assert_array_equal(first.losses, again.losses)
    assert len(first.rates) == 10


def test_range_test_ends_where_the_loss_is_no_number():
    settings = {"hidden_layer_sizes": (5, 5), "activation": "identity", "solver": "sgd"}
    model = MLPRegressor(**settings, random_state=0)
    result = learning_rate_range_test(model, TASK.X, 1e3 * TASK.y, low=1.0, high=1e6, steps=30)
    assert 1 <= len(result.losses) < 30
    with pytest.raises(DivergenceError):
        model.set_params(learning_rate_init=1e3).fit(TASK.X, 1e3 * TASK.y)


@pytest.mark.parametrize(
    ("model", "settings", "name"),
    [
        (MLPRegressor(solver="lbfgs"), {}, "solver"),
        (MLPRegressor(solver="rprop"), {}, "solver"),
        (MLPRegressor(), {"low": 0.0}, "low"),
        (MLPRegressor(), {"low": 2.0}, "low"),
        (MLPRegressor(), {"steps": 1}, "steps"),
    ],
)
def test_range_test_refuses(model, settings, name):
    assert_own_form(
        refusal(ValueError, learning_rate_range_test, model, TASK.X, TASK.y, **settings), name
    )
