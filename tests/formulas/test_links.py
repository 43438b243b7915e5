"""Output links against PyTorch in float64."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from strategies import rows

from chainrule.formulas import (
    ACTIVATIONS,
    LEARNED_ACTIVATIONS,
    LINKS,
    ROW_ACTIVATIONS,
    Activation,
    RowLink,
    activation_row,
)
from formulas.references import value_and_gradient


def softmax(z):
    p = np.empty(len(z))
    LINKS["softmax"].value(np.array(z), p)
    return p


def test_every_link_is_of_one_number_or_of_one_row():
    assert {name for name, row in LINKS.items() if isinstance(row, RowLink)} == {"softmax"}
    assert all(isinstance(row, Activation | RowLink) for row in LINKS.values())


def test_links_that_are_also_activations_are_the_same_rows():
    assert LINKS["logistic"] is ACTIVATIONS["logistic"]
    assert LINKS["identity"] is ACTIVATIONS["identity"]
    assert LINKS["softplus"] is ACTIVATIONS["softplus"]
    assert LINKS["softmax"] is ROW_ACTIVATIONS["softmax"]


def test_exp_link_and_its_slope():
    points = [-700.0, -3.0, 0.0, 0.5, 700.0]
    values, slopes = value_and_gradient(torch.exp, points)
    row = LINKS["exp"]
    # NumPy's and PyTorch's exponentials are each within one unit in the last place.
    np.testing.assert_allclose([row.value(x) for x in points], values, rtol=2**-51)
    ours = [row.slope(x, row.value(x)) for x in points]
    np.testing.assert_allclose(ours, slopes, rtol=2**-51)
    ours = [row.curvature(x, row.value(x)) for x in points]  # the exponential's again
    np.testing.assert_allclose(ours, slopes, rtol=2**-51)


@given(z=rows(700.0))
def test_softmax_is_that_of_pytorch(z):
    expected = torch.softmax(torch.tensor(z, dtype=torch.float64), 0)
    # A rounding for each of seven terms, one unit of either exponential; absolutely, subnormals.
    np.testing.assert_allclose(softmax(z), expected.numpy(), rtol=4e-15, atol=1e-320)


@pytest.mark.parametrize("z", [[1e300, 1e300], [-1e300, 0.0], [3.0], [1000.0, -1000.0, 1000.0]])
def test_softmax_of_large_sums_is_finite_and_adds_up_to_1(z):
    assert softmax(z).sum() == pytest.approx(1.0, abs=2**-51)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_nan_makes_the_row_nan(place):
    z = [1.0, 2.0, 3.0]
    z[place] = math.nan
    assert np.isnan(softmax(z)).all()


def test_softmax_may_overwrite_its_input():
    z = np.array([0.5, -1.0, 2.0])
    expected = softmax(z)
    LINKS["softmax"].value(z, z)
    np.testing.assert_array_equal(z, expected)


@given(z=rows(30.0))
def test_softmax_pullback_is_that_of_pytorch(z):
    g = np.cos(np.arange(len(z)))
    point = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    torch.softmax(point, 0).backward(torch.from_numpy(g))
    out = g.copy()
    LINKS["softmax"].pullback(softmax(z), out, out)
    # g - <g, p> cancels where one p is near 1: what is left is a few roundings of 1.
    np.testing.assert_allclose(out, point.grad.numpy(), rtol=1e-13, atol=2**-50)


def winner_take_all(z):
    p = np.empty(len(z))
    ROW_ACTIVATIONS["winner_take_all"].value(np.array(z), p)
    return p


@given(z=rows(700.0))
def test_winner_take_all_is_numpys_argmax(z):
    np.testing.assert_array_equal(winner_take_all(z), np.eye(len(z))[np.argmax(z)])


def test_the_first_of_two_winners_takes_all():
    np.testing.assert_array_equal(winner_take_all([1.0, 2.0, 2.0]), [0.0, 1.0, 0.0])


def test_winner_take_all_may_overwrite_its_input_and_keeps_nan():
    z = np.array([0.5, np.nan, 2.0])
    ROW_ACTIVATIONS["winner_take_all"].value(z, z)
    assert np.isnan(z[1])


def test_winner_take_all_sends_nothing_back():
    out = np.full(3, np.nan)
    p = winner_take_all([1.0, 2.0, 2.0])
    ROW_ACTIVATIONS["winner_take_all"].pullback(p, np.ones(3), out)
    np.testing.assert_array_equal(out, np.zeros(3))


def test_an_activation_is_found_by_name_or_is_a_row():
    assert activation_row("relu") is ACTIVATIONS["relu"]
    assert activation_row("winner_take_all") is ROW_ACTIVATIONS["winner_take_all"]
    assert activation_row("prelu") is LEARNED_ACTIVATIONS["prelu"]
    for row in (ACTIVATIONS["mish"], ROW_ACTIVATIONS["softmax"], LEARNED_ACTIVATIONS["prelu"]):
        assert activation_row(row) is row


@pytest.mark.parametrize(
    ("name", "ours"), [("sigmoid", "logistic"), ("Swish", "silu"), ("linear", "identity")]
)
def test_other_names_are_answered_with_ours(name, ours):
    with pytest.raises(ValueError, match=rf"got '{name}'\. Did you mean '{ours}'\?$"):
        activation_row(name)
