"""Columns of words that are nearly columns of numbers or dates: what they are, and what to do."""

from ..values.dates import date_parser, find_form
from ..values.words import parse_number, parse_with_comma
from ..values.written_numbers import MOSTLY

# Of the ways of writing dates, the most frequent has so many at least.
_LARGEST_FORM = 0.25
# Different words that are looked at.
_SAMPLE = 50


def hint_of(words: dict[str, int], numbers: float) -> str | None:
    """Say that most words are numbers or dates; None where they are not.

    `words` come with their numbers of rows; `numbers` is the part of the rows that are numbers.
    """
    if numbers >= MOSTLY:
        stray = next(word for word in words if parse_number(word) is None)
        return (
            f"{numbers:.0%} are numbers, others such as {stray!r} are not; "
            f"{_give('numeric')} to take these for missing"
        )
    sample = list(words)[:_SAMPLE]
    commas = [word for word in sample if "," in word and parse_with_comma(word) is not None]
    if commas and sum(parse_with_comma(word) is not None for word in sample) >= (
        MOSTLY * len(sample)
    ):
        return f"numbers with commas such as {commas[0]!r}; write them with a decimal point"
    form = find_form(sample, _LARGEST_FORM, MOSTLY)
    if form is None:
        return None
    parse = date_parser(form)
    other = next((word for word in sample if parse(word) is None), None)
    return (
        f"dates written in several ways, most {form}, others such as {other!r}; write them alike, "
        f"or {_give('datetime')} to take these for missing"
    )


def _give(kind: str) -> str:
    return f"give it the kind {kind!r} (column_kinds, --kind)"
