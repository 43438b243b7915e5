"""Hold rows out of training."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


def hold_out(
    values: NDArray[Any], fraction: float, random: np.random.Generator, *, stratified: bool
) -> tuple[Rows, Rows]:
    """Return the row numbers kept and those held out, each in ascending order.

    `stratified` takes the same fraction of every class and never a class's only row.
    """
    mixed = random.permutation(len(values))
    if not stratified:
        held = mixed[: _count(len(values), fraction)]
    else:
        _, code = np.unique(values, return_inverse=True)
        parts = [mixed[code[mixed] == label] for label in range(code.max() + 1)]
        held = np.concatenate([part[: _count(len(part), fraction)] for part in parts])
    kept = np.ones(len(values), dtype=bool)
    kept[held] = False
    return np.flatnonzero(kept), np.flatnonzero(~kept)


def _count(rows: int, fraction: float) -> int:
    return min(round(rows * fraction), rows - 1)
