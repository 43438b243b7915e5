import math

import numpy as np
import pytest
from sklearn import metrics

from chainrule.tables.scores import (
    classification_scores,
    regression_scores,
    trivial_classification,
    trivial_regression,
)
from chainrule.tables.split import hold_out


@pytest.mark.parametrize("stratified", [False, True])
def test_a_split_has_every_row_once(rng, stratified):
    values = rng.integers(0, 3, 100)
    kept, held = hold_out(values, 0.3, rng, stratified=stratified)
    assert sorted([*kept, *held]) == list(range(100))
    # Rounded in each of at most three classes.
    assert abs(len(held) - 30) <= 1.5


def test_strata_keep_their_shares_and_their_last_row(rng):
    values = np.array(["a"] * 80 + ["b"] * 20 + ["rare"])
    kept, held = hold_out(values, 0.5, rng, stratified=True)
    assert [(values[held] == label).sum() for label in ("a", "b", "rare")] == [40, 10, 0]
    assert "rare" in values[kept]


def test_the_seed_decides():
    values = np.arange(50)
    splits = [
        hold_out(values, 0.2, np.random.default_rng(seed), stratified=False)[1].tolist()
        for seed in (0, 0, 1)
    ]
    assert splits[0] == splits[1] != splits[2]


def test_classification_scores_are_scikit_learns(rng):
    classes = np.array(["a", "b", "c"])
    labels = rng.choice(classes, 50)
    probability = rng.dirichlet(np.ones(3), 50)
    scores = classification_scores(labels, classes, probability)
    guess = classes[probability.argmax(axis=1)]
    assert scores["accuracy"] == metrics.accuracy_score(labels, guess)
    # The same sum of 50 logarithms in another order.
    assert scores["log_loss"] == pytest.approx(metrics.log_loss(labels, probability), rel=1e-12)


def test_a_label_that_training_did_not_have_is_wrong():
    classes = np.array(["a", "b"])
    scores = classification_scores(np.array(["a", "new"]), classes, np.array([[1, 0], [0, 1]]))
    assert scores == {"accuracy": 0.5}


def test_a_certain_mistake_costs_a_finite_loss():
    scores = classification_scores(np.array([1]), np.array([0, 1]), np.array([[1.0, 0.0]]))
    assert scores["log_loss"] == -math.log(2**-23)


def test_regression_scores_are_scikit_learns(rng):
    values, prediction = rng.normal(size=(2, 40))
    scores = regression_scores(values, prediction)
    # The same sums of 40 numbers in another order.
    assert scores == pytest.approx(
        {
            "r2": metrics.r2_score(values, prediction),
            "rmse": metrics.root_mean_squared_error(values, prediction),
            "mae": metrics.mean_absolute_error(values, prediction),
        },
        rel=1e-12,
    )


def test_equal_values_have_no_r_squared():
    assert regression_scores(np.ones(3), np.ones(3)) == {"rmse": 0.0, "mae": 0.0}


def test_the_trivial_models():
    labels, classes = np.array(["a", "a", "a", "b"]), np.array(["a", "b"])
    trivial = trivial_classification(labels, classes, [0.75, 0.25])
    # The entropy of shares 3/4 and 1/4.
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert trivial["accuracy"] == 0.75
    assert trivial["log_loss"] == pytest.approx(entropy, rel=1e-12)
    assert trivial_regression(np.array([0.0, 2.0]), 1.0) == {"r2": 0.0, "rmse": 1.0, "mae": 1.0}
