"""Columns of types that hold no single values: what the type is called, and the way out."""

from typing import Any

import narwhals as nw

from chainrule.exceptions import DataError

_USUAL = "Leave it out (its kind is then 'ignore'), or turn it into such columns."
# How types of pandas that narwhals has no name for begin, and how to make such columns of them.
_WAYS_OUT = {
    "Sparse": "Make it dense: column.sparse.to_dense().",
    "interval": "Take its ends, column.array.left and column.array.right, or column.astype(str).",
    "period": "Turn it into dates: column.dt.to_timestamp().",
    "complex": "Take its real and its imaginary part.",
}


def refused_type(column: nw.Series[Any]) -> DataError:
    """Make the error for a column of lists, bytes, structures, intervals and the like."""
    name = type_name(column)
    way_out = next((way for start, way in _WAYS_OUT.items() if name.startswith(start)), _USUAL)
    return DataError(
        f"column {column.name!r} must hold numbers, text, booleans or dates, got {name}. {way_out}"
    )


def type_name(column: nw.Series[Any]) -> str:
    """What the column's type is called: by its library where narwhals does not know it."""
    if column.dtype != nw.Unknown:
        return str(column.dtype)
    native = column.to_native()
    return str(getattr(native, "dtype", None) or getattr(native, "type", column.dtype))
