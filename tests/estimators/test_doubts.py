"""What is allowed but hardly wanted is warned of; what follows a plan is not."""

import re
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from chainrule import Autoencoder, MLPClassifier, MLPRegressor
from chainrule.exceptions import GradientWarning
from chainrule.formulas import Cosine

from .cases import TASKS

BINARY, REGRESSION = TASKS["binary"], TASKS["regression"]
SHORT = {"hidden_layer_sizes": (4, 3), "max_iter": 3, "random_state": 0}


def warnings_of(call, *args) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(*args)
    return [w for w in caught if "hasn't converged" not in str(w.message)]


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("name", ["sign", "step"])
def test_a_layer_without_slope_is_warned_of_and_teaches_nothing_below(name, solver):
    model = MLPRegressor(**SHORT, activation=["tanh", name], solver=solver)
    (warning,) = [
        w
        for w in warnings_of(model.fit, REGRESSION.X, REGRESSION.y)
        if w.category is GradientWarning
    ]
    told = f"activation '{name}' of hidden layer 2 has slope 0: that layer and those before it"
    assert str(warning.message).startswith(told)
    before = [coef.copy() for coef in model.coefs_]
    model.set_params(warm_start=True, alpha=0.0)
    # A fit that goes on says it no more.
    assert GradientWarning not in {
        w.category for w in warnings_of(model.fit, REGRESSION.X, REGRESSION.y)
    }
    assert_array_equal(model.coefs_[0], before[0])
    assert_array_equal(model.coefs_[1], before[1])
    assert not np.array_equal(model.coefs_[2], before[2])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_units_that_stay_alike():
    model = MLPClassifier(**SHORT, activation="tanh", initializer="zeros")
    with pytest.warns(UserWarning, match="'zeros' makes all units of a hidden layer alike"):
        model.fit(BINARY.X, BINARY.y)
    for weights in model.coefs_[:-1]:
        assert_array_equal(weights, np.tile(weights[:, :1], weights.shape[1]))
    linear = MLPClassifier(**{**SHORT, "hidden_layer_sizes": ()}, initializer="zeros")
    assert warnings_of(linear.fit, BINARY.X, BINARY.y) == []


@pytest.mark.parametrize(("solver", "usual"), [("adagrad", "0.01"), ("adadelta", "1")])
def test_a_rate_that_stands_still(solver, usual):
    told = rf"learning_rate_init must be near {usual} for '{solver}' to learn, got 0\.001\. Pass "
    (warning,) = warnings_of(MLPRegressor(**SHORT, solver=solver).fit, REGRESSION.X, REGRESSION.y)
    assert re.match(told, str(warning.message))
    usual = MLPRegressor(**SHORT, solver=solver, learning_rate_init="auto")
    assert warnings_of(usual.fit, REGRESSION.X, REGRESSION.y) == []


LONG = {"hidden_layer_sizes": (4,), "max_iter": 60, "random_state": 0, "learning_rate_init": 0.01}


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle", "coslog4", Cosine(restarts=2)])
def test_a_schedule_is_followed_to_its_end_and_that_is_no_failure(schedule):
    """Warnings are errors here; and a tol that nothing reaches does not end it."""
    model = MLPRegressor(**LONG, schedule=schedule, tol=1e9)
    model.fit(REGRESSION.X, REGRESSION.y)
    assert model.n_iter_ == 60
    assert model.stopped_by_ == "All of the 60 epochs were run."
    (told,) = warnings_of_end(MLPRegressor(**{**LONG, "max_iter": 3}))
    assert told is ConvergenceWarning


def warnings_of_end(model) -> list[type[Warning]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(REGRESSION.X, REGRESSION.y)
    return [w.category for w in caught]


@pytest.mark.parametrize("schedule", ["constant", "plateau"])
def test_what_plans_no_last_epoch_is_ended_by_tol(schedule):
    model = MLPRegressor(**LONG, schedule=schedule, tol=1e9).fit(REGRESSION.X, REGRESSION.y)
    assert model.stopped_by_.startswith("Training loss did not improve")


def test_early_stopping_ends_a_schedule():
    model = MLPRegressor(**LONG, schedule="cosine", early_stopping=True, tol=1e9)
    model.fit(REGRESSION.X, REGRESSION.y)
    assert model.stopped_by_.startswith("Validation score did not improve")


def test_an_autoencoder_follows_its_schedule_too():
    model = Autoencoder((2,), max_iter=40, schedule="cosine", tol=1e9, random_state=0)
    assert len(model.fit(REGRESSION.X).loss_curve_) == 40


@pytest.mark.parametrize("rows", [513, 65])
def test_a_last_batch_of_one_row_is_none(rows):
    """Batches of 32 would leave a single row: the next size that does not is taken."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3)) * [1.0, 3.0, 0.2]
    y = X[:, 0]
    settings = {"hidden_layer_sizes": (4,), "batch_norm": True, "max_iter": 5, "random_state": 0}
    settings |= {"schedule": "cosine"}
    alone = MLPRegressor(**settings, batch_size=32).fit(X, y)
    instead = MLPRegressor(**settings, batch_size=33).fit(X, y)
    assert_array_equal(alone.predict(X), instead.predict(X))
    variance = "normalisation 1 running variance"
    assert_array_equal(alone.extra_parameters_[variance], instead.extra_parameters_[variance])


def test_a_single_row_has_no_variance():
    model = MLPRegressor(batch_norm=True, max_iter=1)
    with pytest.raises(ValueError, match=r"^X must have at least 2 training rows for batch_norm"):
        model.partial_fit(REGRESSION.X[:1], REGRESSION.y[:1])
