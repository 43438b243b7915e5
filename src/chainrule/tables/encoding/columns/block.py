"""Stretches of the matrix: what a network must know of them."""

from dataclasses import dataclass

NUMERIC = "numeric"
BINARY = "binary"
ONE_HOT = "one-hot"
INDICATOR = "indicator"
CYCLIC = "cyclic"
CODES = "codes"
# In the matrix the numeric blocks come first and the codes last, so that a network finds what it
# embeds in one stretch each.
ORDER = (NUMERIC, BINARY, ONE_HOT, INDICATOR, CYCLIC, CODES)


@dataclass(frozen=True)
class Block:
    """Columns `start` to `start + width` of the matrix, all of them from one column of the table.

    numeric
        A scaled number; a missing one is 0.
    binary
        -1 or +1 for the two values; 0 for a missing or unseen one.
    one-hot
        1 in the place of the level, 0 elsewhere; all 0 for an unseen one.
    indicator
        1 where it holds (a value is missing, a word occurs), else 0.
    cyclic
        Sine and cosine of a part of the date.
    codes
        A whole number from 0 to `levels - 1`, the row of an embedding; 0 is missing or unseen.

    `levels` is 0 for all but one-hot blocks (their width) and codes.
    """

    kind: str
    name: str
    start: int
    width: int
    levels: int


@dataclass(frozen=True)
class Part:
    """A block to be, before its place in the matrix is known: `names` are its features."""

    kind: str
    names: tuple[str, ...]
    levels: int = 0
