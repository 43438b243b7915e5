"""What a fit tells of itself while it runs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class EpochReport:
    """One epoch (of a full-batch solver: one iteration) as it ended."""

    epoch: int
    """Counted from 1."""
    max_epochs: int
    loss: float
    validation_loss: float | None
    validation_score: float | None
    seconds: float
    """Since the fit began."""
    rows: int
    """Training rows of an epoch."""


# Called after each epoch; True asks the fit to stop there.
OnEpoch = Callable[[EpochReport], bool | None]
