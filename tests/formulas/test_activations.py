"""Every activation against PyTorch in float64, mpmath and central differences; one row each."""

import math
import operator

import mpmath as mp
import numpy as np
import pytest
import torch
from hypothesis import given
from strategies import reals
from torch.nn import functional

from chainrule.formulas import ACTIVATIONS
from formulas.references import curvature, value_and_gradient

# name: PyTorch's function, and whether the slope has a rounding of 1 in it (1 - y*y, y + 1).
ROWS = {
    "identity": (operator.pos, False),
    "logistic": (torch.sigmoid, True),
    "tanh": (torch.tanh, True),
    "hard_tanh": (functional.hardtanh, False),
    # PyTorch gives both slope 0.
    "sign": (torch.sign, False),
    "step": (lambda x: 0.5 * (torch.sign(x) + torch.sign(x).abs()), False),
    "relu": (functional.relu, False),
    "leaky_relu": (functional.leaky_relu, False),
    "elu": (functional.elu, True),
    "selu": (functional.selu, True),
    "gelu": (functional.gelu, True),
    "gelu_tanh": (lambda x: functional.gelu(x, approximate="tanh"), True),
    "silu": (functional.silu, True),
    "mish": (functional.mish, True),
    # PyTorch's softplus is x itself above 20; this is the same function without the threshold.
    "softplus": (lambda x: torch.logaddexp(x, torch.zeros_like(x)), False),
}
# Zero and the kinks of hard_tanh, both sides of them, and sizes at which everything saturates.
POINTS = [0.0, 1.0, -1.0, 1e-300, -1e-300, 1e-8, -1e-8, 0.3, -0.3, 2.5, -2.5, 9.0, -9.0]
POINTS += [math.nextafter(1.0, 2.0), math.nextafter(-1.0, 0.0), 40.0, -40.0, 800.0, -800.0]

every_name = pytest.mark.parametrize("name", ACTIVATIONS)
# A few roundings each in ours and in PyTorch's, of 1.1e-16 each.
RELATIVE = 2e-15
# Where a value near 1 is subtracted from 1, one rounding of 1 is left however small the result;
# gelu's product with |x| <= 9 carries nine of them.
ROUNDINGS_OF_ONE = 10 * 2.0**-53


def test_every_activation_has_a_row():
    assert set(ROWS) == set(ACTIVATIONS)


@every_name
def test_value_and_slope_are_those_of_pytorch(name):
    reference, cancels = ROWS[name]
    values, slopes = value_and_gradient(reference, POINTS)
    row = ACTIVATIONS[name]
    ours = [row.value(x) for x in POINTS]
    our_slopes = [row.slope(x, y) for x, y in zip(POINTS, ours, strict=True)]
    absolute = ROUNDINGS_OF_ONE if cancels else 0.0
    np.testing.assert_allclose(ours, values, rtol=RELATIVE, atol=absolute)
    np.testing.assert_allclose(our_slopes, slopes, rtol=RELATIVE, atol=absolute)


# Written out, because PyTorch's own forms cannot be differentiated twice as accurately.
def gelu_tanh(x):
    u = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + torch.tanh(u))


def mish(x):
    return x * torch.tanh(functional.softplus(x, threshold=1e3))


TWICE = {"gelu_tanh": gelu_tanh, "mish": mish}
SMOOTH_POINTS = [x for x in POINTS if 1e-10 < abs(x) < 50 and abs(abs(x) - 1.0) > 1e-3]


@every_name
def test_curvature_is_that_of_autograd_twice(name):
    expected = curvature(TWICE.get(name, ROWS[name][0]), SMOOTH_POINTS)
    row = ACTIVATIONS[name]
    ours = [row.curvature(x, row.value(x)) for x in SMOOTH_POINTS]
    # Differences of numbers of size 1, times |x| up to 40.
    np.testing.assert_allclose(ours, expected, rtol=1e-13, atol=40 * ROUNDINGS_OF_ONE)


@every_name
@given(x=reals(20.0))
def test_curvature_is_the_central_difference_of_the_slope(name, x):
    row = ACTIVATIONS[name]
    step = 1e-5
    if min(abs(x), abs(abs(x) - 1.0)) <= step:
        return  # a kink may lie between the two points
    after, before = (row.slope(t, row.value(t)) for t in (x + step, x - step))
    # step^2 / 6 times a fourth derivative of up to 5, and roundings of the slope by the step.
    tolerance = step**2 + 30 * 2.0**-52 / step
    ours = row.curvature(x, row.value(x))
    assert ours == pytest.approx((after - before) / (2.0 * step), abs=tolerance)


def slopes(name, points):
    row = ACTIVATIONS[name]
    return [float(row.slope(x, row.value(x))) for x in points]


# The slopes of gates take the gate back from y / x, which says nothing at 0 and little where y has
# lost digits: the smallest number of all, a subnormal one, and both sides of the cut.
NO_QUOTIENT = [0.0, 5e-324, -5e-324, 1e-310, -1e-310, 0.99e-20, -0.99e-20, 1.01e-20, -1.01e-20]


@pytest.mark.parametrize(
    ("name", "slope"), [("gelu", 0.5), ("gelu_tanh", 0.5), ("silu", 0.5), ("mish", 0.6)]
)
def test_the_slope_of_a_gate_at_zero(name, slope):
    np.testing.assert_allclose(slopes(name, NO_QUOTIENT), slope, rtol=RELATIVE)
    single = [np.float32(x) for x in (0.0, 1e-45, -1e-40, 1e-20, -1.1e-20, 1e-10)]
    # A few roundings in float32, of 6e-8 each.
    np.testing.assert_allclose(slopes(name, single), slope, rtol=3e-7)


