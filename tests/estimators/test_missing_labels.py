"""Labels that are not known: they cost nothing, teach nothing and are not scored."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import r2_score

from chainrule import DataError, MLPClassifier, MLPRegressor

from .messages import assert_own_form, refusal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N = 80
SMALL = {"hidden_layer_sizes": (6,), "random_state": 0, "max_iter": 6, "alpha": 0.0}
# A rate so small that no weight moves: the loss is that of the weights at hand.
STILL = {**SMALL, "max_iter": 1, "learning_rate_init": 1e-300}
rng = np.random.default_rng(0)
X = rng.normal(size=(N, 4))
LABELS = (X[:, :3] + 0.5 * rng.normal(size=(N, 3)) > 0).astype(float)
UNKNOWN = rng.random((N, 3)) < 0.3
UNKNOWN[5] = True  # a row of which nothing is known
HOLES = np.where(UNKNOWN, np.nan, LABELS)
COLOURS = np.array(["blue", "green", "red"])[rng.integers(0, 3, N)]
SIZES = np.array(["big", "small"])[(X[:, 0] > 0).astype(int)]


def marked(labels, mark):
    objects = labels.astype(object)
    objects[np.isnan(labels)] = mark
    return objects


@pytest.mark.parametrize("mark", [np.nan, None, "?"], ids=str)
def test_marks_of_a_missing_label(mark):
    model = MLPClassifier(**SMALL).fit(X, marked(HOLES, mark))
    assert_array_equal(model.coefs_[0], MLPClassifier(**SMALL).fit(X, HOLES).coefs_[0])
    frame = pd.DataFrame(marked(HOLES, mark), columns=["a", "b", "c"])
    assert_array_equal(MLPClassifier(**SMALL).fit(X, frame).coefs_[0], model.coefs_[0])


def test_multilabel_loss_runs_over_known_entries():
    model = MLPClassifier(**STILL).fit(X, HOLES)
    p = model.predict_proba(X)
    costs = -(LABELS * np.log(p) + (1 - LABELS) * np.log(1 - p))
    assert_allclose(model.loss_, costs[~UNKNOWN].sum() / N, rtol=1e-12)
    assert p.shape == (N, 3)
    assert_array_equal(model.predict(X), (p > 0.5).astype(int))


def test_lectures_value_of_a_multilabel_loss():
    """Probabilities (.9, .4, .2, .6) of labels (1, 0, ?, 1): .105 + .511 + .511 = 1.13, by hand."""
    model = MLPClassifier(hidden_layer_sizes=(), max_iter=1, learning_rate_init=1e-300, alpha=0.0)
    x, y = np.zeros((2, 1)), np.array([[1, 0, np.nan, 1], [0, 1, 1, np.nan]])
    model.fit(x, y)
    p = np.array([0.9, 0.4, 0.2, 0.6])
    model.intercepts_[0][...] = np.log(p / (1 - p))
    model.set_params(warm_start=True).fit(x, y)
    second = -np.log(0.1) - np.log(0.4) - np.log(0.2)
    assert_allclose(model.loss_, (-np.log(0.9) - 2 * np.log(0.6) + second) / 2, rtol=1e-12)


def test_unknown_entries_teach_nothing():
    """Whatever stands for them: the fit is that of the same column learned on known rows alone."""
    settings = {"hidden_layer_sizes": (), "solver": "newton-cg", "alpha": 0.0, "l2": 0.1}
    settings |= {"tol": 1e-10, "max_iter": 200, "random_state": 0}
    together = MLPClassifier(**settings).fit(X, HOLES)
    for label in range(3):
        known = ~UNKNOWN[:, label]
        # Means over N rows there and over fewer here: the penalty is scaled alike.
        own = MLPClassifier(**{**settings, "l2": 0.1 * N / known.sum()})
        own.fit(X[known], LABELS[known, label])
        # Both stop at a gradient of 1e-10.
        assert_allclose(together.coefs_[0][:, label], own.coefs_[0][:, 0], rtol=1e-6, atol=1e-7)


def test_scores_leave_unknown_labels_out():
    settings = {**SMALL, "early_stopping": True}
    model = MLPClassifier(**settings).fit(X[:50], HOLES[:50], X_val=X[50:], y_val=HOLES[50:])
    known = ~UNKNOWN[50:]
    right = ((model.predict(X[50:]) == LABELS[50:]) | ~known).all(axis=1)
    expected = right[known.any(axis=1)].mean()
    assert_allclose(model.score(X[50:], HOLES[50:]), expected, rtol=1e-12)
    assert model.best_validation_score_ == pytest.approx(expected, rel=1e-12)
    assert_allclose(model.score(X, HOLES), model.score(np.r_[X, X[5:6]], np.r_[HOLES, HOLES[5:6]]))


def test_early_stopping_with_its_own_split():
    model = MLPClassifier(**{**SMALL, "early_stopping": True}).fit(X, HOLES)
    assert np.isfinite(model.validation_scores_).all()
    assert np.isfinite(model.validation_loss_curve_).all()


def two_targets(holes: bool = True) -> np.ndarray:
    y = np.column_stack([COLOURS, SIZES]).astype(object)
    if holes:
        y[::7, 0] = None
        y[::5, 1] = "?"
    return y


@pytest.mark.parametrize("holes", [False, True])
def test_several_class_columns_have_a_softmax_each(holes):
    y = two_targets(holes)
    model = MLPClassifier(**STILL).fit(X, y)
    colours, sizes = model.predict_proba(X)
    assert [list(names) for names in model.classes_] == [["blue", "green", "red"], ["big", "small"]]
    assert (colours.shape, sizes.shape) == ((N, 3), (N, 2))
    assert_allclose(colours.sum(axis=1), 1.0, rtol=1e-12)
    assert_allclose(sizes.sum(axis=1), 1.0, rtol=1e-12)
    z = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    z = np.exp(z @ model.coefs_[1] + model.intercepts_[1])
    assert_allclose(colours, z[:, :3] / z[:, :3].sum(axis=1, keepdims=True), rtol=1e-12)
    costs = [
        -np.log(p[k, list(names).index(label)])
        for p, names, column in zip((colours, sizes), model.classes_, y.T, strict=True)
        for k, label in enumerate(column)
        if label not in (None, "?")
    ]
    assert_allclose(model.loss_, sum(costs) / N, rtol=1e-12)
    predicted = model.predict(X)
    assert_array_equal(predicted[:, 0], model.classes_[0][colours.argmax(axis=1)])
    assert_array_equal(predicted[:, 1], model.classes_[1][sizes.argmax(axis=1)])
    log_colours, _ = model.predict_log_proba(X)
    assert_allclose(log_colours, np.log(colours), rtol=1e-12)
    known = np.array([[label not in (None, "?") for label in row] for row in y])
    right = ((predicted == y) | ~known).all(axis=1)
    assert_allclose(model.score(X, y), right[known.any(axis=1)].mean(), rtol=1e-12)


@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
def test_several_class_columns_are_learned(loss):
    settings = {**SMALL, "max_iter": 300, "learning_rate_init": 0.02}
    y = np.column_stack([SIZES, np.where(X[:, 1] > 0, "up", np.where(X[:, 2] > 0, "mid", "low"))])
    model = MLPClassifier(**settings, loss=loss).fit(X, y)
    assert model.score(X, y) > 0.9
    numbers = np.column_stack([X[:, 0] > 0, np.digitize(X[:, 1], [-0.5, 0.5])])
    model = MLPClassifier(**settings, loss=loss).fit(X, numbers)
    assert model.score(X, numbers) > 0.9
    assert model.predict(X).dtype.kind in "iu"
    # Few rows may show no more than two classes.
    assert model.score(X[:1], numbers[:1]) in (0.0, 1.0)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error"])
def test_regression_with_missing_targets(loss):
    y = np.where(UNKNOWN, np.nan, X[:, :3] ** 2)
    model = MLPRegressor(**{**STILL, "loss": loss}).fit(X, y)
    p = model.predict(X)
    distances = (y - p)[~UNKNOWN]
    costs = 0.5 * distances**2 if loss == "squared_error" else np.abs(distances)
    # The reported value is the mean over rows and outputs.
    assert_allclose(model.loss_, costs.sum() / (3 * N), rtol=1e-12)
    expected = [r2_score(y[~u, t], p[~u, t]) for t, u in enumerate(UNKNOWN.T)]
    assert_allclose(model.score(X, y), np.mean(expected), rtol=1e-12)
    watched = MLPRegressor(**{**STILL, "loss": loss}).fit(X, y, X_val=X, y_val=y)
    assert_allclose(watched.validation_scores_[0], np.mean(expected), rtol=1e-12)


def test_a_loss_that_joins_targets_leaves_out_rows_with_unknown_ones():
    y = np.where(UNKNOWN[:, :2], np.nan, X[:, :2])
    model = MLPRegressor(loss="gaussian_likelihood", **STILL).fit(X, y)
    mean, deviation = model.predict(X, return_std=True)
    whole = ~UNKNOWN[:, :2].any(axis=1)
    costs = np.log(deviation) + 0.5 * ((X[:, :2] - mean) / deviation) ** 2
    assert_allclose(model.loss_, costs[whole].sum() / N, rtol=1e-12)


def test_smoothing_and_class_weights_beside_missing_labels():
    model = MLPClassifier(**STILL, label_smoothing=0.2, class_weight="balanced").fit(X, HOLES)
    p, weight = model.predict_proba(X), np.ones(N)
    for label, unknown in enumerate(UNKNOWN.T):
        known, column = ~unknown, LABELS[:, label]
        counts = np.bincount(column[known].astype(int))
        weight[known] *= (known.sum() / (2 * counts))[column[known].astype(int)]
    t = 0.8 * LABELS + 0.1
    costs = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    expected = np.average(np.where(UNKNOWN, 0, costs).sum(axis=1), weights=weight)
    assert_allclose(model.loss_, expected, rtol=1e-12)


def test_an_output_without_a_known_label_is_named():
    y = HOLES.copy()
    y[:, 1] = np.nan
    message = refusal(DataError, MLPClassifier(**SMALL).fit, X, y)
    assert_own_form(message, "y")
    assert "column 1" in message
    frame = pd.DataFrame(y, columns=["tall", "heavy", "old"])
    assert "'heavy'" in refusal(DataError, MLPClassifier(**SMALL).fit, X, frame)
    assert "column 1" in refusal(DataError, MLPRegressor(**SMALL).fit, X, y)


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_missing_label_of_a_single_output_is_an_error(Estimator):
    y = HOLES[:, 0]
    assert_own_form(refusal(DataError, Estimator(**SMALL).fit, X, y), "y")
    assert_own_form(refusal(DataError, Estimator(**SMALL).fit, X, y.reshape(-1, 1)), "y")


def test_validation_rows_with_an_unknown_class():
    y = two_targets()
    y_val = y[:10].copy()
    y_val[3, 0] = "violet"
    message = refusal(DataError, MLPClassifier(**SMALL).fit, X, y, X_val=X[:10], y_val=y_val)
    assert_own_form(message, "y_val")
    assert "violet" in message


def test_partial_fit_takes_whole_labels_only():
    model = MLPClassifier(**SMALL)
    message = refusal(ValueError, model.partial_fit, X, HOLES, classes=[0, 1, 2])
    assert_own_form(message, "y")


def test_labels_of_another_shape_to_score():
    model = MLPClassifier(**SMALL).fit(X, HOLES)
    assert_own_form(refusal(ValueError, model.score, X, HOLES[:, :2]), "y")
    numbers = MLPRegressor(**SMALL).fit(X, HOLES)
    assert_own_form(refusal(ValueError, numbers.score, X, HOLES[:, :2]), "y")
