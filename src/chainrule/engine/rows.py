"""The rows that a network runs over: table, targets, weights, as the compiled code reads them."""

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
        alive = {"x": self.x, "y": self.y, "sample_weight": self.weight, "order": self.subset}
        if self.sparse:
            alive["x"] = self.x.data
            alive["x_indices"] = self.x.indices.astype(np.int32, copy=False)
            alive["x_indptr"] = self.x.indptr.astype(np.int64, copy=False)
        fields = {name: address(array) for name, array in alive.items() if array is not None}
        columns = self.x.shape[1]
        for context in contexts:
            context.columns, context.order = columns, 0
            for name, value in fields.items():
                setattr(context, name, value)
        return list(alive.values())


def address(array: NDArray[Any]) -> int:
    """Where an array's numbers begin; the array has to be contiguous."""
    if not array.flags.c_contiguous:
        raise ValueError("arrays must be C-contiguous. Pass np.ascontiguousarray(array).")
    return array.ctypes.data
