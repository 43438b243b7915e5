"""The values of one column, whatever library holds it, as numbers or as text."""

import math
from datetime import date, datetime, time, timedelta
from numbers import Number
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError

from .refused import refused_type

Series = nw.Series[Any]

# Dates count as for columns of dates proper: milliseconds since 1970.
_EPOCH, _MILLISECOND = date(1970, 1, 1), timedelta(milliseconds=1)
_MIDNIGHT = datetime(1970, 1, 1)

# Types of columns that hold dates or times of day.
MOMENTS = (nw.Date, nw.Datetime, nw.Time)

NUMERIC = "numeric"
BOOLEAN = "boolean"
CATEGORICAL = "categorical"


def kind_of(column: Series) -> str:
    """Numeric, boolean or categorical; DataError for what is none (lists, bytes, structures).

    Dates and times are numeric: the time since 1970, or the length of a duration.
    """
    dtype = column.dtype
    if dtype == nw.Boolean:
        return BOOLEAN
    if dtype.is_numeric() or dtype in (nw.Date, nw.Datetime, nw.Duration):
        return NUMERIC
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return CATEGORICAL
    if dtype == nw.Object:
        return _kind_of_objects(column)
    if dtype == nw.Unknown and column.null_count() == len(column):
        return CATEGORICAL
    raise refused_type(column)


def check_type(column: Series) -> None:
    """Refuse a column of lists, bytes, structures and the like; one without values may be any."""
    dtype = column.dtype
    sound = (nw.Boolean, nw.Duration, nw.String, nw.Categorical, nw.Enum, nw.Object, *MOMENTS)
    if dtype.is_numeric() or dtype in sound:
        return
    if dtype != nw.Unknown or column.null_count() < len(column):
        raise refused_type(column)


def _kind_of_objects(column: Series) -> str:
    values = [v for v in column.to_list() if not is_missing(v)]
    if values and all(isinstance(v, bool) for v in values):
        return BOOLEAN
    if values and all(_is_number(v) or isinstance(v, date) for v in values):
        return NUMERIC
    return CATEGORICAL


def numbers(column: Series) -> NDArray[np.float64]:
    """Return float64 values with NaN where one is missing; refuse infinity and other words."""
    try:
        values = cast_numbers(column)
    except (ValueError, TypeError) as error:
        raise _not_a_number(column) from error
    check_finite(column, values)
    return values


def check_finite(column: Series, values: NDArray[np.float64]) -> None:
    """Refuse infinite numbers among the values of a column."""
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        row = int(infinite[0])
        raise DataError(
            f"column {column.name!r} must hold finite numbers, got {values[row]} in row {row + 1}. "
            "Correct it, or leave the value empty."
        )


def cast_numbers(column: Series) -> NDArray[np.float64]:
    """Return float64 values, infinite ones too, NaN where one is missing.

    Dates count milliseconds since 1970, times of day since midnight.
    """
    dtype = column.dtype
    if dtype in (nw.Date, nw.Datetime):
        moments = column.cast(nw.Datetime("us")) if dtype == nw.Date else column
        column = moments.dt.timestamp("ms")
    elif dtype == nw.Duration:
        column = column.dt.total_milliseconds()
    elif dtype.is_integer() and column.implementation.is_pyarrow():
        # Its own cast refuses whole numbers that floats only come near to.
        return np.asarray(column.to_numpy(), dtype=np.float64)
    elif not (dtype.is_numeric() or dtype == nw.Boolean):
        return np.array([_number(v) for v in column.to_list()], dtype=np.float64)
    return np.asarray(column.cast(nw.Float64).to_numpy(), dtype=np.float64)


def _number(value: Any) -> float:
    if is_missing(value) or (isinstance(value, str) and not value.strip()):
        return math.nan
    if isinstance(value, time):
        return (datetime.combine(_EPOCH, value) - _MIDNIGHT) / _MILLISECOND
    if isinstance(value, date):
        return (value - _EPOCH) / _MILLISECOND
    return float(value)


def _not_a_number(column: Series) -> DataError:
    for row, value in enumerate(column.to_list()):
        try:
            _number(value)
        except (TypeError, ValueError):
            return DataError(
                f"column {column.name!r} must hold numbers, as in training, got {value!r} in row "
                f"{row + 1}. Correct it, or leave the value empty."
            )
    return DataError(
        f"column {column.name!r} must hold numbers, as in training, got {column.dtype}. Convert it."
    )


def texts(column: Series) -> Series:
    """Return the values as text, missing where missing: booleans "true", whole numbers "3"."""
    dtype = column.dtype
    if dtype == nw.String:
        return column
    if dtype in (nw.Object, nw.Boolean, nw.Unknown) or dtype.is_float():
        shown = [None if is_missing(v) else word_of(v) for v in column.to_list()]
        return nw.new_series(column.name, shown, nw.String, backend=column.implementation)
    return column.cast(nw.String)


def word_of(value: Any) -> str:
    """Return one value as text: True as "true", 3.0 as "3"."""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    # pandas turns whole numbers into 3.0 where one of the column is missing.
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)


def is_missing(value: Any) -> bool:
    """Tell None, NaN, NaT and pandas' NA: the last three are not equal to themselves."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _is_number(value: Any) -> bool:
    return isinstance(value, Number) and not isinstance(value, bool | np.bool_ | complex)
