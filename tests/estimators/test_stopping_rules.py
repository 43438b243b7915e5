"""Stopping rules in a fit: alone, together, with the reason told."""

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import roc_auc_score

from chainrule import Autoencoder, MLPClassifier, MLPRegressor
from chainrule.training.stopping import (
    AverageLoss,
    GradientNorm,
    LossTolerance,
    MaxEpochs,
    TimeLimit,
    ValidationPatience,
    WeightChange,
)

from .cases import TASKS
from .messages import assert_own_form, refusal

SMALL = {"hidden_layer_sizes": (5,), "random_state": 0, "learning_rate_init": 0.02}
LONG = {**SMALL, "max_iter": 100_000}
BINARY, REGRESSION = TASKS["binary"], TASKS["regression"]


def test_number_of_epochs_stands_in_for_max_iter_and_is_no_failure():
    """No warning: these are the epochs that were asked for."""
    model = MLPRegressor(**SMALL, max_iter=3, stopping=MaxEpochs(7))
    model.fit(REGRESSION.X, REGRESSION.y)
    assert model.n_iter_ == 7
    assert model.stopped_by_ == "All of the 7 epochs were run."


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_number_of_epochs_of_any_solver(solver):
    model = MLPRegressor(**SMALL, solver=solver, stopping=MaxEpochs(4))
    assert model.fit(REGRESSION.X, REGRESSION.y).n_iter_ == 4


def test_loss_tolerance_is_scikit_learns_rule():
    settings = {**LONG, "tol": 1e-3, "n_iter_no_change": 4}
    theirs = MLPRegressor(**settings).fit(REGRESSION.X, REGRESSION.y)
    ours = MLPRegressor(**LONG, stopping=LossTolerance(1e-3, patience=4))
    ours.fit(REGRESSION.X, REGRESSION.y)
    assert ours.loss_curve_ == theirs.loss_curve_
    assert ours.stopped_by_ == theirs.stopped_by_
    assert ours.stopped_by_.startswith("Training loss did not improve more than tol=0.001000 for 4")


def test_average_loss_over_the_curve():
    model = MLPRegressor(**LONG, stopping=AverageLoss(share=0.2, tol=1e-3))
    losses = model.fit(REGRESSION.X, REGRESSION.y).loss_curve_
    averages = [losses[0]]
    for loss in losses[1:]:
        averages.append(0.2 * loss + 0.8 * averages[-1])
    falls = -np.diff(averages)
    assert (falls[:-1] > 1e-3).all()
    assert falls[-1] <= 1e-3


def test_weight_change_compares_epochs():
    settings = {**SMALL, "solver": "sgd", "momentum": 0.0}
    model = MLPRegressor(**{**settings, "max_iter": 5000}, stopping=WeightChange(2e-3))
    model.fit(REGRESSION.X, REGRESSION.y)

    def weights(epochs):
        at = MLPRegressor(**settings, stopping=MaxEpochs(epochs)).fit(REGRESSION.X, REGRESSION.y)
        return np.concatenate([array.ravel() for array in (*at.coefs_, *at.intercepts_)])

    last, before, earlier = (weights(model.n_iter_ - k) for k in (0, 1, 2))
    assert np.linalg.norm(last - before) <= 2e-3 < np.linalg.norm(before - earlier)


@pytest.mark.parametrize("solver", ["adam", "lbfgs", "rprop"])
def test_gradient_norm_by_hand(solver):
    """Of a linear model: X'(p - y) / n with the penalty, and the mean of p - y for the bias."""
    X, y = REGRESSION.X, REGRESSION.y
    settings = {"hidden_layer_sizes": (), "solver": solver, "alpha": 0.5, "random_state": 0}
    settings |= {"max_iter": 5000, "tol": 0.0}
    settings |= {"learning_rate_init": 0.01} if solver == "adam" else {}
    model = MLPRegressor(**settings, stopping=GradientNorm(1e-2)).fit(X, y)
    residual = model.predict(X) - y
    slopes = (X.T @ residual + 0.5 * model.coefs_[0][:, 0]) / len(y)
    norm = np.linalg.norm([*slopes, residual.mean()])
    assert norm <= 1e-2
    assert f"norm is {norm:.3g}," in model.stopped_by_


def test_gradient_norm_beside_batch_normalisation_leaves_the_averages_alone():
    """The pass over all rows must not count as one of training."""
    settings = {**SMALL, "batch_norm": True}
    watched = MLPRegressor(**settings, stopping=[GradientNorm(0.0), MaxEpochs(5)])
    plain = MLPRegressor(**settings, stopping=MaxEpochs(5))
    for model in (watched, plain):
        model.fit(REGRESSION.X, REGRESSION.y)
    for name, array in plain.extra_parameters_.items():
        assert_array_equal(watched.extra_parameters_[name], array)


def test_time_limit():
    model = MLPRegressor(**{**LONG, "max_iter": 10**9}, stopping=TimeLimit(0.2))
    start = time.perf_counter()
    model.fit(REGRESSION.X, REGRESSION.y)
    # An epoch takes a tenth of a millisecond; the rest is preparation.
    assert 0.2 <= time.perf_counter() - start < 5.0
    assert model.stopped_by_ == "The time limit of 0.2 s is over."


