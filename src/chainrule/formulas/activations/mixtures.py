"""Activations with a number to learn for each unit: a mixture of the identity and another one.

A row of `LEARNED_ACTIVATIONS` is a `Mixture`. The three formulas below are all that the engine
needs beside the base's own: f = base.value(x), slope = base.slope(x, f).
"""

from dataclasses import dataclass

from .gated import ROWS as GATED
from .rectifiers import ROWS as RECTIFIERS
from .row import Activation


@dataclass(frozen=True)
class Mixture:
    """An activation between the identity (a = 0) and `base` (a = 1), one a a unit from `start`.

    `source` says where this pair of base and start was published.
    """

    name: str
    base: Activation
    start: float
    source: str = ""


def mixture(x: float, f: float, a: float) -> float:
    """Mix x with its activation f.

    Definition: y = (1 - a) * x + a * f
    Domain: every a and x; nothing keeps a in [0, 1].
    Derivative: dy/dx = (1 - a) + a * f', dy/da = f - x
    Numerical form: as defined, so that a = 1 gives f exactly.
    Convention: one a a unit. With f = relu, 1 - a is the slope for negative x.
    Source: Holzmueller, Grinsztajn and Steinwart 2024, "Better by default", section 3.
    """
    return (1.0 - a) * x + a * f


def mixture_slope(slope: float, a: float) -> float:
    """Return dy/dx = (1 - a) + a * f'; its own slope in x is a * f'', in a it is f' - 1."""
    return (1.0 - a) + a * slope


def mixture_share_slope(x: float, f: float) -> float:
    """Return dy/da = f - x; its own slope in a is 0."""
    return f - x


_BASES = {row.name: row for row in (*RECTIFIERS, *GATED)}

LEARNED_ACTIVATIONS: dict[str, Mixture] = {
    row.name: row
    for row in (
        # The slope for negative x starts at 0.25.
        Mixture("prelu", _BASES["relu"], 0.75, "He et al. 2015, Delving deep into rectifiers"),
        Mixture("parametric_selu", _BASES["selu"], 1.0, "RealMLP, for classes"),
        Mixture("parametric_mish", _BASES["mish"], 1.0, "RealMLP, for numbers"),
    )
}
