"""Labels that are not known: NaN, None or "?" among several targets."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from chainrule._masks import refuse_masked
from chainrule.exceptions import DataError

MARK = "?"


def unknown_of(y: Any) -> NDArray[np.bool_] | None:
    """Where labels are missing, of shape (rows, targets); None where y is whole or one column.

    The NaN of a single target stays what it is, an error.
    """
    if y is None or sp.issparse(y):
        return None
    refuse_masked(y, "y")
    array = np.asarray(y)
    if array.ndim != 2 or array.shape[1] < 2 or array.dtype.kind not in "fOUT":
        return None
    unknown = np.isnan(array) if array.dtype.kind == "f" else _marked(array)
    return unknown if unknown.any() else None


def _marked(array: NDArray[Any]) -> NDArray[np.bool_]:
    marked = [v is None or v != v or (isinstance(v, str) and v == MARK) for v in array.ravel()]
    return np.array(marked, dtype=bool).reshape(array.shape)


def refuse_unknown_targets(unknown: NDArray[np.bool_], y: Any, name: str) -> None:
    """Refuse a target of which nothing is known."""
    nothing = unknown.all(axis=0)
    if nothing.any():
        column = int(np.argmax(nothing))
        named = getattr(y, "columns", None)
        where = str(column) if named is None else f"{column} ({named[column]!r})"
        raise DataError(
            f"{name} must be known in some row for each output, got nothing known in column "
            f"{where}. Leave that column out."
        )
