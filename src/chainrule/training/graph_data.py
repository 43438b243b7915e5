"""Tables, targets and weights as a `GraphModel` is given them, checked."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule._masks import refuse_masked
from chainrule.engine.rows import Rows
from chainrule.exceptions import DataError
from chainrule.formulas.given import number, whole
from chainrule.graph import Graph


def check_model_settings(
    graph: Any, dtype: Any, random_state: Any, strengths: Mapping[str, Any]
) -> None:
    """Refuse what a `GraphModel` cannot be made of."""
    if not isinstance(graph, Graph):
        raise ValueError(f"graph must be a Graph, got {graph!r}. Write Graph(inputs, output).")
    if dtype not in (np.float32, np.float64, "float32", "float64"):
        raise ValueError(f"dtype must be float32 or float64, got {dtype!r}. Pass np.float32.")
    if not 0 <= whole(random_state) < 2**32:
        raise ValueError(
            f"random_state must be a whole number of at least 0, got {random_state!r}. 0 is usual."
        )
    for name, strength in strengths.items():
        if not number(strength) >= 0:
            raise ValueError(f"{name} must be at least 0, got {strength!r}. It is a strength.")


def rows_of(X: Any, y: Any, sample_weight: Any, *, columns: int, targets: int, dtype: Any) -> Rows:
    """X (a tuple of tables stands side by side) with targets and weights where there are any."""
    parts = X if isinstance(X, tuple) and X else (X,)
    table = np.hstack([_matrix(part, dtype, "X") for part in parts])
    if table.shape[1] != columns:
        raise ValueError(
            f"X must have {columns} columns, got {table.shape[1]}. They go to the graph's inputs "
            "from left to right."
        )
    return Rows(table, _targets(y, len(table), targets, dtype), _weights(sample_weight, table))


def _targets(y: Any, rows: int, targets: int, dtype: Any) -> NDArray[Any] | None:
    if y is None:
        return None
    matrix = _matrix(y, dtype, "y", unknown=True)
    if matrix.shape != (rows, targets):
        raise ValueError(
            f"y must have shape ({rows}, {targets}), got {matrix.shape}. Give one row of targets "
            "for each row of X."
        )
    return matrix


def _weights(sample_weight: Any, table: NDArray[Any]) -> NDArray[Any] | None:
    if sample_weight is None:
        return None
    weight = numbers_of(sample_weight, table.dtype, "sample_weight")
    _refuse_not_finite(weight, "sample_weight")
    if weight.size and (weight.min() < 0 or weight.max() == 0):
        raise DataError(
            "sample_weight must be non-negative and positive for some row, got "
            f"{weight.min()} to {weight.max()}. Leave out rows that must not count."
        )
    if weight.shape != (len(table),):
        raise ValueError(
            f"sample_weight must have shape ({len(table)},), got {weight.shape}. Give one weight "
            "for each row of X."
        )
    return weight


def check_known(loss: Any, y: NDArray[Any]) -> None:
    """Refuse unknown targets (NaN) that nothing can be learned around.

    Raises
    ------
    DataError
        Nothing known of an output, a single target that is not known, or, for a loss of whole rows
        of probabilities, a row of which a part is known.
    """
    unknown = np.isnan(y)
    if not unknown.any():
        return
    if y.shape[1] == 1:
        row = int(np.argmax(unknown[:, 0]))
        raise DataError(
            f"y must be finite, got nan in row {row}, column 0 (counted from 0). It is the only "
            "output; leave that row out."
        )
    if unknown.all(axis=0).any():
        column = int(np.argmax(unknown.all(axis=0)))
        raise DataError(
            "y must be known in some row for each output, got nothing known in column "
            f"{column} (counted from 0). Leave that output out of the graph."
        )
    partly = unknown.any(axis=1) & ~unknown.all(axis=1)
    if loss.target == "class" and partly.any():
        row = int(np.argmax(partly))
        raise DataError(
            f"y must be known for all classes of a row or for none with the loss {loss.name!r}, "
            f"got {y[row]} in row {row} (counted from 0). Give the whole row, or NaN for all of it."
        )


def numbers_of(values: Any, dtype: Any, name: str) -> NDArray[Any]:
    """The values as an array; DataError for what is no array of real numbers."""
    refuse_masked(values, name)
    try:
        array = np.asarray(values)
        if array.dtype.kind != "c":
            return np.ascontiguousarray(array, dtype=dtype)
        got = "complex ones"
    except (TypeError, ValueError) as error:
        got = f"{type(values).__name__} ({error})"
    raise DataError(f"{name} must hold real numbers, got {got}. Turn it into an array of numbers.")


def _matrix(values: Any, dtype: Any, name: str, *, unknown: bool = False) -> NDArray[Any]:
    array = numbers_of(values, dtype, name)
    array = array.reshape(-1, 1) if array.ndim == 1 else array
    if array.ndim != 2 or not len(array):
        raise ValueError(
            f"{name} must be a table of at least one row, got shape {array.shape}. Pass rows by "
            "columns."
        )
    _refuse_not_finite(np.where(np.isnan(array), 0.0, array) if unknown else array, name)
    return array


def _refuse_not_finite(array: NDArray[Any], name: str) -> None:
    if not np.isfinite(array).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
        where = "row {}".format(*place) if len(place) == 1 else "row {}, column {}".format(*place)
        raise DataError(
            f"{name} must be finite, got {array[place]} in {where} (counted from 0). Impute or "
            "remove such rows first."
        )
