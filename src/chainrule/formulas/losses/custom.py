"""A user's own loss."""

from collections.abc import Callable

from ..custom import STEP, checked_call, is_derivative
from ..links import LINKS
from ..registry import lookup
from .row import Loss

# Predictions in the range of every link, with which an own loss is tried.
PROBES = (0.21, 0.37, 0.84)


def custom_loss(
    value: Callable[[float, float], float],
    slope: Callable[[float, float], float],
    link: str = "identity",
    name: str | None = None,
) -> Loss:
    """Make a loss of two functions of one target and one prediction.

    Parameters
    ----------
    value : callable
        (y, p) -> L, written with float literals and the functions of
        `chainrule.formulas.elementary`, since it will be compiled.
    slope : callable
        (y, p) -> dL/dp. Its own derivative is taken by complex step where it is analytic.
    link : str, default="identity"
        From the network's last sums to p, one of `chainrule.formulas.LINKS`; the only one that
        this loss will be used with.
    name : str or None
        What people read; None takes the function's own name.

    Raises
    ------
    ValueError
        A function that cannot be called with two numbers or does not give one.
    """
    lookup(LINKS, "link", link)
    for p in PROBES:
        checked_call("value", value, 1.0, p)
        checked_call("slope", slope, 1.0, p)
    canonical = slope if link == "identity" else None
    name = name or value.__name__
    return Loss(name, value, slope, link, canonical, "mean", _curvature(slope), (link,))


def _curvature(slope: Callable[[float, float], float]) -> Callable[[float, float], float] | None:
    """Return (y, p) -> d2L/dp2 by complex step, where the slope is analytic."""

    def curvature(y: float, p: float) -> float:
        derivative: float = slope(y, complex(p, STEP)).imag / STEP  # type: ignore[arg-type]
        return derivative

    known = is_derivative(lambda p: curvature(1.0, p), lambda p: slope(1.0, p), PROBES)
    return curvature if known else None
