"""The temperature, against what the best one is by hand."""

import math

import numpy as np
import pytest
from scipy.special import expit

from chainrule.tables.networks.calibration import (
    Held,
    ensemble_temperature,
    mean_of,
    temperature_of,
    with_temperature,
)
from chainrule.tables.networks.parts import parts_of


@pytest.mark.parametrize(("rows", "right"), [(10, 10), (98, 98), (100, 80), (50, 26)])
def test_the_best_temperature_of_two_classes(rows, right):
    # Every row gives class 0 the probability p; `right` rows are of class 0. With the row of doubt
    # each target is 1 - w for its class, w = 1 / (rows + 2). The mean log loss is least where the
    # scaled probability equals the mean target s, so p / (1 - p) to the power 1 / T is s / (1 - s).
    p, w = 0.99, 1.0 / (rows + 2)
    probability = np.tile([p, 1.0 - p], (rows, 1))
    codes = np.repeat([0, 1], [right, rows - right])
    s = (right * (1.0 - w) + (rows - right) * w) / rows
    expected = math.log(p / (1.0 - p)) / math.log(s / (1.0 - s))
    # The bounded search stops within 1e-5 of the logarithm.
    assert temperature_of(probability, codes) == pytest.approx(expected, rel=1e-4)


def test_rows_without_a_mistake_leave_a_doubt():
    probability = np.tile([0.9, 0.1], (18, 1))
    temperature = temperature_of(probability, np.zeros(18, np.int32))
    # One row in twenty, by hand: s = 1 - 1 / 20.
    np.testing.assert_allclose(
        with_temperature(probability, temperature)[0], [0.95, 0.05], rtol=1e-4
    )


def test_a_temperature_of_one_changes_nothing():
    probability = np.array([[0.2, 0.8], [1.0, 0.0]])
    assert with_temperature(probability, 1.0) is probability


def test_the_weight_of_a_row_counts_like_copies_of_it():
    probability = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    codes, weight = np.array([0, 1, 1]), np.array([1.0, 3.0, 2.0])
    copies = np.repeat(np.arange(3), weight.astype(int))
    expected = temperature_of(probability[copies], codes[copies], distinct=3)
    assert temperature_of(probability, codes, weight) == pytest.approx(expected, rel=1e-4)


def noisy_ensemble(rng, rows):
    """Networks that err each in its own way: the mean of their probabilities is too soft."""
    truth = rng.normal(0.0, 2.0, rows)
    codes = (rng.random(rows) < expit(truth)).astype(np.int32)
    seen = [expit(truth + rng.normal(0.0, 2.0, rows)) for _ in range(4)]
    return [np.stack([1.0 - p, p], axis=1) for p in seen], codes


def test_the_temperature_is_that_of_the_mean():
    rng = np.random.default_rng(0)
    outputs, codes = noisy_ensemble(rng, 40_000)
    parts = parts_of(codes, len(codes), members=4, folds=5, shared=True, random=rng)
    held = [Held(rows, each[rows]) for (_, rows), each in zip(parts, outputs, strict=True)]
    fresh, labels = noisy_ensemble(rng, 100_000)
    best = temperature_of(np.mean(fresh, axis=0), labels)
    # 4,000 shared rows tell a temperature to 3 %, the ratio of two on the same rows better.
    assert ensemble_temperature(held, codes) == pytest.approx(best, rel=0.06)
    # That of single networks, on rows of their own, is another.
    apart = parts_of(codes, len(codes), members=4, folds=5, shared=False, random=rng)
    held = [Held(rows, each[rows]) for (_, rows), each in zip(apart, outputs, strict=True)]
    assert ensemble_temperature(held, codes) > 1.3 * best


def test_networks_that_agree_have_the_temperature_of_one():
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.95, 60)
    probability, codes = np.stack([1.0 - p, p], axis=1), (rng.random(60) < p).astype(np.int32)
    rows = np.arange(60)
    held = [Held(rows, probability)] * 3
    # The search stops within 1e-5 of each logarithm.
    expected = temperature_of(probability, codes)
    assert ensemble_temperature(held, codes) == pytest.approx(expected, rel=1e-4)


def test_the_mean_counts_those_who_have_not_seen_a_row():
    one = Held(np.array([0, 2]), np.array([[1.0], [3.0]]))
    two = Held(np.array([2]), np.array([[5.0]]))
    np.testing.assert_array_equal(mean_of([one, two], 4), [[1.0], [np.nan], [4.0], [np.nan]])


@pytest.mark.parametrize("members", [2, 4, 11])
def test_half_of_what_judges_a_network_judges_all(members):
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, 500)
    parts = parts_of(codes, 500, members=members, folds=5, shared=True, random=rng)
    common = set(range(500))
    for training, held in parts:
        np.testing.assert_array_equal(np.sort(np.concatenate([training, held])), np.arange(500))
        # A fifth of each class, to a row for each of the two deals.
        np.testing.assert_allclose(np.bincount(codes[held]), np.bincount(codes) / 5, atol=2)
        common &= set(held)
    assert len(common) == 50
    if members <= 9:
        own = [set(held) - common for _, held in parts]
        assert sum(map(len, own)) == len(set().union(*own))
