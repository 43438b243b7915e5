"""Write what columns read into one matrix, a few rows at a time so that they stay in the cache."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns.block import ONE_HOT, Block

# Bytes of the matrix written in one go: about what a core's second-level cache holds.
_CACHED = 1 << 20


def write(blocks: Sequence[Block], values: Sequence[NDArray[Any]], out: NDArray[Any]) -> None:
    """Fill `out`, which is zero, with an array for each block.

    FloatingPointError when a number is too large for the matrix.
    """
    step = max(_CACHED // max(out.strides[0], 1), 1)
    with np.errstate(over="raise"):
        for begin in range(0, len(out), step):
            rows = out[begin : begin + step]
            for block, array in zip(blocks, values, strict=True):
                part = array[begin : begin + step]
                if block.kind == ONE_HOT:
                    known = np.flatnonzero(part >= 0)
                    rows[known, block.start + part[known]] = 1
                elif part.ndim == 1:
                    rows[:, block.start] = part
                else:
                    rows[:, block.start : block.start + block.width] = part
