"""A user's own activation and loss: what is checked, derivatives by complex step, compiled runs."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch
from hypothesis import given
from strategies import reals

from chainrule.formulas import LINKS, LOSSES, custom_activation, custom_loss
from chainrule.formulas.elementary import exp
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

SHARPNESS = 2.0


def bump(x):
    """A bell of rational form."""
    return 1.0 / (1.0 + SHARPNESS * x * x)


def bump_slope(x, y):
    return -2.0 * SHARPNESS * x * y * y


def bell(x):
    return exp(-x * x)


def kinked(x):
    return x / (1.0 + abs(x))


def kinked_slope(x, y):
    return (1.0 - abs(y)) * (1.0 - abs(y))


def compared(x):
    return x if x > 0.0 else 0.5 * x


EXACT = {bump: lambda x: 1 / (1 + 2 * x * x), bell: lambda x: mp.exp(-x * x)}


@pytest.mark.parametrize("value", EXACT)
@given(x=reals(3.0))
def test_complex_step_is_exact_to_rounding(value, x):
    row = custom_activation(value)
    slope, curvature = (float(mp.diff(EXACT[value], x, n)) for n in (1, 2))
    # A few roundings of terms of size 1; mpmath's own difference is good to half its 15 digits.
    assert row.slope(x, value(x)) == pytest.approx(slope, abs=1e-13)
    # h^4 / 360 = 3e-11 times a sixth derivative, of at most 8 * 720 for the bump.
    assert row.curvature(x, value(x)) == pytest.approx(curvature, abs=2e-7)


@given(x=reals(3.0))
def test_a_given_slope_has_its_curvature_by_complex_step(x):
    row = custom_activation(bump, bump_slope)
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(1.0 / (1.0 + 2.0 * point**2), point, create_graph=True)
    (expected,) = torch.autograd.grad(slope, point)
    # A few roundings of terms of size at most 10.
    assert row.curvature(x, bump(x)) == pytest.approx(expected.item(), abs=1e-14)
    assert row.slope is bump_slope


def test_a_slope_that_is_not_analytic_has_no_curvature():
    row = custom_activation(kinked, kinked_slope)
    assert row.curvature is None
    assert row.name == "kinked"


@pytest.mark.parametrize("value", [kinked, compared])
def test_without_a_slope_the_value_must_be_analytic(value):
    message = (
        r"^slope must be given where value is not analytic, got None for \w+\. Write it as a "
        r"function \(x, y\) -> dy/dx\.$"
    )
    with pytest.raises(ValueError, match=message):
        custom_activation(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            3.0,
            r"^value must be a function of 1 number\(s\) made by def or lambda, got 3\.0\. Write",
        ),
        (np.tanh, r"made by def or lambda, got <ufunc 'tanh'>\. Write one around it\.$"),
        (lambda x, y: x, r"^value must give a number for value\(-1\.7\), got TypeError: .*missing"),
        (lambda x: None, r"^value must give a number for value\(-1\.7\), got TypeError"),
        (lambda x: x.sum(), r"got AttributeError: .*Write it for single numbers, not arrays\.$"),
    ],
)
def test_what_is_no_function_of_one_number_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        custom_activation(value)


def test_the_same_function_gives_the_same_formulas():
    assert custom_activation(bump) == custom_activation(bump)
    assert custom_activation(bump, bump_slope) == custom_activation(bump, bump_slope)


def test_a_slope_of_one_argument_is_refused():
    with pytest.raises(ValueError, match=r"^slope must give a number for slope\(-1\.7, 0\.1"):
        custom_activation(bump, lambda x: x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("slope", [None, bump_slope], ids=["complex step", "given"])
def test_an_own_activation_runs_in_a_network(slope, dtype):
    x = Input(2)
    layer = Dense(3, activation=custom_activation(bump, slope))
    model = GraphModel(Graph(x, Dense(1)(layer(x))), dtype=dtype)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 2)), rng.normal(size=5)
    hidden = bump(X @ model.coefs[0] + model.intercepts[0])
    expected = hidden @ model.coefs[1] + model.intercepts[1]
    # Some twenty roundings of numbers of size 1.
    tolerance = 20 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(model.predict(X), expected, rtol=0.0, atol=tolerance)
    assert model.check_gradients(X, y).ok  # in float64
    before = model.loss(X, y)
    assert model.fit(X, y, epochs=5).loss(X, y) < before  # a backward step in dtype


def absolute(y, p):
    return math.fabs(y - p)


def absolute_slope(y, p):
    return 1.0 if p > y else -1.0


def test_an_own_loss():
    row = custom_loss(absolute, absolute_slope, name="distance")
    assert (row.name, row.link, row.links) == ("distance", "identity", ("identity",))
    assert row.canonical_slope is absolute_slope
    assert custom_loss(absolute, absolute_slope, link="exp").canonical_slope is None
    assert all(custom_loss(absolute, absolute_slope, link=link).link == link for link in LINKS)


def quartic(y, p):
    return 0.25 * (y - p) * (y - p) * (y - p) * (y - p)


def quartic_slope(y, p):
    return (p - y) * (p - y) * (p - y)


@given(y=reals(3.0), p=reals(3.0))
def test_an_own_loss_has_its_curvature_by_complex_step(y, p):
    # d2/dp2 (p - y)^4 / 4 = 3 (p - y)^2, to a few roundings of numbers up to 108.
    expected = 3.0 * (p - y) ** 2
    assert custom_loss(quartic, quartic_slope).curvature(y, p) == pytest.approx(expected, abs=1e-13)
    assert custom_loss(absolute, absolute_slope).curvature is None


def test_an_own_loss_is_checked():
    with pytest.raises(ValueError, match=r"^link must be one of 'identity', .*, got 'sigmoid'\."):
        custom_loss(absolute, absolute_slope, link="sigmoid")
    with pytest.raises(ValueError, match=r"^slope must give a number for slope\(1\.0, 0\.21\)"):
        custom_loss(absolute, lambda p: p)
    assert "distance" not in LOSSES
