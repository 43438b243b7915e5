"""Text of which nearly all are numbers: one rule for the columns and for the target."""

import re
from collections.abc import Callable, Collection, Mapping

from .factors import Factors
from .words import is_missing_word, parse_number

# So many of a column's known words must be numbers, or dates, for it to be one of numbers or dates.
NEARLY_ALL = 0.95
# So many of the values make it likely that all are meant to be numbers, or dates.
MOSTLY = 0.7
# How numbers are written where decimals follow a comma.
COMMA = "decimal comma"
# Digits after a leading zero are a code (of a place, an article), not a number.
_CODE = re.compile(r"0[0-9]+")


def known_words(factors: Factors) -> dict[str, int]:
    """Each word that occurs and is not blank, with the number of its rows."""
    words: dict[str, int] = {}
    for word, count in zip(factors.words, factors.counts(), strict=True):
        if count and word:
            words[word] = words.get(word, 0) + count
    return words


def has_codes(words: Collection[str]) -> bool:
    """Tell whether some words are digits with a leading zero."""
    return any(_CODE.fullmatch(word) for word in words)


def share_of_numbers(
    words: Mapping[str, int], parse: Callable[[str], float | None] = parse_number
) -> float:
    """The part of the rows that are numbers, of those not missing; 0 where some are codes."""
    if has_codes(words):
        return 0.0
    known = {word: count for word, count in words.items() if not is_missing_word(word)}
    numbers = sum(count for word, count in known.items() if parse(word) is not None)
    return numbers / max(sum(known.values()), 1)
