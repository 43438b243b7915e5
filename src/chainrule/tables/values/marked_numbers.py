"""Numbers with a mark or with thousands apart: $1,234.50, 12.3 %, 1 234 EUR, (5.00)."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice, product

from .words import is_missing_word
from .written_numbers import NEARLY_ALL, share_of_numbers

PERCENT = "%"
CURRENCIES = ("$", "€", "£", "¥", "₹", "₩", "₽", "USD", "EUR", "GBP", "CHF", "JPY")
# Where these are paid with, a comma before three digits sets thousands apart.
_COMMA_IS_THOUSANDS = ("$", "£", "¥", "₹", "₩", "USD", "GBP", "JPY")
# What stands between thousands, and before decimals.
_SEPARATORS = ((",", "."), (".", ","), (" ", "."), (" ", ","), ("'", "."), ("", "."), ("", ","))
# So many different words are tried first; and of so many the likeliest form is found.
_SAMPLE, _MOST = 200, 20_000

Parser = Callable[[str], float | None]


@dataclass(frozen=True)
class Form:
    """How numbers are written: the mark before or after them, and their separators."""

    mark: str
    thousands: str
    decimal: str

    def __str__(self) -> str:
        return f"{self.mark}|{self.thousands}|{self.decimal}"

    @classmethod
    def of(cls, text: str) -> "Form":
        """The form that is written so; ValueError for none."""
        mark, thousands, decimal = text.split("|")
        if mark not in ("", PERCENT, *CURRENCIES) or (thousands, decimal) not in _SEPARATORS:
            raise ValueError(f"no form of numbers: {text!r}")
        return cls(mark, thousands, decimal)

    def summary(self) -> str:
        """Say in words how the numbers are written."""
        if self.mark == PERCENT:
            return "in %"
        return f"written with {self.mark}" if self.mark else "written with thousands apart"

    def parser(self) -> Parser:
        """Return what reads a word: NaN for "missing", None for what is not of this form.

        12.3% is 12.3, and a number in brackets is negative. A currency may be left out.
        """
        apart = re.escape(self.thousands)
        groups = rf"[0-9]{{1,3}}(?:{apart}[0-9]{{3}})+|" if apart else ""
        decimals = rf"(?:{re.escape(self.decimal)}[0-9]+)?"
        digits = rf"(?:{groups}[0-9]+){decimals}"
        mark = re.escape(self.mark)
        before = rf"(?:{mark} ?)?" if self.mark != PERCENT else ""
        after = rf"(?: ?{mark})" + ("" if self.mark == PERCENT else "?")
        gain = rf"(?P<signs>[+-]? ?{before}[+-]?)(?P<gain>{digits}){after}"
        whole = re.compile(rf"{gain}|\({before}(?P<loss>{digits}){after}\)")

        def parse(word: str) -> float | None:
            found = whole.fullmatch(_plain_spaces(word))
            if found is None:
                return math.nan if is_missing_word(word) else None
            text = found["gain"] or found["loss"]
            size = float(text.replace(self.thousands, "").replace(self.decimal, "."))
            return -size if found["loss"] or "-" in found["signs"] else size

        return parse


def find_marked_form(words: Mapping[str, int], least: float = NEARLY_ALL) -> Form | None:
    """Return the form that most words have, at least `least` of them; None if it is not sure.

    One that is told by no mark must have thousands apart. Where every comma or point stands before
    three digits, it may be either; then the currency decides, if it can.
    """
    form = _likeliest(dict(islice(words.items(), _MOST)), least)
    if form is None or share_of_numbers(words, form.parser()) < least:
        return None
    return form


def _likeliest(words: Mapping[str, int], least: float) -> Form | None:
    sample = dict(islice(words.items(), _SAMPLE))
    marks = [mark for mark in ("", PERCENT, *CURRENCIES) if any(mark in word for word in sample)]
    # Without a mark, digits with blanks between may be anything, such as telephone numbers.
    forms = [
        Form(mark, thousands, decimal)
        for mark, (thousands, decimal) in product(marks, _SEPARATORS)
        if mark or thousands in (",", ".", "'")
    ]
    forms = [form for form in forms if share_of_numbers(sample, form.parser()) >= least]
    shares = {form: share_of_numbers(words, form.parser()) for form in forms}
    most = max(shares.values(), default=0.0)
    best = [form for form, share in shares.items() if share == most]
    parsers = [form.parser() for form in best]
    if any(len({str(parse(word)) for parse in parsers}) > 1 for word in words):
        best = [form for form in best if form.mark in _COMMA_IS_THOUSANDS and form.thousands == ","]
    return next((form for form in best if form.mark or _sets_apart(form, words)), None)


def _sets_apart(form: Form, words: Iterable[str]) -> bool:
    """Whether some numbers have their thousands apart."""
    parse = form.parser()
    return any(form.thousands in word and parse(word) is not None for word in words)


def _plain_spaces(word: str) -> str:
    """Put a blank for those that do not break lines."""
    return word.replace("\u00a0", " ").replace("\u202f", " ").strip()
