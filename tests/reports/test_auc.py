import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from chainrule.reports.auc import auc


def two_columns(score):
    return np.column_stack([1 - score, score])


def delong(positive, negative):
    """The standard error from the definition, a pair at a time."""
    wins = np.array(
        [[1.0 if p > n else 0.5 if p == n else 0.0 for n in negative] for p in positive]
    )
    by_positive, by_negative = wins.mean(axis=1), wins.mean(axis=0)
    return np.sqrt(
        by_positive.var(ddof=1) / len(positive) + by_negative.var(ddof=1) / len(negative)
    )


def test_two_classes_with_ties(rng):
    true = np.arange(60) % 3 % 2
    score = np.round(rng.random(60) * 0.7 + 0.2 * true, 1)
    value, error = auc(true, two_columns(score))
    # Sums of 60 numbers around 1.
    assert value == pytest.approx(roc_auc_score(true, score), abs=1e-12)
    assert error == pytest.approx(delong(score[true == 1], score[true == 0]), abs=1e-12)


def test_many_classes(rng):
    true = np.arange(90) % 4
    probability = rng.dirichlet(np.ones(4), 90) + np.eye(4)[true] * 0.3
    probability /= probability.sum(axis=1, keepdims=True)
    value, _ = auc(true, probability)
    expected = roc_auc_score(true, probability, multi_class="ovr", average="macro")
    assert value == pytest.approx(expected, abs=1e-12)


def test_the_error_over_many_classes_counts_their_correlation(rng):
    def draw(rows):
        true = rng.integers(0, 3, rows)
        raw = rng.random((rows, 3)) + 0.4 * np.eye(3)[true]
        return true, raw / raw.sum(axis=1, keepdims=True)

    spread = np.std([auc(*draw(200))[0] for _ in range(400)])
    mean = np.mean([auc(*draw(200))[1] for _ in range(20)])
    # A deviation estimated from 400 draws is within 3.5 % of its own, three times 10 %.
    assert mean == pytest.approx(spread, rel=0.12)


def test_a_class_that_is_not_there_is_left_out(rng):
    true = np.arange(40) % 2
    probability = rng.dirichlet(np.ones(3), 40)
    expected = np.mean([roc_auc_score(true == k, probability[:, k]) for k in (0, 1)])
    assert auc(true, probability)[0] == pytest.approx(expected, abs=1e-12)


def test_where_it_is_not_defined():
    score = np.array([0.1, 0.4, 0.8])
    assert np.isnan(auc(np.array([1, 1, 1]), two_columns(score))[0])
    # One row of a class: an area, but no spread.
    value, error = auc(np.array([0, 0, 1]), two_columns(score))
    assert (value, error) == (1.0, None)
