"""Penalties on one weight; biases are never penalised."""

from collections.abc import Callable
from dataclasses import dataclass

from ..activations.saturating import sign


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


def l1(w: float, strength: float) -> float:
    """Pull a weight towards 0 by one amount, whatever its size, so that many end there.

    Definition: R = strength * |w|
    Domain: every w; strength >= 0.
    Derivative: dR/dw = strength * sign(w)
    Numerical form: as defined.
    Convention: slope 0 at 0; gradient steps come near 0 without resting there.
    Source: Tibshirani 1996, "Regression shrinkage and selection via the lasso".
    """
    return strength * abs(w)


def l1_slope(w: float, strength: float) -> float:
    """Return strength * sign(w)."""
    return strength * sign(w)


PENALTIES: dict[str, Penalty] = {
    row.name: row for row in (Penalty("l2", l2, l2_slope), Penalty("l1", l1, l1_slope))
}
