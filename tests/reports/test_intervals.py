import numpy as np
import pytest
from scipy import stats

from chainrule.reports import intervals


def test_wilson_by_hand():
    # n = 10, p = 0.8, z = 1.959964: centre (p + z^2 / 2n) / (1 + z^2 / n),
    # half z sqrt(p (1 - p) / n + z^2 / 4n^2) / (1 + z^2 / n); z^2 = 3.841459.
    # centre = 0.992073 / 1.3841459 = 0.716740; half = 1.959964 * 0.160011 / 1.3841459 = 0.226578
    assert intervals.of_share(8, 10) == pytest.approx((0.490162, 0.943318), abs=2e-6)


@pytest.mark.parametrize("rows", [1, 2, 50])
def test_a_share_of_all_or_none_keeps_a_width(rows):
    low, high = intervals.of_share(rows, rows)
    assert 0 < low < high == 1
    assert intervals.of_share(0, rows) == pytest.approx((0, 1 - low), abs=1e-12)


@pytest.mark.parametrize("rows", [12, 400, 40_000])
def test_the_interval_of_a_mean_is_near_students(rows, rng):
    values = rng.normal(3.0, 2.0, rows)
    low, high = intervals.of_statistic(np.mean, (values,), seed=0)
    expected = stats.t.interval(0.95, rows - 1, values.mean(), stats.sem(values))
    # 1000 resamples place a percentile within about a tenth of the interval's half width.
    half = (expected[1] - expected[0]) / 2
    assert (low, high) == pytest.approx(expected, abs=0.2 * half)


def test_few_rows_ask_for_a_wider_percentile():
    # Student's 0.975 quantile at 9 degrees of freedom is 2.262157; times sqrt(10 / 9) = 2.384525;
    # the normal tails beyond it hold 2 * 0.008551.
    assert intervals.expanded_level(10) == pytest.approx(1 - 2 * 0.008551, abs=1e-5)
    assert intervals.expanded_level(100_000) == pytest.approx(0.95, abs=1e-4)


def test_too_few_or_too_like_rows_have_no_interval():
    assert intervals.of_statistic(np.mean, (np.arange(9.0),), seed=0) is None
    assert intervals.of_statistic(np.mean, (np.ones(50),), seed=0) is None
    assert intervals.of_balanced_accuracy(np.array([3, 3]), np.array([1, 1]), seed=0) is None
    assert intervals.of_balanced_accuracy(np.array([30, 30]), np.array([0, 0]), seed=0) is None


def test_balanced_accuracy_is_resampled_as_its_rows_would_be(rng):
    true = np.repeat([0, 1], [400, 100])
    right = np.concatenate([rng.random(400) < 0.9, rng.random(100) < 0.6])
    hits = np.bincount(true[right], minlength=2)
    low, high = intervals.of_balanced_accuracy(hits, np.array([400, 100]) - hits, seed=0)
    # Standard error of the mean of two shares: sqrt(sum p (1 - p) / n) / 2.
    p = hits / [400, 100]
    half = 1.96 * np.sqrt(np.sum(p * (1 - p) / [400, 100])) / 2
    # 1000 resamples: as above.
    assert (low, high) == pytest.approx((p.mean() - half, p.mean() + half), abs=0.2 * half)


def test_a_class_that_a_resample_lacks_is_left_out_of_it():
    found = intervals.of_balanced_accuracy(np.array([20, 1]), np.array([5, 0]), seed=0)
    assert found is not None
    assert 0 < found[0] < found[1] <= 1


def test_the_interval_of_an_auc_by_hand():
    # logit 0.8 = ln 4 = 1.386294; error / (0.8 * 0.2) = 0.3125; half 1.959964 * 0.3125 = 0.612489;
    # 1 / (1 + exp(-0.773805)) = 0.684345 and 1 / (1 + exp(-1.998783)) = 0.880669.
    assert intervals.of_auc(0.8, 0.05) == pytest.approx((0.684345, 0.880669), abs=1e-5)
    assert intervals.of_auc(1.0, 0.0) is None
    assert intervals.of_auc(0.8, None) is None
