"""What a fitted column makes of new rows, before it is written into the matrix."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ...values.words import Numbers


@dataclass(frozen=True)
class Reading:
    """One array for each part of the column, and counts of what could not be used.

    The array of a one-hot part holds the place of the 1 (-1 for none); the others hold the
    features themselves, of shape (rows,) or (rows, width). `unseen` counts values that training
    did not have, `known` those that are not missing; `numbers` is how numbers or dates were read.
    """

    values: list[NDArray[Any]]
    known: int = 0
    unseen: int = 0
    numbers: Numbers | None = None
