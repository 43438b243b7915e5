"""Fits that end early against the user's wish: the rate diverges, or Ctrl-C is pressed."""

import re
import time

import ctrl_c
import numpy as np
import pytest

from chainrule import DivergenceError, MLPClassifier, MLPRegressor, TrainingInterruptedWarning
from chainrule.engine.random_state import FEW_NUMBERS

from .messages import refusal


def table() -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(100, 4))
    return X, 10 * X[:, 0]


def fitted_arrays(model) -> list[np.ndarray]:
    return [*model.coefs_, *model.intercepts_]


DIVERGING = {"solver": "sgd", "activation": "identity", "random_state": 0, "momentum": 0.0}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_diverging_rate_says_the_epoch_and_keeps_finite_weights(dtype):
    X, y = table()
    model = MLPRegressor(hidden_layer_sizes=(5, 5), learning_rate_init=10.0, **DIVERGING)
    message = refusal(DivergenceError, model.fit, X.astype(dtype), y)
    assert re.search(r"\bepoch \d+", message), message
    assert "learning_rate_init" in message
    assert all(np.isfinite(array).all() for array in fitted_arrays(model))
    assert {array.dtype for array in fitted_arrays(model)} == {np.dtype(dtype)}


def test_divergence_is_said_at_the_epoch_it_happens():
    """The epoch is the first whose loss is not finite: the curve holds those before it."""
    X, y = table()
    model = MLPRegressor(hidden_layer_sizes=(5, 5), learning_rate_init=0.3, **DIVERGING)
    message = refusal(DivergenceError, model.fit, X, y)
    epoch = int(re.search(r"\bepoch (\d+)", message)[1])
    assert epoch >= 2
    assert len(model.loss_curve_) == epoch - 1
    assert np.isfinite(model.loss_curve_).all()
    assert model.n_iter_ == epoch - 1


def test_divergence_is_a_value_error_in_scikit_learns_words():
    """Code that waits for scikit-learn's error goes on to work."""
    X, y = table()
    model = MLPRegressor(learning_rate_init=10.0, **DIVERGING)
    message = refusal(ValueError, model.fit, X, y)
    assert "Solver produced non-finite parameter weights" in message


def test_partial_fit_that_diverges():
    X, y = table()
    model = MLPRegressor(hidden_layer_sizes=(5, 5), learning_rate_init=10.0, **DIVERGING)

    def go_on():
        for _ in range(50):
            model.partial_fit(X, y)

    refusal(DivergenceError, go_on)
    assert all(np.isfinite(array).all() for array in fitted_arrays(model))


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_divergence_under_early_stopping_goes_back_to_the_best_epoch():
    """As in scikit-learn no error, since there are good weights to return; but a warning."""
    X, y = table()
    model = MLPRegressor(hidden_layer_sizes=(5, 5), early_stopping=True, **DIVERGING)
    model.set_params(learning_rate_init=0.3)
    with pytest.warns(UserWarning, match=r"\bepoch \d+"):
        model.fit(X, y)
    assert np.isnan(model.validation_scores_[-1])
    assert all(np.isfinite(array).all() for array in fitted_arrays(model))
    assert model.best_validation_score_ == np.nanmax(model.validation_scores_)


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """The first fit of a process loads or compiles code; Ctrl-C is to come after that."""
    X, y = table()
    brief = {"max_iter": 50, "tol": 1e9, "n_iter_no_change": 1}
    many_weights = (FEW_NUMBERS // X.shape[1],)
    for dtype in (np.float32, np.float64):
        MLPRegressor(**brief).fit(X.astype(dtype), y)
        MLPRegressor(hidden_layer_sizes=many_weights, **brief).fit(X.astype(dtype), y)
    for early_stopping in (False, True):
        MLPRegressor(**brief, early_stopping=early_stopping).fit(X, y)
        MLPClassifier(**brief, early_stopping=early_stopping).fit(X, y > 0)


def fit_until_interrupted(model, X, y) -> tuple[str, float]:
    """Text of the warning, and how many seconds after Ctrl-C the fit was over.

    A KeyboardInterrupt that escapes must not end the whole test run.
    """
    try:
        with (
            ctrl_c.pressed_after(0.5) as pressed,
            pytest.warns(TrainingInterruptedWarning) as caught,
        ):
            model.fit(X, y)
    except KeyboardInterrupt:
        pytest.fail("KeyboardInterrupt came out of fit")
    assert len(pressed) == 1
    return str(caught[0].message), time.perf_counter() - pressed[0]


# Without tolerance and patience these fits would run for days.
ENDLESS = {"max_iter": 10**9, "tol": 0.0, "n_iter_no_change": np.inf, "random_state": 0}


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_ctrl_c_stops_and_keeps_the_weights(Estimator, early_stopping):
    X, y = table()
    if Estimator is MLPClassifier:
        y = y > 0
    model = Estimator(hidden_layer_sizes=(5,), early_stopping=early_stopping, **ENDLESS)
    message, _ = fit_until_interrupted(model, X, y)
    assert re.match(r"Training interrupted by user after \d+ epochs", message), message
    assert int(re.search(r"\d+", message)[0]) == model.n_iter_ >= 1
    assert len(model.loss_curve_) == model.n_iter_
    assert all(np.isfinite(array).all() for array in fitted_arrays(model))
    if early_stopping:
        assert model.best_validation_score_ == max(model.validation_scores_)


def test_ctrl_c_is_heard_within_a_long_epoch():
    """One epoch is 10^12 multiplications and additions, many seconds; Ctrl-C does not wait."""
    X = np.random.default_rng(0).normal(size=(40_000, 200)).astype(np.float32)
    model = MLPRegressor(hidden_layer_sizes=(2000, 2000), batch_size=200, **ENDLESS)
    _, seconds = fit_until_interrupted(model, X, X[:, 0])
    # It takes 0.1 s to hear it; the rest is preparation on a busy machine.
    assert seconds < 2.0
    assert all(np.isfinite(array).all() for array in fitted_arrays(model))


@pytest.mark.parametrize("solver", ["adam", "rprop"])
def test_ctrl_c_ends_all_runs_of_a_fit(solver):
    X, y = table()
    told = []

    def press(report):
        told.append(report.epoch)
        raise KeyboardInterrupt

    settings = {"hidden_layer_sizes": (5,), "max_iter": 3, "n_init": 3, "random_state": 0}
    model = MLPRegressor(solver=solver, **settings)
    with pytest.warns(TrainingInterruptedWarning):
        model._fit(X, y, on_epoch=press)
    assert told == [1]
    assert model.stopped_by_.startswith("Ctrl-C")
