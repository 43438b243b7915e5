"""Which rows each network of an ensemble trains on, and which judge it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ensemble import Part

# Fewer rows than this cannot tell epochs apart: all are trained on and the last epoch is kept.
FEWEST_TO_VALIDATE = 20


def parts_of(
    codes: NDArray[Any] | None,
    rows: int,
    *,
    members: int,
    folds: int,
    shared: bool,
    random: np.random.Generator,
) -> list[Part]:
    """Rows dealt into `folds` parts, for each class alike; network i is judged on part i.

    Where there are more networks than parts, the rows are dealt anew. `codes` are class numbers,
    None for regression. With `shared` half of what judges a network judges all of them, so that
    there are rows for which the mean of all is an honest prediction.
    """
    if rows < FEWEST_TO_VALIDATE or folds < 2:
        everything = np.arange(rows, dtype=np.int64)
        return [(everything, everything[:0])] * members
    own = np.arange(rows, dtype=np.int64)
    if shared:
        folds *= 2
        own = np.flatnonzero(dealt(codes, rows, folds, random) > 0)
        folds -= 1
    parts = []
    for number in range(members):
        if number % folds == 0:
            fold = dealt(None if codes is None else codes[own], len(own), folds, random)
        training = own[fold != number % folds]
        parts.append((training, np.setdiff1d(np.arange(rows), training, assume_unique=True)))
    return parts


def dealt(
    codes: NDArray[Any] | None, rows: int, folds: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """The number of the fold of each row: shuffled, then dealt like cards, class after class."""
    mixed = random.permutation(rows)
    if codes is not None:
        mixed = mixed[np.argsort(codes[mixed], kind="stable")]
    fold = np.empty(rows, np.int64)
    fold[mixed] = np.arange(rows) % folds
    return fold
