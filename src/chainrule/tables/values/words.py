"""Text as numbers: the words for "missing", and those that are neither."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from .factors import Factors, factorise
from .series import MOMENTS, Series, cast_numbers

# Spellings of "missing" in files written by R, pandas, SQL, Excel and the UCI repository.
MISSING_WORDS = ["", "NA", "N/A", "n/a", "<NA>", "#N/A", "NaN", "nan", "NULL", "null", "None", "?"]
_MISSING = frozenset(MISSING_WORDS)
# Narrower than Python's float(), which also takes 1_000 and the digits of other scripts.
_NUMBER = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|infinity)", re.I
)
_WITH_COMMA = re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]+)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TRUTH = {"false": 0.0, "true": 1.0}
# So many stray words are told as examples.
MOST_EXAMPLES = 3


@dataclass(frozen=True)
class Numbers:
    """The numbers of a column, NaN where there is none, and what was taken for missing.

    `stray` counts the rows with words that are no numbers, `examples` are some of these words
    and `first` is the row of the first; `infinite` counts the rows with infinite numbers.
    """

    values: NDArray[np.float64]
    infinite: int = 0
    stray: int = 0
    examples: tuple[str, ...] = ()
    first: int = -1


def is_missing_word(word: str) -> bool:
    """Tell whether the word stands for a missing value in a column of numbers or dates."""
    return word in _MISSING


def parse_number(word: str) -> float | None:
    """Return the number, NaN for a word that means "missing", None for any other word."""
    if _NUMBER.fullmatch(word):
        return float(word)
    return math.nan if word in _MISSING else None


def parse_with_comma(word: str) -> float | None:
    """As `parse_number`; the decimals may also follow a comma, as in 1,5."""
    number = parse_number(word)
    return parse_number(word.replace(",", ".", 1)) if number is None else number


def has_decimal_commas(words: Iterable[str]) -> bool:
    """Tell whether all words are numbers without a point, and some have decimals after a comma.

    Where three digits follow each comma, these may be thousands.
    """
    known = [word for word in words if word not in _MISSING]
    after = {len(word.partition(",")[2]) for word in known if "," in word}
    return bool(after - {3}) and all(_WITH_COMMA.fullmatch(word) for word in known)


def read_numbers(column: Series, parse: Callable[[str], float | None] = parse_number) -> Numbers:
    """Read a column as numbers; dates and durations count milliseconds, true is 1, false 0."""
    dtype = column.dtype
    if dtype.is_numeric() or dtype == nw.Boolean or is_of_clocks(column):
        return _finite(Numbers(cast_numbers(column)))
    factors = factorise(column)
    if all(word.lower() in _TRUTH or word in _MISSING for word in factors.words):
        parsed = [_TRUTH.get(word.lower(), math.nan) for word in factors.words]
        return from_words(factors, list(parsed))
    return _finite(from_words(factors, [parse(word) for word in factors.words]))


def is_of_clocks(column: Series) -> bool:
    """Tell whether the column's type is one of dates, times of day or durations."""
    return column.dtype in (*MOMENTS, nw.Duration)


def all_stray(column: Series) -> Numbers:
    """Read a column of which no value is a number."""
    rows = np.flatnonzero(~column.is_null().to_numpy().astype(bool))
    values = np.full(len(column), math.nan)
    if not len(rows):
        return Numbers(values)
    first = int(rows[0])
    return Numbers(values, stray=len(rows), examples=(str(column[first]),), first=first)


def from_words(factors: Factors, parsed: list[float | None]) -> Numbers:
    """Put the number parsed from each word into its rows, and count the words without one."""
    found = np.array([math.nan if value is None else value for value in parsed], dtype=np.float64)
    values = factors.spread(found, math.nan)
    strays = np.array([value is None for value in parsed], dtype=bool)
    if not strays.any():
        return Numbers(values)
    rows = np.flatnonzero(factors.spread(strays, False))
    if not len(rows):
        return Numbers(values)
    examples = dict.fromkeys(factors.words[code] for code in factors.codes[rows].tolist())
    return Numbers(
        values,
        stray=len(rows),
        examples=tuple(examples)[:MOST_EXAMPLES],
        first=int(rows[0]),
    )


def _finite(numbers: Numbers) -> Numbers:
    infinite = np.isinf(numbers.values)
    count = int(np.count_nonzero(infinite))
    if not count:
        return numbers
    values = np.where(infinite, np.nan, numbers.values)
    return Numbers(values, count, numbers.stray, numbers.examples, numbers.first)
