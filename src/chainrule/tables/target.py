"""The target column: which task it asks for, its labels or numbers, the rows that lack it."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Number
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError

from .recipes import CLASSIFICATION, REGRESSION
from .target_text import are_numbers, numbers_in
from .values.levels import without_levels
from .values.series import (
    BOOLEAN,
    CATEGORICAL,
    NUMERIC,
    Series,
    check_finite,
    is_missing,
    kind_of,
    numbers,
    texts,
)
from .values.words import is_missing_word
from .values.written_numbers import MOSTLY, NEARLY_ALL

# A whole-number target with more different values than this is a quantity, not a label.
MOST_WHOLE_LABELS = 20


@dataclass(frozen=True)
class Target:
    """The known values of a target, and the numbers of the rows that have one."""

    values: NDArray[Any]
    rows: NDArray[np.intp]


def infer_task(column: Series) -> str:
    """Tell classification from regression; DataError for numbers with a few stray words.

    Text, categories and booleans are labels, but text that is all numbers goes by these. Numbers
    with a fraction are quantities. Whole numbers are labels when there are two different ones, or
    at most 20 and at most half as many as rows; else quantities.
    """
    kind = kind_of(column)
    if kind == NUMERIC:
        values = numbers(column)
        # Above 2^53, different whole numbers are the same float.
        whole = column.dtype.is_integer()
        return _task_of(values, column.drop_nulls().n_unique() if whole else None)
    if kind == BOOLEAN or column.dtype in (nw.Categorical, nw.Enum):
        return CLASSIFICATION
    text = numbers_in(column)
    if text.share < MOSTLY:
        return CLASSIFICATION
    task = _task_of(text.numbers.values)
    if text.stray is not None and (text.share >= NEARLY_ALL or task == REGRESSION):
        raise text.refused(column.name, "alone or labels alone")
    return task


def _task_of(values: NDArray[np.float64], different: int | None = None) -> str:
    values = values[~np.isnan(values)]
    if (values != np.round(values)).any():
        return REGRESSION
    different = len(np.unique(values)) if different is None else different
    few = different <= min(MOST_WHOLE_LABELS, len(values) / 2)
    return CLASSIFICATION if different == 2 or few else REGRESSION


def read_target(column: Series, task: str, *, learn: bool = True) -> Target:
    """Read the labels (in their own type) or the numbers; DataError when they cannot serve.

    Targets to learn from must differ; to judge by, one is enough.
    """
    levels = column.dtype == nw.Categorical
    column = without_levels(column)
    if column.dtype == nw.Object:
        refuse_mixed(column.to_list(), f"target {column.name!r}")
    _refuse_moments(column)
    if task == CLASSIFICATION:
        target = _own_labels(column)
        if not levels:
            _check_labels(column, target.values)
    else:
        target = read_numbers(column)
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
    column = without_levels(column)
    if classes.dtype.kind == "i":
        return _known(column, int)
    if classes.dtype.kind in "UO":
        return _text_labels(column, numeric=are_numbers(classes.tolist()))
    return _known(column, classes.dtype.type)


def read_numbers(column: Series) -> Target:
    """Read numbers, also such as are written as text; DataError for other words."""
    column = without_levels(column)
    _refuse_moments(column)
    if kind_of(column) != CATEGORICAL or column.null_count() == len(column):
        return _known(column, float)
    text = numbers_in(column)
    if text.stray is not None:
        raise text.refused(column.name, "for regression")
    values = text.numbers.values
    rows = np.flatnonzero(~np.isnan(values))
    check_finite(column, values)
    return Target(values[rows], rows)


def _refuse_moments(column: Series) -> None:
    """Refuse dates, times and durations, which would count milliseconds."""
    kept = column.dtype.is_numeric() or column.dtype == nw.Object
    if kind_of(column) == NUMERIC and not kept:
        raise DataError(
            f"target {column.name!r} must hold numbers, text or booleans, got {column.dtype}. "
            "Turn it into a number, such as days since a date."
        )


def _own_labels(column: Series) -> Target:
    kind = kind_of(column)
    if kind == CATEGORICAL:
        known = texts(column).drop_nulls().unique().to_list()
        return _text_labels(column, numeric=are_numbers(known))
    if kind == BOOLEAN:
        return _known(column, bool)
    if not column.dtype.is_integer():
        return _known(column, float)
    # Beyond 64 bits the digits are the label.
    return _known(column, int if _fits_int64(column.drop_nulls().to_list()) else str)


def _text_labels(column: Series, *, numeric: bool) -> Target:
    """Read labels as text; where they are numbers, words for "missing" are no labels."""
    known = _known(column, str)
    if not numeric:
        return known
    labels = [not is_missing_word(label.strip()) for label in known.values.tolist()]
    return Target(known.values[labels], known.rows[labels])


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
