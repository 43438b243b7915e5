"""Dates and times: elapsed time, and where in the year, month, week and day they lie."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from ...values.dates import FORMS, date_parser
from ...values.factors import factorise
from ...values.series import MOMENTS, Series
from ...values.words import Numbers, from_words, read_numbers
from ..kinds import DATETIME
from . import block
from .block import Part
from .numeric import (
    missing_parts,
    notes,
    number_parts,
    plain_or_none,
    scale_or_none,
    scaled,
)
from .reading import Reading
from .scale import Scale, Values, learn_scale
from .settings import Encoding

_DAY = 86_400_000  # milliseconds
# The period of each part that repeats: months from January, days from Monday, from the first of
# the month, hours from midnight.
PERIODS = {"month": 12, "weekday": 7, "day": 31, "hour": 24}


@dataclass(frozen=True)
class DateColumn:
    """Elapsed time like a number, and the sine and cosine of each part that varied in training.

    The year is told by the elapsed time. `form` is how dates are written where they are text,
    None where the column's type says that they are dates. `infinite`, `stray` and `examples` are
    as in `NumericColumn`.
    """

    name: str
    form: str | None
    scale: Scale | None
    cycles: tuple[str, ...]
    missing: bool
    stray: int = 0
    examples: tuple[str, ...] = ()

    kind: ClassVar[str] = DATETIME
    infinite: ClassVar[int] = 0

    @classmethod
    def learn(cls, column: Series, form: str | None, encoding: Encoding) -> Self:
        """Learn what varies in the training rows."""
        numbers = read_dates(column, form)
        known = numbers.values[~np.isnan(numbers.values)]
        scale = learn_scale(encoding.numeric, known, encoding.random_state)
        cycles = tuple(
            part for part, values in cycle_values(known).items() if len(np.unique(values)) > 1
        )
        missing = encoding.missing_indicator and 0 < len(known) < len(numbers.values)
        return cls(column.name, form, scale, cycles, missing, numbers.stray, numbers.examples)

    def parts(self) -> list[Part]:
        """One for the elapsed time, one for each cycle, one for the absence."""
        cycles = [
            Part(block.CYCLIC, (f"sine of {self.name}'s {part}", f"cosine of {self.name}'s {part}"))
            for part in self.cycles
        ]
        elapsed = number_parts(self.name, self.scale)
        return elapsed + cycles + missing_parts(self.name, self.missing)

    def read(self, column: Series) -> Reading:
        """Read new rows."""
        numbers = read_dates(column, self.form)
        parts = cycle_values(numbers.values)
        cycles = [_circle(parts[part], PERIODS[part]) for part in self.cycles]
        rest = scaled(numbers.values, self.scale, self.missing)
        elapsed = 1 if self.scale else 0
        return Reading([*rest[:elapsed], *cycles, *rest[elapsed:]], numbers=numbers)

    def summary(self) -> str:
        """Say in words what it was taken for."""
        shown = ["elapsed time"] * bool(self.scale) + list(self.cycles)
        form = [f"written {self.form}"] if self.form else []
        return ", ".join(shown + form + notes(self))

    def to_plain(self) -> dict[str, Any]:
        """Return the column as a dict of plain values, for the model file."""
        plain = {"scale": plain_or_none(self.scale), "cycles": list(self.cycles)}
        return {**vars(self), **plain, "examples": list(self.examples)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Make a column again; ValueError, TypeError or KeyError when the values are not one's."""
        form, cycles = plain["form"], tuple(plain["cycles"])
        if not (form is None or form in FORMS) or not set(cycles) <= PERIODS.keys():
            raise ValueError(f"column {plain['name']!r} has no usable form or parts of dates")
        return cls(
            str(plain["name"]),
            form,
            scale_or_none(plain["scale"]),
            cycles,
            bool(plain["missing"]),
            int(plain["stray"]),
            tuple(map(str, plain["examples"])),
        )


def read_dates(column: Series, form: str | None) -> Numbers:
    """Read milliseconds since 1970; numbers, in a column of dates, count as such."""
    if form is None or column.dtype in MOMENTS:
        return read_numbers(column)
    factors = factorise(column)
    parse = date_parser(form)
    return from_words(factors, [parse(word) for word in factors.words])


def cycle_values(milliseconds: Values) -> dict[str, Values]:
    """Return each part that repeats, from 0 to its period; NaN stays NaN."""
    absent = np.isnan(milliseconds)
    whole = np.where(absent, 0, milliseconds)
    day_number = np.floor(whole / _DAY)
    days = day_number.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    parts = {
        "month": months.astype(np.int64) % 12,
        # The first of January 1970 was a Thursday.
        "weekday": (day_number + 3) % 7,
        "day": (days - months.astype("datetime64[D]")).astype(np.int64),
        "hour": (whole - day_number * _DAY) / 3_600_000,
    }
    return {name: np.where(absent, np.nan, values) for name, values in parts.items()}


def _circle(values: Values, period: int) -> Values:
    """Return sine and cosine of the part of the period, both 0 where the value is missing."""
    angle = values * (2 * np.pi / period)
    points: Values = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    points[np.isnan(points)] = 0.0
    return points
