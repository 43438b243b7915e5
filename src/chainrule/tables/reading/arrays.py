"""Arrays and lists of rows as data frames: columns x0, x1, ..., as scikit-learn names them."""

from importlib import import_module
from typing import Any, Literal

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError

from ..values.series import is_missing, word_of

# Tried in this order to hold the columns.
_BACKENDS: tuple[Literal["polars", "pandas", "pyarrow"], ...] = ("polars", "pandas", "pyarrow")


def from_rows(data: Any) -> nw.DataFrame[Any]:
    """Take a 2-d array, or a list of rows, for a data frame."""
    array = _as_array(data)
    if not array.ndim:
        raise _no_table(data)
    _check_shape(array)
    if array.dtype.kind == "c":
        raise DataError("Complex data not supported: data must hold real numbers, got complex.")
    column = _object_column if array.dtype.kind in "OT" else _plain_column
    return frame_of([column(array[:, i]) for i in range(array.shape[1])])


def frame_of(columns: list[Any]) -> nw.DataFrame[Any]:
    """Make a data frame of columns without names, in a library that is installed."""
    named = {f"x{i}": column for i, column in enumerate(columns)}
    for backend in _BACKENDS:
        try:
            import_module(backend)
        except ImportError:
            continue
        return nw.from_dict(named, backend=backend)
    raise DataError(
        "polars, pandas or pyarrow must be installed to encode arrays, got none of them. "
        'Run: pip install "chainrule[cli]"'
    )


def _as_array(data: Any) -> NDArray[Any]:
    if isinstance(data, list | tuple):
        return _from_lists(data)
    if isinstance(data, np.ma.MaskedArray):
        values = np.array(data.data, dtype=object)
        values[np.ma.getmaskarray(data)] = None
        return values
    try:
        return np.asarray(data)
    except (TypeError, ValueError) as error:
        raise _no_table(data) from error


def _from_lists(rows: Any) -> NDArray[Any]:
    try:
        array = np.asarray(rows)
        # NumPy would turn the numbers beside text into text.
        return np.array(rows, dtype=object) if array.dtype.kind in "US" else array
    except (TypeError, ValueError) as error:
        raise DataError(
            "data must have rows of one length, got a list whose rows differ. "
            "Fill the short rows with None."
        ) from error


def _check_shape(array: NDArray[Any]) -> None:
    if array.ndim != 2:
        raise DataError(
            f"Expected 2D array, got {array.ndim}D array instead: data must be rows of columns. "
            "Reshape your data with .reshape(-1, 1) if it is one column, .reshape(1, -1) if it is "
            "one row."
        )
    if not array.shape[0]:
        raise DataError(
            f"data must have at least one row, got 0 sample(s) (shape={array.shape}) while a "
            "minimum of 1 is required. Check what made it."
        )
    if not array.shape[1]:
        raise DataError(
            f"data must have columns, got 0 feature(s) (shape={array.shape}) while a minimum of 1 "
            "is required. Check what made it."
        )


def _plain_column(values: NDArray[Any]) -> Any:
    if values.dtype.kind in "US":
        return [str(value) for value in values.tolist()]
    return np.ascontiguousarray(values)


def _object_column(values: NDArray[Any]) -> Any:
    """Numbers as such, if all are; else text."""
    items = [None if is_missing(value) else value for value in values.tolist()]
    for kind in (bool, int | float | np.number):
        if all(item is None or _is(item, kind) for item in items):
            return [item if item is None or kind is bool else float(item) for item in items]
    wrong = next((item for item in items if isinstance(item, list | tuple | dict | complex)), None)
    if wrong is not None:
        raise DataError(
            f"data must hold numbers, text, booleans or dates, got {wrong!r}: a scalar was needed. "
            "Turn it into such values. (argument must be a string or a number)"
        )
    return [None if item is None else word_of(item) for item in items]


def _is(item: Any, kind: Any) -> bool:
    return isinstance(item, kind) and (kind is bool or not isinstance(item, bool))


def _no_table(data: Any) -> DataError:
    return DataError(
        f"data must be a data frame, a 2-d array or the path of a file, got {type(data).__name__}. "
        "Put the columns into a frame of pandas, polars or pyarrow, which names them."
    )
