"""The rows that a network runs over: table, targets, weights, as the compiled code reads them."""

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError

# Of half a pointer's size: an order of all rows is the largest array that a fit makes of many.
ROW_NUMBER = np.int32
MOST_ROWS = int(np.iinfo(ROW_NUMBER).max)


@dataclass(frozen=True)
class Rows:
    """Rows of a table with their targets.

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_columns) or CSR matrix of that shape
        Of the network's precision.
    y : ndarray of shape (n_rows, n_outputs), or int32 class codes of shape (n_rows,), or None
    weight : ndarray of shape (n_rows,) or None
    subset : ndarray of ROW_NUMBER or None
        Which of the rows are meant; None: all. A part of a table takes no copy of it.
    """

    x: Any
    y: NDArray[Any] | None = None
    weight: NDArray[Any] | None = None
    subset: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        if self.subset is not None:
            object.__setattr__(self, "subset", self.subset.astype(ROW_NUMBER, copy=False))

    @property
    def count(self) -> int:
        """The number of rows that are meant."""
        return int(self.x.shape[0] if self.subset is None else len(self.subset))

    @property
    def total_weight(self) -> float:
        """The sum of the weights of the rows that are meant; their number where rows have none."""
        if self.weight is None:
            return float(self.count)
        chosen = self.weight if self.subset is None else self.weight[self.subset]
        return float(chosen.sum(dtype=np.float64))

    @property
    def sparse(self) -> bool:
        """Whether the table is a compressed sparse row matrix."""
        return not isinstance(self.x, np.ndarray)

    @property
    def codes(self) -> bool:
        """Whether the targets are class numbers."""
        return self.y is not None and self.y.dtype == np.int32

    def check_numbers(self) -> None:
        """Refuse more rows than a row number can tell apart."""
        if self.x.shape[0] > MOST_ROWS:
            raise DataError(
                f"X must have at most {MOST_ROWS:,} rows, got {self.x.shape[0]:,}. Train on a part "
                "of them, or pass them in parts to partial_fit."
            )

    def fill(self, contexts: list[Any]) -> list[Any]:
        """Write the addresses into context structures; gives the arrays that must stay alive."""
        table, indices, ends = self.x, None, None
        if self.sparse:
            table = self.x.data
            indices = self.x.indices.astype(np.int32, copy=False)
            ends = self.x.indptr.astype(np.int64, copy=False)
        alive = [table, indices, ends, self.subset, self.y, self.weight]
        x, x_indices, x_indptr, order, y, weight = [
            0 if array is None else address(array) for array in alive
        ]
        columns = self.x.shape[1]
        for context in contexts:
            context.columns, context.order = columns, order
            context.x, context.x_indices, context.x_indptr = x, x_indices, x_indptr
            context.y, context.sample_weight = y, weight
        return alive


def address(array: NDArray[Any]) -> int:
    """Where an array's numbers begin; the array has to be contiguous."""
    flags = array.flags
    if not flags.c_contiguous:
        raise ValueError("arrays must be C-contiguous. Pass np.ascontiguousarray(array).")
    if flags.owndata and flags.writeable and array.size:  # in a third of the time
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
    return array.ctypes.data
