"""The target column: which task it asks for, its labels or numbers, the rows that lack it."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Number
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError

from .values.series import (
    BOOLEAN,
    CATEGORICAL,
    NUMERIC,
    Series,
    is_missing,
    kind_of,
    numbers,
    texts,
)

CLASSIFICATION = "classification"
REGRESSION = "regression"
# A whole-number target with more different values than this is a quantity, not a label.
MOST_WHOLE_LABELS = 20


@dataclass(frozen=True)
class Target:
    """The known values of a target, and the numbers of the rows that have one."""

    values: NDArray[Any]
    rows: NDArray[np.intp]


def infer_task(column: Series) -> str:
    """Tell classification from regression.

    Text, categories and booleans are labels. Numbers with a fraction are quantities. Whole
    numbers are labels when there are two different ones, or at most 20 and at most half as many
    as rows; else quantities.
    """
    if kind_of(column) != NUMERIC:
        return CLASSIFICATION
    values = numbers(column)
    values = values[~np.isnan(values)]
    whole = column.dtype.is_integer()
    # Above 2^53, different whole numbers are the same float.
    different = column.drop_nulls().n_unique() if whole else len(np.unique(values))
    if (values != np.round(values)).any():
        return REGRESSION
    few = different <= min(MOST_WHOLE_LABELS, len(values) / 2)
    return CLASSIFICATION if different == 2 or few else REGRESSION


def read_target(column: Series, task: str, *, learn: bool = True) -> Target:
    """Read the labels (in their own type) or the numbers; DataError when they cannot serve.

    Targets to learn from must differ; to judge by, one is enough.
    """
    if column.dtype == nw.Object:
        refuse_mixed(column.to_list(), f"target {column.name!r}")
    kind = kind_of(column)
    if not (column.dtype.is_numeric() or column.dtype == nw.Object) and kind == NUMERIC:
        raise DataError(
            f"target {column.name!r} must hold numbers, text or booleans, got {column.dtype}. "
            "Turn it into a number, such as days since a date."
        )
    if task == REGRESSION and kind == CATEGORICAL and column.null_count() < len(column):
        raise DataError(
            f"target {column.name!r} must hold numbers for regression, got text such as "
            f"{texts(column).drop_nulls()[0]!r}. Choose classification, or correct the column."
        )
    target = _known(column, _labels_dtype(column, kind) if task == CLASSIFICATION else float)
    if task == CLASSIFICATION:
        _check_labels(column, target.values)
    if not len(target.rows):
        raise DataError(
            f"target {column.name!r} must be known for some rows, got only missing values. "
            "Check the column, or name another."
        )
    if learn:
        _check_varies(column, target, task)
    return target


def refuse_mixed(values: Iterable[Any], name: str) -> None:
    """Refuse values of more than one type, such as 1 and "a"; numbers of all kinds are one type."""
    first: dict[str, str] = {}
    for row, value in enumerate(values, 1):
        if not is_missing(value):
            number = isinstance(value, Number) and not isinstance(value, bool | np.bool_)
            kind = "number" if number else type(value).__name__.removesuffix("_")
            first.setdefault(kind, f"{value!r} ({type(value).__name__}) in row {row}")
            if len(first) > 1:
                raise DataError(
                    f"{name} must hold values of one type, got {' and '.join(first.values())}. "
                    "Correct those that are wrong, or turn all into text."
                )


def read_labels(column: Series, classes: NDArray[Any]) -> Target:
    """Read labels of new rows in the type of `classes`, the labels of training."""
    if classes.dtype.kind == "i":
        return _known(column, int)
    return _known(column, str if classes.dtype.kind in "UO" else classes.dtype.type)


def read_numbers(column: Series) -> Target:
    """Read the numbers of new rows."""
    return _known(column, float)


def _labels_dtype(column: Series, kind: str) -> type:
    if kind == BOOLEAN:
        return bool
    if kind == CATEGORICAL:
        return str
    if not column.dtype.is_integer():
        return float
    # Beyond 64 bits the digits are the label.
    return int if _fits_int64(column.drop_nulls().to_list()) else str


def _fits_int64(values: list[int]) -> bool:
    return not values or (min(values) >= -(2**63) and max(values) < 2**63)


def _known(column: Series, dtype: type) -> Target:
    if dtype is str or issubclass(dtype, bool | np.bool_):
        text = texts(column)
        rows = np.flatnonzero(~text.is_null().to_numpy().astype(bool))
        known = text.drop_nulls().to_list()
        if dtype is str:
            return Target(np.array(known, dtype=str), rows)
        return Target(np.array([word.lower() in ("true", "1") for word in known]), rows)
    if dtype is int and column.dtype.is_integer():
        # Not by way of floats, which merge neighbours above 2^53.
        labels = column.drop_nulls().to_list()
        rows = np.flatnonzero(~column.is_null().to_numpy().astype(bool))
        return Target(np.array(labels, np.int64 if _fits_int64(labels) else float), rows)
    values = numbers(column)
    rows = np.flatnonzero(~np.isnan(values))
    values = values[rows]
    if dtype is int and ((values != np.round(values)) | (np.abs(values) >= 2.0**63)).any():
        # No label of training; as an int it might become one.
        dtype = float
    return Target(values.astype(dtype), rows)


def _check_labels(column: Series, values: NDArray[Any]) -> None:
    fractions = values[values != np.round(values)] if values.dtype.kind == "f" else values[:0]
    if len(fractions):
        raise DataError(
            f"target {column.name!r} must hold labels for classification, got continuous "
            f"numbers such as {fractions[0].item()}. Choose regression, or round them."
        )


def _check_varies(column: Series, target: Target, task: str) -> None:
    if len(target.rows) < 2:
        raise DataError(
            f"data must have at least 2 rows with a target, got 1 in column {column.name!r}. "
            "Add rows."
        )
    different = np.unique(target.values)
    if len(different) == 1:
        what = "classes" if task == CLASSIFICATION else "values"
        raise DataError(
            f"target {column.name!r} must have at least 2 different {what}, got only "
            f"{different[0].item()!r}. There is nothing to learn; name another target."
        )
    if task == CLASSIFICATION and len(different) == len(target.rows) > MOST_WHOLE_LABELS:
        number = different.dtype.kind in "if"
        raise DataError(
            f"target {column.name!r} must repeat its classes, got a different one in each of "
            f"{len(target.rows)} rows. Name another target{', or choose regression' * number}."
        )
