"""The column class for each kind."""

from typing import Any

from numpy.typing import NDArray

from chainrule.exceptions import DataError

from ...values.marked_numbers import Form
from ...values.series import BOOLEAN, CATEGORICAL, NUMERIC, Series
from ...values.written_numbers import COMMA
from ..kinds import DATETIME, HIGH_CARDINALITY, TEXT, Kind
from .category import CategoryColumn
from .date import DateColumn
from .numeric import NumericColumn
from .settings import Encoding
from .text import TextColumn

Column = NumericColumn | CategoryColumn | DateColumn | TextColumn

_CLASSES: dict[str, type[Column]] = {
    NUMERIC: NumericColumn,
    BOOLEAN: CategoryColumn,
    CATEGORICAL: CategoryColumn,
    HIGH_CARDINALITY: CategoryColumn,
    DATETIME: DateColumn,
    TEXT: TextColumn,
}


def learn(
    column: Series, kind: Kind, encoding: Encoding, targets: NDArray[Any] | None = None
) -> Column:
    """Learn a column that is of a kind to be used; `targets` are for intervals of numbers."""
    if kind.name == NUMERIC:
        comma = kind.form == COMMA
        form = Form.of(kind.form) if kind.form and not comma else None
        return NumericColumn.learn(column, encoding, comma=comma, form=form, targets=targets)
    if kind.name == DATETIME:
        return DateColumn.learn(column, kind.form, encoding)
    if kind.name == TEXT:
        return TextColumn.learn(column, encoding)
    category = CategoryColumn.learn(column, kind.name, encoding)
    if kind.name == BOOLEAN and len(category.levels) + category.rare > 2:
        raise DataError(
            f"column {column.name!r} must have two values to be boolean, got "
            f"{len(category.levels) + category.rare}. Say 'categorical' in column_kinds."
        )
    return category


def column_to_plain(column: Column) -> dict[str, Any]:
    """Return the column as a dict of plain values, for the model file."""
    return {**column.to_plain(), "kind": column.kind}


def column_from_plain(plain: dict[str, Any]) -> Column:
    """Make a column again; ValueError, TypeError or KeyError when the values are not one's."""
    return _CLASSES[plain["kind"]].from_plain(plain)
