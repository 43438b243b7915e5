"""A user's own activation, with its derivatives by complex step where none are given."""

from collections.abc import Callable
from functools import cache
from typing import Any

from ..custom import STEP, checked_call, is_derivative
from .row import Activation

# Second derivatives do subtract. With h = 0.01 the formula's own error is 3e-11 times the sixth
# derivative, the roundings' 1e-14 (float64) or 1e-5 (float32). This is h / sqrt(2).
DIAGONAL_STEP = 0.01 * 0.7071067811865476
SQUARED_STEP = 0.0001

# Where an own function is tried; none of them a likely kink.
PROBES = (-1.7, -0.6, 0.37, 0.81, 2.3)


def custom_activation(
    value: Callable[[float], float],
    slope: Callable[[float, float], float] | None = None,
    name: str | None = None,
) -> Activation:
    """Make an activation of a function of one number.

    Parameters
    ----------
    value : callable
        x -> y, written with float literals (`2.0 * x`) and the functions of
        `chainrule.formulas.elementary`, since it will be compiled.
    slope : callable or None
        (x, y) -> dy/dx, y = value(x). Its own derivative is taken by complex step where it is
        analytic; otherwise give all three to `Activation` itself. None takes the slope by complex
        step too, Im value(x + ih) / h with h = 1e-20 (Squire and Trapp 1998, "Using complex
        variables to estimate derivatives of real functions"), which is exact to rounding for an
        analytic `value`: arithmetic and smooth functions, but no comparison and no abs.
    name : str or None
        What people read; None takes the function's own name.

    Raises
    ------
    ValueError
        A function that cannot be called with one number or does not give one, or a derivative by
        complex step of a function that is not analytic.
    """
    for x in PROBES:
        checked_call("value", value, x)
    name = name or value.__name__
    if slope is None:
        return Activation(name, value, *_derivatives(value))
    return Activation(name, value, slope, _curvature(value, slope))


Slope = Callable[[float, float], float]


def _derivatives(value: Callable[[float], float]) -> tuple[Slope, Slope]:
    slope = complex_step(value)
    if not is_derivative(lambda x: slope(x, 0.0), value, PROBES):
        raise ValueError(
            "slope must be given where value is not analytic, got None for "
            f"{value.__name__}. Write it as a function (x, y) -> dy/dx."
        )
    return slope, diagonal_step(value)


def _curvature(value: Callable[[float], float], slope: Slope) -> Slope | None:
    for x in PROBES:
        checked_call("slope", slope, x, value(x))
    curvature = complex_step_of_slope(value, slope)
    known = is_derivative(lambda x: curvature(x, 0.0), lambda x: slope(x, value(x)), PROBES)
    return curvature if known else None


@cache
def complex_step(value: Callable[[Any], Any]) -> Callable[[float, float], float]:
    """Return (x, y) -> dy/dx of an analytic function."""

    def slope(x: float, y: float) -> float:
        derivative: float = value(complex(x, STEP)).imag / STEP
        return derivative

    return slope


@cache
def complex_step_of_slope(
    value: Callable[[Any], Any], slope: Callable[[Any, Any], Any]
) -> Callable[[float, float], float]:
    """Return (x, y) -> d2y/dx2 from an analytic slope that may look at y as well as at x."""

    def curvature(x: float, y: float) -> float:
        z = complex(x, STEP)
        derivative: float = slope(z, value(z)).imag / STEP
        return derivative

    return curvature


@cache
def diagonal_step(value: Callable[[Any], Any]) -> Callable[[float, float], float]:
    """Return (x, y) -> d2y/dx2 from an analytic value.

    Im(value(x + h sqrt(i)) + value(x - h sqrt(i))) / h^2, Lai and Crassidis 2008, "Extensions of
    the first and second complex-step derivative approximations".
    """

    def curvature(x: float, y: float) -> float:
        after = value(complex(x + DIAGONAL_STEP, DIAGONAL_STEP)).imag
        before = value(complex(x - DIAGONAL_STEP, -DIAGONAL_STEP)).imag
        derivative: float = (after + before) / SQUARED_STEP
        return derivative

    return curvature
