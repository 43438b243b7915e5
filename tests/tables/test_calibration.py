"""The temperature, against what the best one is by hand."""

import math

import numpy as np
import pytest

from chainrule.tables.calibration import temperature_of, with_temperature


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