def held_out(task):
    return (task.X[:80], task.y[:80]), {"X_val": task.X[80:], "y_val": task.y[80:]}


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_patience_restores_the_best_weights(solver):
    task = REGRESSION
    (X, y), rows = held_out(task)
    rows["y_val"] = np.random.default_rng(0).permutation(rows["y_val"])
    settings = {**SMALL, "solver": solver, "max_iter": 2000}
    model = MLPRegressor(**settings, stopping=ValidationPatience(5)).fit(X, y, **rows)
    best = int(np.argmax(model.validation_scores_))
    assert model.n_iter_ == best + 1 + 6
    assert_allclose(
        model.score(X=rows["X_val"], y=rows["y_val"]),
        model.best_validation_score_,
        rtol=1e-12,
    )
    assert model.best_validation_score_ == model.validation_scores_[best]
    assert model.stopped_by_.startswith("Validation score did not improve")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_patience_by_a_scorer_of_scikit_learn(solver, dtype):
    (X, y), rows = held_out(BINARY)
    X, X_val = X.astype(dtype), rows.pop("X_val").astype(dtype)
    rule = ValidationPatience(4, scoring="roc_auc")
    settings = {**SMALL, "solver": solver, "max_iter": 2000}
    model = MLPClassifier(**settings, stopping=rule).fit(X, y, X_val=X_val, **rows)
    auc = roc_auc_score(rows["y_val"], model.predict_proba(X_val)[:, 1])
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert_allclose(model.best_validation_score_, auc, rtol=1e-12)


def test_patience_by_a_callable_sees_the_estimator():
    (X, y), rows = held_out(BINARY)

    def negative_errors(estimator, X, y):
        return -float(np.sum(estimator.predict(X) != y))

    model = MLPClassifier(**LONG, stopping=ValidationPatience(4, scoring=negative_errors))
    model.fit(X, y, **rows)
    assert model.best_validation_score_ == negative_errors(model, rows["X_val"], rows["y_val"])


def test_patience_by_the_loss():
    (X, y), rows = held_out(BINARY)
    model = MLPClassifier(**LONG, stopping=ValidationPatience(4, scoring="loss")).fit(X, y, **rows)
    assert_array_equal(model.validation_scores_, -np.array(model.validation_loss_curve_))


def test_patience_sets_rows_aside_where_none_are_given():
    task = BINARY
    ours = MLPClassifier(**LONG, stopping=ValidationPatience(10, tol=1e-4)).fit(task.X, task.y)
    theirs = MLPClassifier(**LONG, early_stopping=True).fit(task.X, task.y)
    assert ours.validation_scores_ == theirs.validation_scores_
    assert_array_equal(ours.coefs_[0], theirs.coefs_[0])


def test_rules_together():
    rules = [TimeLimit(1000.0), MaxEpochs(6), WeightChange(0.0)]
    model = MLPRegressor(**LONG, stopping=rules).fit(REGRESSION.X, REGRESSION.y)
    assert model.stopped_by_ == "All of the 6 epochs were run."


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_reason_without_rules():
    model = MLPRegressor(**SMALL, max_iter=3).fit(REGRESSION.X, REGRESSION.y)
    assert model.stopped_by_ == "All of the 3 epochs were run."
    lbfgs = MLPRegressor(**SMALL, solver="lbfgs", max_iter=3).fit(REGRESSION.X, REGRESSION.y)
    assert lbfgs.stopped_by_
    partial = MLPRegressor(**SMALL).partial_fit(REGRESSION.X, REGRESSION.y)
    assert partial.stopped_by_ == ""


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("loss_tolerance", LossTolerance()),
        ("average_loss", AverageLoss()),
        ("weight_change", WeightChange()),
        ("gradient_norm", GradientNorm()),
        ("patience", ValidationPatience()),
    ],
)
def test_a_rule_by_its_name_has_its_defaults(name, rule):
    settings = {**SMALL, "max_iter": 400}
    named, given = (
        MLPRegressor(**settings, stopping=[stopping, MaxEpochs(400)]) for stopping in (name, rule)
    )
    for model in (named, given):
        model.fit(REGRESSION.X, REGRESSION.y)
    assert named.stopped_by_ == given.stopped_by_
    assert named.loss_curve_ == given.loss_curve_


def test_an_autoencoder_takes_names_too():
    model = Autoencoder((2,), max_iter=400, random_state=0, stopping="average_loss")
    assert model.fit(REGRESSION.X).stopped_by_.startswith("The average loss fell by")


def test_a_name_alone_and_a_name_that_is_none():
    model = MLPRegressor(**LONG, stopping="patience").fit(REGRESSION.X, REGRESSION.y)
    assert model.stopped_by_.startswith("Validation score did not improve more than tol=0.000000")
    wrong = MLPRegressor(**LONG, stopping=["patience", "loss"])
    message = refusal(ValueError, wrong.fit, REGRESSION.X, REGRESSION.y)
    assert_own_form(message, "stopping")
    assert "'loss_tolerance'" in message


def test_unknown_scoring():
    (X, y), rows = held_out(BINARY)
    model = MLPClassifier(**LONG, stopping=ValidationPatience(scoring="rocauc"))
    message = refusal(ValueError, model.fit, X, y, **rows)
    assert_own_form(message, "scoring")


def test_scorers_need_every_label():
    task = TASKS["multilabel"]
    y = task.y.astype(float)
    y[::9, 0] = np.nan
    model = MLPClassifier(**LONG, stopping=ValidationPatience(scoring="accuracy"))
    assert_own_form(refusal(ValueError, model.fit, task.X, y), "scoring")
