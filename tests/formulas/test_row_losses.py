"""Losses that tie a row's outputs together, against PyTorch and scikit-learn."""

import numpy as np
import pytest
import torch
from hypothesis import given
from sklearn import metrics
from strategies import rows
from torch.nn import functional

from chainrule.engine.jit import fingerprint
from chainrule.formulas import LOSSES, Quantiles, RowLoss

LEVELS = (0.1, 0.5, 0.9)


def gaussian(y, p):
    mean, log_variance = p.chunk(2)
    return functional.gaussian_nll_loss(mean, y, log_variance.exp(), reduction="sum")


def crammer_singer(y, p):
    others = p.masked_fill(y > 0, -torch.inf)
    return torch.relu(1 + others.max() - p[y > 0].squeeze())


def quantiles(y, p):
    distance = y[:, None] - p.reshape(len(y), -1)
    level = torch.tensor(LEVELS, dtype=torch.float64)
    return torch.maximum(level * distance, (level - 1) * distance).sum()


# name: (PyTorch's loss of a row of targets and a row of predictions, targets, predictions).
ROWS = {
    "gaussian_likelihood": (gaussian, [0.5, -2.0, 3.0], [0.1, 1.0, 2.9, 0.3, -1.0, 2.0]),
    "crammer_singer": (crammer_singer, [0.0, 1.0, 0.0, 0.0], [0.5, 0.3, -1.0, 0.4]),
    "quantiles": (quantiles, [0.5, -2.0], [0.1, 0.6, 0.7, -3.0, -1.5, -1.0]),
}
every_name = pytest.mark.parametrize("name", ROWS)


def test_every_loss_of_a_row_has_a_row():
    assert set(ROWS) == {name for name, row in LOSSES.items() if isinstance(row, RowLoss)}


def value_and_slope(row, y, p):
    y, p = np.array(y), np.array(p)
    out = np.full_like(p, np.nan)
    value = row.value(y, p)
    row.slope(y, p, out)
    return value, out


@every_name
def test_value_and_slope_are_those_of_pytorch(name):
    reference, y, p = ROWS[name]
    point = torch.tensor(p, dtype=torch.float64, requires_grad=True)
    expected = reference(torch.tensor(y, dtype=torch.float64), point)
    expected.backward()
    value, slope = value_and_slope(LOSSES[name], y, p)
    # A few roundings of numbers of size 10.
    assert value == pytest.approx(expected.item(), rel=1e-14)
    np.testing.assert_allclose(slope, point.grad.numpy(), rtol=1e-14, atol=1e-14)


@every_name
def test_the_number_of_outputs_is_that_of_the_predictions(name):
    _, y, p = ROWS[name]
    assert LOSSES[name].outputs(len(y)) == len(p)


@every_name
def test_float32_stays_float32(name):
    _, y, p = ROWS[name]
    y, p = np.array(y, np.float32), np.array(p, np.float32)
    assert not isinstance(LOSSES[name].value(y, p), np.float64)


@every_name
def test_nan_is_noticed(name):
    _, y, p = ROWS[name]
    value, slope = value_and_slope(LOSSES[name], y, [np.nan] * len(p))
    assert np.isnan(value)
    assert name == "crammer_singer" or np.isnan(slope).all()


@given(z=rows(50.0))
@pytest.mark.parametrize("c", [0, 1, 6])
def test_crammer_singer_is_scikit_learns_multiclass_hinge(z, c):
    p = np.resize(z, 7)
    expected = metrics.hinge_loss([c], p[None, :], labels=np.arange(7))
    # Two roundings of numbers up to 101.
    assert LOSSES["crammer_singer"].value(np.eye(7)[c], p) == pytest.approx(expected, abs=3e-14)


def test_crammer_singer_is_content_with_a_lead_of_1():
    value, slope = value_and_slope(LOSSES["crammer_singer"], [1.0, 0.0], [1.5, 0.5])
    assert value == 0.0
    np.testing.assert_array_equal(slope, [0.0, 0.0])


@given(z=rows(10.0))
def test_quantiles_are_scikit_learns_pinball_losses(z):
    y = np.array([0.3, -1.0])
    p = np.resize(z, 6)
    expected = sum(
        metrics.mean_pinball_loss([y[t]], [p[3 * t + k]], alpha=level)
        for t in range(2)
        for k, level in enumerate(LEVELS)
    )
    # A few roundings of numbers up to 66.
    assert LOSSES["quantiles"].value(y, p) == pytest.approx(expected, abs=1e-13)


def test_a_single_quantile_is_the_loss_quantile():
    row, single = Quantiles([0.3]).row(), 0.3
    for y, p in ((1.0, 3.0), (1.0, -2.0), (1.0, 1.0)):
        value, slope = value_and_slope(row, [y], [p])
        assert value == pytest.approx(metrics.mean_pinball_loss([y], [p], alpha=single), rel=1e-15)
        assert slope[0] == pytest.approx(np.sign(p - y) * (0.3 if p < y else 0.7), rel=1e-15)


def test_equal_levels_have_the_same_functions_and_others_have_not():
    assert Quantiles((0.1, 0.9)).row() is Quantiles([0.1, 0.9]).row()
    assert fingerprint(Quantiles((0.1, 0.9)).row()) != fingerprint(Quantiles((0.2, 0.9)).row())


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ((), r"^levels must be increasing, got \(\)\. Give each level once, the smallest first\.$"),
        ((0.5, 0.5), r"^levels must be increasing, got \(0\.5, 0\.5\)\."),
        ((0.5, 1.5), r"^level must be in \(0, 1\), got 1\.5\."),
    ],
)
def test_levels_out_of_order_are_refused(levels, message):
    with pytest.raises(ValueError, match=message):
        Quantiles(levels)


def test_the_gaussian_likelihood_is_least_at_the_true_mean_and_variance():
    # Targets 1 and 3 have mean 2 and variance 1, log variance 0: both slopes vanish there.
    slopes = [value_and_slope(LOSSES["gaussian_likelihood"], [y], [2.0, 0.0])[1] for y in (1.0, 3)]
    np.testing.assert_array_equal(np.sum(slopes, axis=0), [0.0, 0.0])
