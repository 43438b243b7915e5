"""A column's numbers of some rows, gathered side by side so that loops run along rows."""

from typing import Any

from ..bits import multiply_add
from ..jit import REDUCTION, inline

# What a tile of so many rows needs stays in the first-level cache.
TILE = 64


@inline
def tile(scratch, number, rows):  # type: ignore[no-untyped-def]
    """One of the scratch arrays of so many rows."""
    return scratch[number * TILE : number * TILE + rows]


@inline
def gather(source, first, step, to):  # type: ignore[no-untyped-def]
    """Read the numbers `step` apart from number `first`."""
    for r in range(to.size):
        to[r] = source[first + r * step]


@inline
def scatter(source, to, first, step):  # type: ignore[no-untyped-def]
    """Write them so."""
    for r in range(source.size):
        to[first + r * step] = source[r]


@inline
def fill(to, value):  # type: ignore[no-untyped-def]
    """Make all of them one value."""
    for r in range(to.size):
        to[r] = value


@inline
def add_multiple(factor, source, to):  # type: ignore[no-untyped-def]
    """Add a multiple of one array to another."""
    for r in range(to.size):
        to[r] = multiply_add(factor, source[r], to[r])


def _adding(function: Any) -> Any:
    """A helper that adds up rows, and may do so in any order so that it vectorises."""
    return inline(function, fastmath=REDUCTION)


@_adding
def sum_of(a):  # type: ignore[no-untyped-def]
    """The sum of all numbers."""
    total = a.dtype.type(0)
    for r in range(a.size):
        total += a[r]
    return total


@_adding
def dot(a, b):  # type: ignore[no-untyped-def]
    """The inner product."""
    total = a.dtype.type(0)
    for r in range(a.size):
        total += a[r] * b[r]
    return total
