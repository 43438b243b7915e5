"""Text as dates: which way of writing them a column has, and each date in milliseconds."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from .words import is_missing_word

Parser = Callable[[str], float | None]

ISO = "year-month-day"
TIME = "hour:minute"
# Where a column fits several, the first wins: 3/4/2020 is the fourth of March, 3.4.2020 and
# 3-4-2020 are the third of April.
_DATES = {
    "year/month/day": "%Y/%m/%d",
    "month/day/year": "%m/%d/%Y",
    "day/month/year": "%d/%m/%Y",
    "day.month.year": "%d.%m.%Y",
    "day-month-year": "%d-%m-%Y",
    "month-day-year": "%m-%d-%Y",
    "day-name-year": "%d-%b-%Y",
    "day name year": "%d %b %Y",
    "day full name year": "%d %B %Y",
    "name day, year": "%b %d, %Y",
    "full name day, year": "%B %d, %Y",
}
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
FORMS = (ISO, TIME, *_DATES)

_ISO_SHAPE = re.compile(r"\d{4}-\d\d-\d\d(?:$|[T ])", re.ASCII)
_TIME_SHAPE = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?", re.ASCII)
# A digit, then a separator, then more: what any of the forms has.
_ANY_SHAPE = re.compile(r"(?=.*\d{4})\w{1,9}[-/. ]\w{1,9}[-/,. ]", re.ASCII)
# So many different words tell the form.
_SAMPLE = 200

_EPOCH, _UTC_EPOCH = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def find_form(words: Sequence[str], share: float, alike: float | None = None) -> str | None:
    """Return the form that the largest part of the words has, at least `share` of them.

    At least `alike` of them (`share`, unless given) must look like dates of any form.
    """
    sample = [word for word in words[:_SAMPLE] if not is_missing_word(word)]
    alike = share if alike is None else alike
    if not sample or sum(map(_looks_like_a_date, sample)) < alike * len(sample):
        return None
    fits = {form: _fitting(form, sample) for form in FORMS}
    best = max(fits, key=fits.__getitem__)
    return best if fits[best] >= share * len(sample) else None


def date_parser(form: str) -> Parser:
    """Return what reads a word as milliseconds since 1970: NaN for "missing", None for no date.

    A date without an offset from UTC counts as one in UTC; a time of day as one of the first of
    January 1970.
    """
    read = {ISO: _read_iso, TIME: _read_time}.get(form) or _reader(_DATES[form])

    def parse(word: str) -> float | None:
        value = read(word)
        return math.nan if value is None and is_missing_word(word) else value

    return parse


def _looks_like_a_date(word: str) -> bool:
    return any((_ISO_SHAPE.match(word), _TIME_SHAPE.fullmatch(word), _ANY_SHAPE.match(word)))


def _fitting(form: str, words: Sequence[str]) -> int:
    parse = date_parser(form)
    return sum(parse(word) is not None for word in words)


def _read_iso(word: str) -> float | None:
    if not _ISO_SHAPE.match(word):
        return None
    try:
        return _milliseconds(datetime.fromisoformat(word))
    except ValueError:
        return None


def _read_time(word: str) -> float | None:
    found = _TIME_SHAPE.fullmatch(word)
    if not found:
        return None
    hours, minutes, seconds = found.groups()
    return float(1000 * (3600 * int(hours) + 60 * int(minutes) + float(seconds or 0)))


def _reader(date: str) -> Parser:
    def read(word: str) -> float | None:
        for time in _TIMES:
            try:
                return _milliseconds(datetime.strptime(word, date + time))
            except ValueError:
                continue
        return None

    return read


def _milliseconds(moment: datetime) -> float:
    return (moment - (_EPOCH if moment.tzinfo is None else _UTC_EPOCH)) / _MILLISECOND
