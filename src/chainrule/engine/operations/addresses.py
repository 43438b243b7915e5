"""Where a block of numbers begins, for products that take addresses."""

from ..jit import inline
from ..records import numbers


@inline
def number_at(address, number, dtype):  # type: ignore[no-untyped-def]
    """The address of one number of a buffer."""
    return numbers(address, number, 1, dtype).ctypes.data


@inline
def row_at(address, column, width, capacity, row, dtype):  # type: ignore[no-untyped-def]
    """The address of a row of a slot."""
    return number_at(address, column * capacity + row * width, dtype)
