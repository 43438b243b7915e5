"""Categories whose levels are numbers or booleans, taken for these."""

from typing import Any

import narwhals as nw

from .series import Series

# Types of pandas that know missing values; floats have NaN.
_OF_PANDAS = {"i": "Int64", "u": "UInt64", "f": "float64", "b": "boolean"}


def without_levels(column: Series) -> Series:
    """Give a column of categories that are numbers or booleans the type of these.

    Text stays as it is; so do the categories of polars, which are always text.
    """
    if column.dtype != nw.Categorical:
        return column
    native: Any = column.to_native()
    if column.implementation.is_pyarrow():
        plain: Series = nw.from_native(native.cast(native.type.value_type), series_only=True)
        return plain if plain.dtype.is_numeric() or plain.dtype == nw.Boolean else column
    if not column.implementation.is_pandas():
        return column
    dtype = _OF_PANDAS.get(native.cat.categories.dtype.kind)
    return column if dtype is None else nw.from_native(native.astype(dtype), series_only=True)
