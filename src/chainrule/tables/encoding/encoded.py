"""An encoded table: the matrix, and what of it the encoder could not use."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError, UnknownValuesWarning
from chainrule.training.warn import warn_user

from ..values.words import Numbers
from .columns import CategoryColumn, Column, DateColumn, NumericColumn
from .columns.reading import Reading

# Above this part of the rows, values that training did not have are worth a warning.
_MANY = 0.1
# Columns that a message names; of more it tells the number.
_MOST_NAMED = 5


@dataclass(frozen=True)
class Encoded:
    """A matrix; and for each column that has some, the number of values taken for missing.

    unknown: values of a category that training did not have. stray: words in a column of numbers
    or dates. infinite: infinite numbers.
    """

    matrix: NDArray[Any]
    unknown: dict[str, int] = field(default_factory=dict)
    stray: dict[str, int] = field(default_factory=dict)
    infinite: dict[str, int] = field(default_factory=dict)

    def count(self, column: Column, reading: Reading) -> None:
        """Add what was found in some of the column's rows."""
        numbers = reading.numbers or Numbers(np.empty(0))
        _add(self.unknown, column.name, reading.unseen)
        _add(self.stray, column.name, numbers.stray)
        _add(self.infinite, column.name, numbers.infinite)


def check_words(column: Column, reading: Reading, first_row: int) -> None:
    """Refuse a column of numbers or dates that had no other words in training and now has mostly.

    `first_row` rows of the table came before those that were read.
    """
    numbers = reading.numbers
    if numbers is None or not numbers.stray:
        return
    if isinstance(column, NumericColumn | DateColumn) and column.stray:
        return
    if numbers.stray <= np.count_nonzero(~np.isnan(numbers.values)):
        return
    what = f"dates ({column.form or 'as such'})" if isinstance(column, DateColumn) else "numbers"
    raise DataError(
        f"column {column.name!r} must hold {what}, as in training, got {numbers.examples[0]!r} in "
        f"row {first_row + numbers.first + 1}. Correct it, or leave the value empty."
    )


def warn_of_unknown(
    encoded: Encoded, columns: Iterable[Column], *, rows: int | None = None
) -> None:
    """Warn of columns with many values of which training had none, so that they tell nothing.

    `rows` are those that were counted, by default those of the matrix.
    """
    rows = len(encoded.matrix) if rows is None else rows
    found = []
    for column in columns:
        count = 0
        if isinstance(column, CategoryColumn):
            # Where rare levels are one, it stands for new ones as well.
            count = 0 if column.rare else encoded.unknown.get(column.name, 0)
        elif isinstance(column, NumericColumn | DateColumn):
            count += 0 if column.stray else encoded.stray.get(column.name, 0)
            count += 0 if column.infinite else encoded.infinite.get(column.name, 0)
        if count > _MANY * rows:
            found.append(f"{column.name!r} ({count:,} of {rows:,} rows)")
    if found:
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        warn_user(
            f"values must be like those of training, got others in column "
            f"{', '.join(found[:_MOST_NAMED])}{more}; they count as missing. Check the column.",
            UnknownValuesWarning,
        )


def _add(counts: dict[str, int], name: str, count: int) -> None:
    if count:
        counts[name] = counts.get(name, 0) + count
