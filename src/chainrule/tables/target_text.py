"""A target of text: labels, or numbers that are written as text."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.exceptions import DataError

from .values.factors import factorise
from .values.marked_numbers import find_marked_form
from .values.series import Series
from .values.words import (
    Numbers,
    from_words,
    has_decimal_commas,
    is_missing_word,
    parse_number,
    parse_with_comma,
)
from .values.written_numbers import MOSTLY, NEARLY_ALL, has_codes, known_words, share_of_numbers


@dataclass(frozen=True)
class NumberText:
    """What a target of text is, read as numbers.

    `share` is the part of the known rows that are numbers, 0 where some words are codes; `stray`
    is the first word that is no number, None if all are.
    """

    numbers: Numbers
    share: float
    stray: str | None

    def refused(self, name: str, role: str) -> DataError:
        """Make the error for a target that must hold numbers and has a stray word."""
        known = int(np.count_nonzero(~np.isnan(self.numbers.values)))
        words = "one word" if self.numbers.stray == 1 else f"one of {self.numbers.stray:,} words"
        return DataError(
            f"target {name!r} must hold numbers {role}, got {self.stray!r} in row "
            f"{self.numbers.first + 1}, {words} beside {known:,} numbers. Correct it, empty it so "
            "that the row is left out, or choose classification (TableClassifier, --task "
            "classification), which takes each value for a label."
        )


def numbers_in(column: Series) -> NumberText:
    """Read a column of text as numbers, by the rule for columns of features.

    Words that mean "missing" are missing. Where most words are numbers with decimal commas, with a
    mark such as $ or with thousands apart, all are read so.
    """
    factors = factorise(column)
    words = known_words(factors)
    parse: Callable[[str], float | None] = parse_number
    share = share_of_numbers(words)
    if share < NEARLY_ALL:
        with_comma = share_of_numbers(words, parse_with_comma)
        readable = [word for word in words if parse_with_comma(word) is not None]
        if with_comma >= MOSTLY and has_decimal_commas(readable):
            parse, share = parse_with_comma, with_comma
        elif share < MOSTLY and (form := find_marked_form(words, MOSTLY)):
            parse, share = form.parser(), share_of_numbers(words, form.parser())
    numbers = from_words(factors, [parse(word) for word in factors.words])
    return NumberText(numbers, share, numbers.examples[0] if numbers.stray else None)


def are_numbers(labels: list[str]) -> bool:
    """Tell whether labels are all numbers that are written as text; codes are none."""
    known = [label.strip() for label in labels if not is_missing_word(label.strip())]
    return bool(known) and not has_codes(known) and all(parse_number(w) is not None for w in known)
