"""What a column is: found in the training rows, unless the user says so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import narwhals as nw

from chainrule.exceptions import DataError

from ..reading.frames import nearest
from ..values.dates import date_parser, find_form
from ..values.factors import Factors, factorise
from ..values.marked_numbers import find_marked_form
from ..values.refused import refused_type
from ..values.series import BOOLEAN, CATEGORICAL, MOMENTS, NUMERIC, Series, check_type
from ..values.words import has_decimal_commas, is_missing_word, parse_number
from ..values.written_numbers import COMMA, NEARLY_ALL, known_words, share_of_numbers
from .hints import hint_of

HIGH_CARDINALITY = "high-cardinality"
DATETIME = "datetime"
TEXT = "text"
IDENTIFIER = "identifier"
CONSTANT = "constant"
IGNORE = "ignore"
KINDS = (
    NUMERIC,
    BOOLEAN,
    CATEGORICAL,
    HIGH_CARDINALITY,
    DATETIME,
    TEXT,
    IDENTIFIER,
    CONSTANT,
    IGNORE,
)
LEFT_OUT = (IDENTIFIER, CONSTANT, IGNORE)
# Such columns a file must give as text, though their values be digits.
AS_TEXT = (BOOLEAN, CATEGORICAL, HIGH_CARDINALITY, DATETIME, TEXT)

# A column with more levels is of high cardinality.
MANY_LEVELS = 50
# More different values than this in a column that never repeats one: it names the rows.
FEWEST_IDENTIFIERS = 20
# Text has so many words on average, and so large a part of its values are different.
_WORDS_OF_TEXT, _DIFFERENT_TEXTS = 3.0, 0.5
_IDENTIFIER_NAME = re.compile(
    r"(?i:(?:^|[\W_])(?:id|ids|uuid|guid|key|index|rownames?)|^unnamed: ?\d+|^)$|[a-z]I[dD]$"
)


@dataclass(frozen=True)
class Kind:
    """A kind of column; `form` is how dates are written, `reason` why it is to be left out.

    The form of numbers is `COMMA` where decimals follow a comma, and that of `marked_numbers` where
    they have a mark or thousands apart. `hint` tells of a column of words
    that is nearly one of numbers or dates.
    """

    name: str
    form: str | None = None
    reason: str | None = None
    hint: str | None = None


def check_column_kinds(column_kinds: Mapping[str, str], names: list[str]) -> None:
    """Refuse columns and kinds that do not exist."""
    for name, kind in column_kinds.items():
        if name not in names:
            raise DataError(
                f"column_kinds must name columns of the table, got {name!r}."
                f"{nearest(str(name), names)} The table has {len(names):,} columns."
            )
        if kind not in KINDS:
            raise DataError(
                f"column_kinds must give one of {', '.join(map(repr, KINDS))}, got {kind!r} for "
                f"{name!r}.{nearest(str(kind), KINDS)} Choose one of these."
            )


def given_kind(column: Series, name: str) -> Kind:
    """Return the kind that the user asked for; DataError where the values cannot be of it."""
    if name in LEFT_OUT:
        return Kind(name, reason="as asked")
    check_type(column)
    if name == DATETIME and column.dtype not in MOMENTS:
        words = known_words(factorise(column))
        form = find_form(list(words), 1 / max(len(words), 1))
        if form is None:
            raise _not_of(column, name, next(iter(words), None))
        return Kind(name, form)
    if name == NUMERIC and column.dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object):
        words = known_words(factorise(column))
        if has_decimal_commas(words):
            return Kind(name, COMMA)
        marked = find_marked_form(words)
        if marked:
            return Kind(name, str(marked))
        if all(parse_number(word) is None for word in words):
            raise _not_of(column, name, next(iter(words), None))
    return _number_kind(column) if name == NUMERIC else Kind(name)


def find_kind(column: Series) -> Kind:
    """Tell what the column is; DataError for what is none (lists, bytes, structures)."""
    dtype = column.dtype
    if column.null_count() == len(column):
        return Kind(CONSTANT, reason="empty")
    if dtype == nw.Boolean:
        return Kind(BOOLEAN)
    if dtype in MOMENTS:
        return Kind(DATETIME)
    if dtype == nw.Duration:
        return Kind(NUMERIC)
    if dtype.is_numeric():
        return _numeric_kind(column)
    if dtype in (nw.Categorical, nw.Enum):
        return _levels_kind(factorise(column))
    if dtype in (nw.String, nw.Object):
        return _text_kind(factorise(column))
    raise refused_type(column)


def _numeric_kind(column: Series) -> Kind:
    """Whole numbers are taken for an identifier only if both name and values say so."""
    if (
        column.dtype.is_integer()
        and _IDENTIFIER_NAME.search(column.name)
        and len(column) > FEWEST_IDENTIFIERS
        and column.n_unique() == len(column)
    ):
        return Kind(IDENTIFIER, reason="every value different")
    return _number_kind(column)


def _number_kind(column: Series) -> Kind:
    """Leave out whole numbers that differ, but not as the floats that they are encoded as."""
    low, high = (column.min(), column.max()) if column.dtype.is_integer() else (None, None)
    if low is None or high is None or low == high or float(low) != float(high):
        return Kind(NUMERIC)
    return Kind(CONSTANT, reason=f"too close together for float64; subtract {low} first")


def _text_kind(factors: Factors) -> Kind:
    words = known_words(factors)
    if not words:
        return Kind(CONSTANT, reason="empty")
    if all(word.lower() in ("true", "false") for word in words):
        return Kind(BOOLEAN)
    numbers = share_of_numbers(words)
    if numbers >= NEARLY_ALL:
        return Kind(NUMERIC)
    if has_decimal_commas(words):
        return Kind(NUMERIC, COMMA)
    marked = find_marked_form(words)
    if marked:
        return Kind(NUMERIC, str(marked))
    form = find_form(list(words), NEARLY_ALL)
    if form and _share(words, form) >= NEARLY_ALL:
        return Kind(DATETIME, form)
    return replace(_words_kind(factors, words), hint=hint_of(words, numbers))


def _words_kind(factors: Factors, words: dict[str, int]) -> Kind:
    rows = sum(words.values())
    if rows > FEWEST_IDENTIFIERS:
        length = sum(word.count(" ") + 1 for word in words) / len(words)
        if length >= _WORDS_OF_TEXT and len(words) > _DIFFERENT_TEXTS * rows:
            return Kind(TEXT)
        if len(words) == rows:
            return Kind(IDENTIFIER, reason="every value different")
    return _levels_kind(factors)


def _levels_kind(factors: Factors) -> Kind:
    count = len(known_words(factors))
    if not count:
        return Kind(CONSTANT, reason="empty")
    return Kind(CATEGORICAL if count <= MANY_LEVELS else HIGH_CARDINALITY)


def _share(words: dict[str, int], form: str) -> float:
    """Return the part of the rows that are dates of the form, of those not missing."""
    parse = date_parser(form)
    known = {word: count for word, count in words.items() if not is_missing_word(word)}
    dates = sum(count for word, count in known.items() if parse(word) is not None)
    return dates / max(sum(known.values()), 1)


def _not_of(column: Series, kind: str, example: str | None) -> DataError:
    shown = "only missing values" if example is None else f"values such as {example!r}"
    return DataError(
        f"column {column.name!r} must hold values that are {kind}, as column_kinds says, got "
        f"{shown}. Correct column_kinds, or the column."
    )
