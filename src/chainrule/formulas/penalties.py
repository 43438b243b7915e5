"""Penalties on one weight; biases are never penalised."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Penalty:
    """A penalty on one weight with its slope; `strength` already holds any division by samples."""

    name: str
    value: Callable[[float, float], float]
    slope: Callable[[float, float], float]


def l2(w: float, strength: float) -> float:
    """Pull a weight towards 0 in proportion to its size.

    Definition: R = 0.5 * strength * w^2
    Domain: every w; strength >= 0.
    Derivative: dR/dw = strength * w
    Numerical form: as defined.
    Convention: with the 1/2; scikit-learn's strength is alpha / number of samples in the batch.
    Source: Hoerl and Kennard 1970, "Ridge regression"; Krogh and Hertz 1992, "A simple weight
        decay".
    """
    return 0.5 * strength * w * w


def l2_slope(w: float, strength: float) -> float:
    """Return strength * w."""
    return strength * w


PENALTIES: dict[str, Penalty] = {row.name: row for row in (Penalty("l2", l2, l2_slope),)}
