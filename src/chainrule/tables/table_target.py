"""A table and its target, however they are given, without the rows whose target is missing."""

import os
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning

from chainrule.exceptions import DataError
from chainrule.training.warn import warn_user

from .reading.arrays import frame_of
from .reading.frames import as_frame, find_column, is_array
from .recipes import REGRESSION
from .target import read_target, refuse_mixed


def rows_and_target(
    X: Any, y: Any, sample_weight: Any, task: str, kinds: Mapping[str, str], *, learn: bool = True
) -> tuple[Any, NDArray[Any], Any, int]:
    """The features, the known targets, their rows' weights, and how many rows had no target.

    `y` is an array, or the name of a column of `X`, which then is no feature. Rows to learn from
    are several, and their targets differ.
    """
    if y is None:
        raise DataError(
            "y must be the targets or the name of the target's column, got None: an estimator "
            "of tables requires y to be passed, but the target y is None. Pass fit(X, y), or "
            "fit(table, 'column')."
        )
    frame: Any = X
    if isinstance(X, str | os.PathLike):
        frame = as_frame(X, [name for name, kind in kinds.items() if kind != "numeric"])
    if isinstance(y, str):
        frame = as_frame(frame)
        column = find_column(frame, y, "y")
        frame = frame.drop(y)
    else:
        column = _as_series(y)
    count = _count(frame)
    if count == 1 and learn:
        raise DataError("X must have at least 2 rows, got n_samples=1. Add rows.")
    if count != len(column):
        raise DataError(
            f"y must have a target for each of the {count} rows of X, got {len(column)}. Pass the "
            "targets of the same rows."
        )
    known = read_target(column, task, learn=learn)
    weight = _weights(sample_weight, count)
    missing = count - len(known.rows)
    if missing:
        frame = _take(frame, known.rows)
        weight = None if weight is None else weight[known.rows]
    values = known.values
    return frame, values.astype(np.float64) if task == REGRESSION else values, weight, missing


def _count(table: Any) -> int:
    if is_array(table):
        array = np.asarray(table)
        if array.ndim:
            return len(array)
    # This also says what is wrong with what is no table.
    return len(as_frame(table))


def _as_series(y: Any) -> Any:
    series = nw.from_native(y, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return series if series.name else series.alias("y")
    array: Any = y if isinstance(y, np.ma.MaskedArray) else np.asarray(y)
    if isinstance(y, list | tuple) and array.dtype.kind in "US":
        array = np.array(y, dtype=object)  # NumPy alone would turn 1 beside "a" into "1"
    if array.ndim == 2 and array.shape[1] == 1:
        warn_user(
            "A column-vector y was passed when a 1d array was expected. Pass y.ravel().",
            DataConversionWarning,
        )
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            f"y must have one column, got shape {array.shape}. Train a model for each target."
        )
    if isinstance(array, np.ma.MaskedArray) and array.dtype.kind != "O":
        return frame_of([array.tolist()])["x0"].alias("y")  # None where the mask is
    if array.dtype.kind == "O":
        refuse_mixed(array.tolist(), "y")
    return as_frame(array.reshape(-1, 1))["x0"].alias("y")


def _weights(sample_weight: Any, count: int) -> Any:
    if sample_weight is None:
        return None
    try:
        weight = np.ma.filled(np.ma.asarray(sample_weight, np.float64), np.nan)
    except (TypeError, ValueError) as error:
        got = f"values that are no numbers ({type(sample_weight).__name__})"
        raise _no_weights(count, got) from error
    if weight.shape != (count,):
        raise _no_weights(count, f"shape {weight.shape}")
    sound = np.isfinite(weight) & (weight >= 0)
    if not sound.all():
        row = int(np.argmin(sound))
        raise _no_weights(count, f"{weight[row]} in row {row + 1}")
    if not weight.any():
        raise DataError(
            "sample_weight must be above 0 for some rows, got a weight of zero for all. Weigh "
            "those that count."
        )
    return weight


def _no_weights(count: int, got: str) -> DataError:
    return DataError(
        f"sample_weight must be {count} finite numbers of at least 0, one for each row, got {got}. "
        "Leave out rows that must not count."
    )


def _take(frame: Any, rows: NDArray[np.intp]) -> Any:
    if is_array(frame):
        # A mask says what is missing.
        return (frame if isinstance(frame, np.ma.MaskedArray) else np.asarray(frame))[rows]
    return as_frame(frame)[rows]
