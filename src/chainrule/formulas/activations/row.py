"""What a row of `ACTIVATIONS` is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Activation:
    """A function of one number with its first two derivatives at x, given x and y = value(x).

    `curvature(x, y)` is d2y/dx2, for exact Hessian-vector products; None where it is not known.
    """

    name: str
    value: Callable[[float], float]
    slope: Callable[[float, float], float]
    curvature: Callable[[float, float], float] | None = None
