"""Numbers: scaled, and an indicator of the missing ones."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...values.marked_numbers import Form
from ...values.series import NUMERIC, Series
from ...values.words import (
    Numbers,
    all_stray,
    is_of_clocks,
    parse_number,
    parse_with_comma,
    read_numbers,
)
from ..bins import spike_edges
from . import block
from .block import Part
from .reading import Reading
from .scale import Scale, Values, learn_scale, scale_from_plain, scale_to_plain
from .settings import Encoding


@dataclass(frozen=True)
class NumericColumn:
    """One feature for the number, unless `scale` is None, and one for its absence, if `missing`.

    Where there are `edges`, a further part says between which of them the number lies: 0/1
    features, or as `codes` 1 for what is below the first edge and so on, 0 for a missing one.

    `infinite` and `stray` count what was taken for missing in training, `examples` are some of
    the stray words. `comma` says that decimals follow a comma; `clock` that training had dates,
    times or durations, which count milliseconds: where it had numbers these are stray. `form` is
    that of numbers with a mark or with thousands apart.
    """

    name: str
    scale: Scale | None
    missing: bool
    infinite: int = 0
    stray: int = 0
    examples: tuple[str, ...] = ()
    comma: bool = False
    clock: bool = False
    form: Form | None = None
    edges: tuple[float, ...] = ()
    codes: bool = False

    kind: ClassVar[str] = NUMERIC

    @classmethod
    def learn(
        cls,
        column: Series,
        encoding: Encoding,
        *,
        comma: bool = False,
        form: Form | None = None,
        targets: NDArray[Any] | None = None,
    ) -> Self:
        """Learn the scale of the training rows, and with their targets the edges."""
        numbers = _read(column, comma, form)
        there = ~np.isnan(numbers.values)
        known = numbers.values[there]
        scale = learn_scale(encoding.numeric, known, encoding.random_state)
        missing = encoding.missing_indicator and 0 < len(known) < len(numbers.values)
        edges: list[float] = []
        if targets is not None and scale is not None:
            edges = spike_edges(known, targets[there], encoding.random_state)
        taken, clock = _taken_for_missing(numbers), is_of_clocks(column)
        codes = encoding.categories == block.CODES
        return cls(column.name, scale, missing, *taken, comma, clock, form, tuple(edges), codes)

    def parts(self) -> list[Part]:
        """One for the number, one for its absence, one for its interval."""
        parts = number_parts(self.name, self.scale) + missing_parts(self.name, self.missing)
        if self.edges and self.codes:
            return [*parts, Part(block.CODES, (f"{self.name} interval",), len(self.edges) + 2)]
        if self.edges:
            names = [f"{self.name} < {edge:g}" for edge in self.edges]
            names.append(f"{self.name} >= {self.edges[-1]:g}")
            return [*parts, Part(block.ONE_HOT, tuple(names), len(names))]
        return parts

    def read(self, column: Series) -> Reading:
        """Read new rows."""
        strange = is_of_clocks(column) and not self.clock
        numbers = all_stray(column) if strange else _read(column, self.comma, self.form)
        arrays: list[NDArray[Any]] = [*scaled(numbers.values, self.scale, self.missing)]
        if self.edges:
            place = np.searchsorted(np.array(self.edges), numbers.values)
            place[np.isnan(numbers.values)] = -1
            arrays.append(place + 1 if self.codes else place)
        return Reading(arrays, numbers=numbers)

    def summary(self) -> str:
        """Say in words what it was taken for."""
        shown = [f"{self.scale.name} scale"] if self.scale else ["constant"]
        shown += ["written with decimal commas"] * self.comma
        shown += [self.form.summary()] if self.form else []
        shown += [f"also {len(self.edges) + 1} intervals"] * bool(self.edges)
        return ", ".join(shown + notes(self))

    def to_plain(self) -> dict[str, Any]:
        """Return the column as a dict of plain values, for the model file."""
        form = str(self.form) if self.form else None
        lists = {"examples": list(self.examples), "edges": list(self.edges)}
        return {**vars(self), "scale": plain_or_none(self.scale), **lists, "form": form}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Make a column again; ValueError, TypeError or KeyError when the values are not one's."""
        edges = tuple(map(float, plain.get("edges", ())))
        if not all(a < b for a, b in pairwise(edges)):
            raise ValueError("the edges of a column's intervals do not ascend")
        return cls(
            str(plain["name"]),
            scale_or_none(plain["scale"]),
            bool(plain["missing"]),
            int(plain["infinite"]),
            int(plain["stray"]),
            tuple(map(str, plain["examples"])),
            # Files of 0.1 may lack these.
            bool(plain.get("comma", False)),
            bool(plain.get("clock", True)),
            Form.of(plain["form"]) if plain.get("form") else None,
            edges,
            bool(plain.get("codes", False)),
        )


def number_parts(feature: str, scale: Scale | None) -> list[Part]:
    """Return the part for a scaled number; none where there is no scale."""
    return [Part(block.NUMERIC, (feature,))] if scale else []


def missing_parts(name: str, missing: bool) -> list[Part]:
    """Return the part that says where values are missing, if it is wanted."""
    return [Part(block.INDICATOR, (f"{name} is missing",))] if missing else []


def scaled(values: Values, scale: Scale | None, missing: bool) -> list[Values]:
    """Return the arrays of the number's part and of its indicator; a missing number becomes 0."""
    absent = np.isnan(values)
    some = bool(absent.any())
    arrays = []
    if scale:
        z = scale.apply(values)
        if some:
            z[absent] = 0.0
        arrays.append(z)
    if missing:
        arrays.append(absent.astype(np.float64))
    return arrays


def notes(column: Any) -> list[str]:
    """Say what was taken for missing in training."""
    found = ["missing values marked"] * column.missing
    if column.infinite:
        found.append(f"{column.infinite:,} infinite taken for missing")
    if column.stray:
        words = ", ".join(map(repr, column.examples))
        found.append(f"{column.stray:,} other words taken for missing, such as {words}")
    return found


def plain_or_none(scale: Scale | None) -> dict[str, Any] | None:
    """Return the scale as plain values, for the model file."""
    return scale_to_plain(scale) if scale else None


def scale_or_none(plain: dict[str, Any] | None) -> Scale | None:
    """Make the scale again."""
    return None if plain is None else scale_from_plain(plain)


def _read(column: Series, comma: bool, form: Form | None) -> Numbers:
    plain = parse_with_comma if comma else parse_number
    return read_numbers(column, form.parser() if form else plain)


def _taken_for_missing(numbers: Numbers) -> tuple[int, int, tuple[str, ...]]:
    return numbers.infinite, numbers.stray, numbers.examples
