"""Losses and penalties: values and slopes against PyTorch, SciPy and scikit-learn."""

import numpy as np
import pytest
import torch
from hypothesis import given
from scipy.special import xlogy
from sklearn.neural_network._base import LOSS_FUNCTIONS
from strategies import probabilities, reals
from torch.nn import functional

from chainrule.formulas import LINKS, LOSSES, PENALTIES, RowLink


def tensor(x):
    return torch.tensor(x, dtype=torch.float64)


# name: (PyTorch's loss of targets y and predictions p, one target row, one row of sums z).
ROWS = {
    "squared_error": (
        lambda y, p: 0.5 * functional.mse_loss(p, y, reduction="sum"),
        [0.5, -2.0, 3.0],
        [0.25, 1.0, -4.0],
    ),
    "log_loss": (lambda y, p: -(y * torch.log(p)).sum(), [0.0, 1.0, 0.0], [0.3, -1.0, 2.0]),
    "binary_log_loss": (
        lambda y, p: functional.binary_cross_entropy(p, y, reduction="sum"),
        [0.0, 1.0, 1.0],
        [0.3, -1.0, 2.0],
    ),
    # PyTorch's Poisson loss leaves out what depends on y alone.
    "poisson": (
        lambda y, p: (
            functional.poisson_nll_loss(p, y, log_input=False, eps=0.0, reduction="sum")
            + (torch.xlogy(y, y) - y).sum()
        ),
        [0.0, 1.0, 7.0],
        [0.3, -1.0, 2.0],
    ),
}
LINK_IN_TORCH = {
    "identity": lambda z: z,
    "softmax": lambda z: torch.softmax(z, 0),
    "logistic": torch.sigmoid,
    "exp": torch.exp,
}
# A few roundings each in ours and in PyTorch's; absolutely, where p - y cancels.
CLOSE = {"rtol": 1e-14, "atol": 1e-15}
every_name = pytest.mark.parametrize("name", LOSSES)


def test_every_loss_has_a_row():
    assert set(ROWS) == set(LOSSES)


def predictions(name, z):
    link = LINKS[LOSSES[name].link]
    if not isinstance(link, RowLink):
        return np.array([link.value(x) for x in z])
    p = np.empty(len(z))
    link.value(np.array(z), p)
    return p


@every_name
def test_value_and_slope_are_those_of_pytorch(name):
    reference, y, z = ROWS[name]
    p = predictions(name, z)
    point = tensor(p).requires_grad_()
    expected = reference(tensor(y), point)
    expected.backward()
    row = LOSSES[name]
    ours = sum(row.value(a, b) for a, b in zip(y, p.tolist(), strict=True))
    assert ours == pytest.approx(expected.item(), rel=1e-14)
    slopes = [row.slope(a, b) for a, b in zip(y, p.tolist(), strict=True)]
    np.testing.assert_allclose(slopes, point.grad.numpy(), **CLOSE)


@every_name
def test_canonical_slope_is_the_gradient_through_the_link(name):
    reference, y, z = ROWS[name]
    row = LOSSES[name]
    point = tensor(z).requires_grad_()
    reference(tensor(y), LINK_IN_TORCH[row.link](point)).backward()
    ours = [row.canonical_slope(a, b) for a, b in zip(y, predictions(name, z), strict=True)]
    np.testing.assert_allclose(ours, point.grad.numpy(), **CLOSE)


@every_name
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_reported_value_is_that_of_scikit_learn(name, dtype):
    _, y, z = ROWS[name]
    y, p = np.array(y, dtype), predictions(name, z).astype(dtype)
    expected = LOSS_FUNCTIONS[name](y[None, :], p[None, :])
    row = LOSSES[name]
    terms = [row.value(a, b) for a, b in zip(y, p, strict=True)]
    ours = np.mean(terms) if row.reduction == "mean" else np.sum(terms)
    # A few roundings of the type, in another order.
    assert ours == pytest.approx(expected, rel=8 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_wrong_certainty_costs_the_logarithm_of_epsilon(name, p, dtype):
    epsilon = np.finfo(dtype).eps
    y = dtype(1.0 - p)
    certain = LOSSES[name].value(y, dtype(p))
    if name == "log_loss" and y == 0.0:
        assert certain == 0.0
    else:
        # One rounding of the logarithm, of a number that is rounded itself where it is 1 - eps.
        assert certain == pytest.approx(-np.log(epsilon), rel=4 * float(epsilon))
    assert np.isfinite(LOSSES[name].slope(y, dtype(p)))


@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
def test_nan_is_not_clipped_away(name):
    assert np.isnan(LOSSES[name].value(1.0, np.nan))


def test_poisson_loss_of_no_events_is_the_mean():
    assert LOSSES["poisson"].value(0.0, 2.5) == 2.5


@given(y=probabilities(), p=probabilities())
def test_poisson_value_is_the_formula_in_scipy(y, p):
    expected = xlogy(y, y / p) - y + p
    # What remains where the terms cancel: a rounding of each.
    assert LOSSES["poisson"].value(y, p) == pytest.approx(expected, rel=1e-13, abs=1e-15)


@given(y=probabilities(), p=probabilities())
@every_name
def test_slope_vanishes_and_the_value_is_least_where_prediction_is_target(name, y, p):
    row = LOSSES[name]
    if name == "log_loss":
        return  # least only together with the other classes of its row
    assert row.slope(y, y) == pytest.approx(0.0, abs=1e-9)
    # The least value itself is exact to a few roundings.
    assert row.value(y, p) >= row.value(y, y) - 1e-14


@given(w=reals(1e3), strength=probabilities())
def test_l2_is_half_the_square(w, strength):
    row = PENALTIES["l2"]
    weight = tensor(w).requires_grad_()
    expected = strength / 2 * weight * weight
    expected.backward()
    # Three roundings; a subnormal result keeps fewer digits.
    assert row.value(w, strength) == pytest.approx(expected.item(), rel=1e-15, abs=1e-320)
    assert row.slope(w, strength) == pytest.approx(weight.grad.item(), rel=1e-15, abs=1e-320)
