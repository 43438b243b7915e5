import numpy as np
import pytest
from sklearn import metrics

from chainrule.reports import class_scores, number_scores
from chainrule.reports.inputs import Answers


def answers(classes, rng, rows=120):
    true = rng.integers(0, classes, rows)
    probability = rng.dirichlet(np.ones(classes), rows) + 0.4 * np.eye(classes)[true]
    probability /= probability.sum(axis=1, keepdims=True)
    guess = probability.argmax(axis=1)
    return Answers(tuple(range(classes)), classes, true, guess, probability)


@pytest.mark.parametrize("classes", [2, 4])
def test_scores_of_classes_are_sklearns(classes, rng):
    own = answers(classes, rng)
    found = class_scores.values(own)
    area = own.probability[:, 1] if classes == 2 else own.probability
    expected = {
        "accuracy": metrics.accuracy_score(own.true, own.guess),
        "balanced accuracy": metrics.balanced_accuracy_score(own.true, own.guess),
        "AUC": metrics.roc_auc_score(own.true, area, multi_class="ovr"),
        "log loss": metrics.log_loss(own.true, own.probability),
        "Brier score": metrics.brier_score_loss(own.true, area),
    }
    # Means of 120 numbers of order 1.
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "name", ["accuracy", "balanced accuracy", "AUC", "log loss", "Brier score"]
)
def test_intervals_of_classes_hold_the_score(name, rng):
    own = answers(3, rng)
    low, high = class_scores.interval(name, own, seed=0)
    assert low < class_scores.values(own)[name] < high


def test_a_label_that_training_lacked_is_a_wrong_answer():
    own = Answers(
        ("a", "b", "new"), 2, np.array([0, 1, 2]), np.array([0, 1, 1]), np.full((3, 2), 0.5)
    )
    found = class_scores.values(own)
    assert found == pytest.approx({"accuracy": 2 / 3, "balanced accuracy": 2 / 3})
    assert class_scores.of_true_class(own).tolist() == [0.5, 0.5, 0.0]


def test_a_probability_of_nothing_costs_no_infinity():
    own = Answers((0, 1), 2, np.array([1]), np.array([0]), np.array([[1.0, 0.0]]))
    # -ln 2^-23 = 23 ln 2
    assert class_scores.values(own)["log loss"] == pytest.approx(23 * np.log(2))


def test_scores_of_numbers_are_sklearns(rng):
    true = rng.normal(5, 3, 200)
    prediction = true + rng.normal(0, 1, 200)
    expected = {
        "R squared": metrics.r2_score(true, prediction),
        "RMSE": metrics.root_mean_squared_error(true, prediction),
        "mean absolute error": metrics.mean_absolute_error(true, prediction),
        "median absolute error": metrics.median_absolute_error(true, prediction),
    }
    found = number_scores.values(true, prediction)
    assert found == pytest.approx(expected, rel=1e-12)
    for name, value in found.items():
        low, high = number_scores.interval(name, true, prediction, seed=0)
        assert low < value < high


@pytest.mark.parametrize("unit", [1e300, 1e-300])
def test_huge_and_tiny_numbers_neither_overflow_nor_vanish(unit):
    true, prediction = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    found = number_scores.values(true * unit, prediction * unit)
    # Errors 0, 1, -2; spread about 7/3: (16 + 1 + 25) / 9 = 14/3.
    assert found["RMSE"] / unit == pytest.approx(np.sqrt(5 / 3))
    assert found["mean absolute error"] / unit == pytest.approx(1.0)
    assert found["R squared"] == pytest.approx(1 - 5 / (14 / 3))


def test_targets_all_the_same_have_no_r_squared():
    found = number_scores.values(np.ones(3), np.array([1.0, 2.0, 1.0]))
    assert "R squared" not in found
    assert found["mean absolute error"] == pytest.approx(1 / 3)


def test_predictions_that_are_no_numbers_have_no_interval():
    true, prediction = np.arange(20.0), np.full(20, np.nan)
    assert np.isnan(number_scores.values(true, prediction)["RMSE"])
    assert number_scores.interval("RMSE", true, prediction, seed=0) is None
