"""Learning-rate schedules of scikit-learn's SGD solver, called once an epoch.

A row of `SCHEDULES` says what the rate becomes after every epoch and what it becomes when progress
stalls (None: training stops). A new schedule is one or two functions and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Two rules: `after_epoch(rate, initial, samples, power)` and `after_plateau(rate)`.

    `samples` counts the training samples seen so far, repeats included.
    """

    name: str
    after_epoch: Callable[[float, float, int, float], float]
    after_plateau: Callable[[float], float | None]


def constant(rate: float, initial: float, samples: int, power: float) -> float:
    """Keep the rate.

    Definition: rate := rate
    Domain: rate > 0.
    Derivative: none.
    Numerical form: none is needed.
    Convention: as scikit-learn's learning_rate="constant".
    Source: Robbins and Monro 1951, with a constant step.
    """
    return rate


def invscaling(rate: float, initial: float, samples: int, power: float) -> float:
    """Let the rate fall as a power of the samples seen.

    Definition: rate := initial / (samples + 1)^power
    Domain: samples >= 0.
    Derivative: none.
    Numerical form: as defined.
    Convention: samples, not steps or epochs, and one more than the count, as in scikit-learn.
    Source: scikit-learn's learning_rate="invscaling"; a rate of the kind in Robbins and Monro 1951.
    """
    decay: float = (samples + 1) ** power
    return initial / decay


# What scikit-learn divides the rate by when progress stalls, and the rate at which it gives up.
PLATEAU_DIVISOR = 5.0
SMALLEST_RATE = 1e-6


def divide_on_plateau(rate: float) -> float | None:
    """Divide the rate when progress stalls, until it is too small to matter.

    Definition: rate := rate / 5, or stop where rate <= 1e-6
    Domain: rate > 0.
    Derivative: none.
    Numerical form: as defined.
    Convention: the check comes before the division, so the last rate may lie below 1e-6.
    Source: scikit-learn's learning_rate="adaptive".
    """
    return None if rate <= SMALLEST_RATE else rate / PLATEAU_DIVISOR


def stop_on_plateau(rate: float) -> float | None:
    """Stop when progress stalls."""
    return None


SCHEDULES: dict[str, Schedule] = {
    row.name: row
    for row in (
        Schedule("constant", constant, stop_on_plateau),
        Schedule("invscaling", invscaling, stop_on_plateau),
        Schedule("adaptive", constant, divide_on_plateau),
    )
}
