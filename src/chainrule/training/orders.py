"""The order in which an epoch takes the rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.random_state import Shuffler, shuffle
from chainrule.engine.rows import ROW_NUMBER, Rows

# Gives the order of the next epoch; None: as the rows stand.
Order = Callable[[], NDArray[ROW_NUMBER] | None]


def as_they_stand() -> None:
    """No order: each epoch takes the rows as they stand."""


class Shuffled:
    """scikit-learn's orders, each a shuffle of the one before.

    scikit-learn shuffles 0, 1, 2, ... and takes the rows in that order; to shuffle the last order
    itself does the same swaps, so it gives the same, in place.
    """

    def __init__(self, rows: Rows, random: Shuffler) -> None:
        self._random = random
        chosen = rows.subset
        self._order = np.arange(rows.count, dtype=ROW_NUMBER) if chosen is None else chosen.copy()

    def __call__(self) -> NDArray[ROW_NUMBER]:
        """The next order."""
        shuffle(self._random, self._order)
        return self._order


class Permuted:
    """A fresh permutation of the rows for each epoch; with several members one of each, in columns.

    Members are networks side by side (a batch ensemble) that see the rows in orders of their own.
    """

    def __init__(
        self, rows: NDArray[np.integer[Any]], random: np.random.Generator, members: int = 1
    ) -> None:
        self._rows = rows.astype(ROW_NUMBER, copy=False)
        self._random, self._members = random, members

    def __call__(self) -> NDArray[ROW_NUMBER]:
        """The next order, of shape (rows,) or (rows, members)."""
        if self._members == 1:
            return self._random.permutation(self._rows)
        orders = self._random.permuted(np.tile(self._rows, (self._members, 1)), axis=1)
        return np.ascontiguousarray(orders.T)


def without_single_rows(batch: int, rows: int) -> int:
    """The batch or a little more: a single row at the end of an epoch has no variance."""
    while rows % batch == 1:
        batch += 1
    return batch
