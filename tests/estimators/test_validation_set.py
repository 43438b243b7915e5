"""A validation set of the user's own: X_val, y_val, sample_weight_val in fit."""

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics

from chainrule import MLPClassifier

from .cases import TASKS, row_weights

# alpha = 0, so that a loss holds no penalty and equals the textbook's.
SETTINGS = {"hidden_layer_sizes": (7,), "random_state": 3, "alpha": 0.0, "max_iter": 8}
SETTINGS |= {"learning_rate_init": 0.02}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
# Two ways to sum forty float64 terms of a mean.
RTOL = 1e-12


def split(task):
    return (task.X[:80], task.y[:80]), {"X_val": task.X[80:], "y_val": task.y[80:]}


def textbook_loss(name: str, model, X, y, weights=None) -> float:
    """Mean loss over rows, by scikit-learn's metrics or written out."""
    if name == "multilabel":
        p = model.predict_proba(X)
        rows = -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1)
        return float(np.average(rows, weights=weights))
    if name in ("binary", "multiclass"):
        p = model.predict_proba(X)
        return metrics.log_loss(y, p, labels=model.classes_, sample_weight=weights)
    metric = metrics.mean_poisson_deviance if name == "poisson" else metrics.mean_squared_error
    # Both networks' losses are half of the metric.
    return 0.5 * metric(y, model.predict(X), sample_weight=weights)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", TASKS)
def test_validation_loss_and_score_of_every_epoch(name, weighted):
    task = TASKS[name]
    (X, y), held_out = split(task)
    weights = row_weights()[80:] if weighted else None
    if weighted:
        held_out["sample_weight_val"] = weights
    losses, scores = [], []
    for epochs in range(1, SETTINGS["max_iter"] + 1):
        model = task.ours(**{**SETTINGS, "max_iter": epochs}).fit(X, y)
        losses.append(textbook_loss(name, model, task.X[80:], task.y[80:], weights))
        scores.append(model.score(task.X[80:], task.y[80:], weights))
    model = task.ours(**SETTINGS).fit(X, y, **held_out)
    assert isinstance(model.validation_loss_curve_, list)
    assert_allclose(model.validation_loss_curve_, losses, rtol=RTOL)
    assert_allclose(model.validation_scores_, scores, rtol=RTOL)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("name", TASKS)
def test_watching_does_not_change_the_training(name, solver):
    task = TASKS[name]
    (X, y), held_out = split(task)
    watched = task.ours(solver=solver, **SETTINGS).fit(X, y, **held_out)
    alone = task.ours(solver=solver, **SETTINGS).fit(X, y)
    pairs = zip(watched.coefs_, alone.coefs_, strict=True)
    for a, b in pairs:
        assert_array_equal(a, b)
    if solver != "lbfgs":
        assert watched.loss_curve_ == alone.loss_curve_
        assert alone.validation_loss_curve_ is None


@pytest.mark.parametrize("name", ["binary", "multiclass", "multilabel", "regression", "poisson"])
def test_early_stopping_uses_the_given_rows_and_trains_on_all_others(name):
    task = TASKS[name]
    (X, y), held_out = split(task)
    settings = {**SETTINGS, "max_iter": 40, "n_iter_no_change": 3, "tol": 1e-3}
    model = task.ours(early_stopping=True, **settings).fit(X, y, **held_out)
    assert model.t_ == model.n_iter_ * len(X)
    assert model.best_loss_ is None
    best = max(model.validation_scores_)
    assert model.best_validation_score_ == best
    assert_allclose(model.score(task.X[80:], task.y[80:]), best, rtol=RTOL)
    # Up to its stop it is the training without early stopping, as no row was split off.
    free = task.ours(**{**settings, "n_iter_no_change": 100}).fit(X, y)
    assert model.loss_curve_ == free.loss_curve_[: model.n_iter_]


def test_early_stopping_stops_and_goes_back_to_the_best_epoch():
    task = TASKS["regression"]
    (X, y), held_out = split(task)
    held_out["y_val"] = np.random.default_rng(0).permutation(held_out["y_val"])
    settings = {**SETTINGS, "max_iter": 200, "n_iter_no_change": 5, "tol": 0.0}
    model = task.ours(early_stopping=True, **settings).fit(X, y, **held_out)
    best = int(np.argmax(model.validation_scores_)) + 1
    assert best < model.n_iter_ < 200
    at_best = task.ours(**{**settings, "max_iter": best}).fit(X, y)
    assert_array_equal(model.coefs_[0], at_best.coefs_[0])


def test_own_split_of_early_stopping_gives_a_validation_loss_too():
    task = TASKS["multiclass"]
    model = task.ours(early_stopping=True, **SETTINGS).fit(task.X, task.y)
    assert len(model.validation_loss_curve_) == len(model.validation_scores_) == model.n_iter_


def test_validation_table_may_be_sparse_or_float32():
    task = TASKS["multiclass"]
    (X, y), held_out = split(task)
    plain = task.ours(**SETTINGS).fit(X, y, **held_out)
    sparse = {**held_out, "X_val": scipy.sparse.csr_array(held_out["X_val"])}
    other = task.ours(**SETTINGS).fit(X, y, **sparse)
    assert_allclose(other.validation_loss_curve_, plain.validation_loss_curve_, rtol=RTOL)
    single = task.ours(**SETTINGS).fit(
        X.astype(np.float32), y, X_val=held_out["X_val"].astype(np.float32), y_val=held_out["y_val"]
    )
    # float32 rounding, 6e-8 a term, over eight epochs.
    assert_allclose(single.validation_loss_curve_, plain.validation_loss_curve_, rtol=1e-5)


@pytest.mark.parametrize("solver", ["adam", "lbfgs", "scg"])
def test_of_several_runs_the_best_ones_scores_are_kept(solver, rng):
    X = rng.normal(size=(400, 5))
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 1)
    model = MLPClassifier((4,), solver=solver, n_init=3, max_iter=4, random_state=3)
    for _ in range(2):
        model.fit(X, y, X_val=X, y_val=y)
        assert len(model.validation_scores_) == len(model.loss_curve_) == 4
        assert model.validation_scores_[-1] == pytest.approx(model.score(X, y))