def exact_slope(name, x):
    x = mp.mpf(x)
    gate = {
        "gelu": mp.ncdf,
        "gelu_tanh": lambda t: (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (t + 0.044715 * t**3))) / 2,
        "silu": lambda t: 1 / (1 + mp.exp(-t)),
        "mish": lambda t: mp.tanh(mp.log1p(mp.exp(t))),
    }[name]
    return float(gate(x) + x * mp.diff(gate, x))


# Where 1 - gate has been rounded, the slope has this many roundings of 1, as the docstrings say.
@pytest.mark.parametrize(
    ("name", "roundings"), [("gelu", 4), ("gelu_tanh", 100), ("silu", 60), ("mish", 4)]
)
def test_the_slope_of_a_gate_between(name, roundings):
    points = np.linspace(-30.0, 30.0, 241)
    with mp.workdps(60):
        expected = [exact_slope(name, float(x)) for x in points]
    np.testing.assert_allclose(
        slopes(name, points.tolist()), expected, rtol=0.0, atol=roundings * 2.0**-53
    )


@pytest.mark.parametrize("name", ["gelu", "silu", "mish"])
@pytest.mark.parametrize("x", [100.0, 1e15, -1e3])
def test_the_slope_of_a_gate_far_out(name, x):
    expected = float(x > 0.0)
    # One rounding of 1.
    assert slopes(name, [x])[0] == pytest.approx(expected, abs=2.0**-53)
    assert slopes(name, [np.float32(x)])[0] == pytest.approx(expected, abs=2.0**-24)


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "silu", "mish"])
def test_the_slope_of_a_gate_at_nan(name):
    assert math.isnan(ACTIVATIONS[name].slope(math.nan, math.nan))


@pytest.mark.parametrize("x", [-700.0, -40.0, -3.0, 3.0, 20.0, 300.0, 800.0])
def test_mish_neither_overflows_nor_loses_small_values(x):
    with mp.workdps(400):
        exact = float(mp.mpf(x) * mp.tanh(mp.log1p(mp.exp(mp.mpf(x)))))
    row = ACTIVATIONS["mish"]
    assert row.value(x) == pytest.approx(exact, rel=RELATIVE, abs=0.0)
    assert math.isfinite(row.slope(x, exact)) and math.isfinite(row.curvature(x, exact))


def test_sign_and_step_at_their_jump():
    assert [ACTIVATIONS["sign"].value(x) for x in (-0.5, 0.0, 0.5)] == [-1.0, 0.0, 1.0]
    assert [ACTIVATIONS["step"].value(x) for x in (-0.5, 0.0, 0.5)] == [0.0, 0.0, 1.0]


KINKS = {"relu": 0.0, "leaky_relu": 0.01, "selu": 1.0507009873554805 * 1.6732632423543772}


@pytest.mark.parametrize("name", KINKS)
def test_slope_at_the_kink(name):
    row = ACTIVATIONS[name]
    # One rounding of the product that selu's constant is.
    assert row.slope(0.0, row.value(0.0)) == pytest.approx(KINKS[name], rel=2**-52)


@pytest.mark.parametrize("x", [-1.0, 1.0])
def test_hard_tanh_is_flat_at_both_kinks(x):
    assert ACTIVATIONS["hard_tanh"].slope(x, x) == 0.0


@every_name
@given(x=reals(20.0))
def test_slope_is_the_central_difference(name, x):
    row = ACTIVATIONS[name]
    step = 1e-5
    if min(abs(x), abs(abs(x) - 1.0)) <= step:
        return  # a kink may lie between the two points
    difference = (row.value(x + step) - row.value(x - step)) / (2.0 * step)
    # The difference's own error: step^2 / 6 times a third derivative of about 1, and rounding, that
    # of a value of at most 20 divided by the step.
    tolerance = step**2 + 20 * 2.0**-52 / step
    assert row.slope(x, row.value(x)) == pytest.approx(difference, abs=tolerance)


@every_name
@pytest.mark.parametrize("x", [-1.5, 0.0, 0.5, 3.0])
def test_float32_stays_float32(name, x):
    row = ACTIVATIONS[name]
    single = np.float32(x)
    y = row.value(single)
    # 0.0 and 1.0 in a branch are plain Python numbers, of no width.
    assert isinstance(y, np.float32 | float)
    assert not isinstance(y, np.float64)
    assert not isinstance(row.slope(single, y), np.float64)


@every_name
def test_nan_stays_nan(name):
    assert math.isnan(ACTIVATIONS[name].value(math.nan))


@pytest.mark.parametrize("x", [-30.0, -100.0, -700.0])
@pytest.mark.parametrize("name", ["logistic", "silu", "softplus"])
def test_small_values_keep_their_relative_accuracy(name, x):
    exact = {
        "logistic": lambda t: 1 / (1 + mp.exp(-t)),
        "silu": lambda t: t / (1 + mp.exp(-t)),
        "softplus": lambda t: mp.log1p(mp.exp(t)),
    }[name]
    with mp.workdps(400):
        expected = float(exact(mp.mpf(x)))
    assert ACTIVATIONS[name].value(x) == pytest.approx(expected, rel=RELATIVE, abs=0.0)


def test_selu_keeps_mean_0_and_variance_1():
    row = ACTIVATIONS["selu"]

    def moment(power):
        return mp.quad(lambda t: row.value(float(t)) ** power * mp.npdf(t), [-12, 0, 12])

    # The quadrature's own accuracy in double precision.
    assert float(moment(1)) == pytest.approx(0.0, abs=1e-12)
    assert float(moment(2)) == pytest.approx(1.0, abs=1e-12)
