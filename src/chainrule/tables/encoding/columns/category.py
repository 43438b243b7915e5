"""Categories and booleans: levels as -1 and +1, as 0/1 features, or as codes to embed."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...values.factors import factorise
from ...values.series import BOOLEAN, CATEGORICAL, Series
from ..kinds import HIGH_CARDINALITY, MANY_LEVELS
from . import block
from .block import Part
from .numeric import missing_parts
from .reading import Reading
from .settings import Encoding

CODINGS = (block.INDICATOR, block.BINARY, block.ONE_HOT, block.CODES)


@dataclass(frozen=True)
class CategoryColumn:
    """What is kept of the levels, and how they are coded.

    indicator: the one level says nothing, its absence does. binary: two levels, -1 and +1, and
    0 for any other. one-hot: a feature a level, one for the `rare` levels together if there are
    such, one for "missing" if `missing`. codes: 1 for the first level and so on, the next for
    the rare ones, 0 for a missing value.

    A level that training did not have counts among the rare ones where there are such; else it
    has zeros, or code 0.
    """

    name: str
    kind: str
    levels: tuple[str, ...]
    coding: str
    missing: bool
    rare: bool

    @classmethod
    def learn(cls, column: Series, kind: str, encoding: Encoding) -> Self:
        """Learn the levels of the training rows."""
        factors = factorise(column)
        counts: dict[str, int] = {}
        for word, count in zip(factors.words, factors.counts(), strict=True):
            if count:
                level = _level(word, kind)
                counts[level] = counts.get(level, 0) + count
        missing = encoding.missing_indicator and bool((factors.codes < 0).any())
        frequent = sorted(counts, key=lambda level: (-counts[level], level))
        rare = len(frequent) > encoding.max_levels
        kept = sorted(frequent[: encoding.max_levels - 1] if rare else frequent)
        if kind != BOOLEAN:
            kind = CATEGORICAL if len(counts) <= MANY_LEVELS else HIGH_CARDINALITY
        coding = _coding(len(counts), encoding)
        missing = missing and coding in (block.INDICATOR, block.ONE_HOT)
        return cls(column.name, kind, tuple(kept), coding, missing, rare)

    def parts(self) -> list[Part]:
        """One, or none of a column with one level and nothing missing."""
        if self.coding == block.INDICATOR:
            return missing_parts(self.name, self.missing)
        names = [f"{self.name} = {level}" for level in self.levels] + [
            f"{self.name} is rare"
        ] * self.rare
        if self.coding == block.BINARY:
            return [Part(block.BINARY, (names[-1],))]
        if self.coding == block.CODES:
            return [Part(block.CODES, (self.name,), len(names) + 1)]
        names += [f"{self.name} is missing"] * self.missing
        return [Part(block.ONE_HOT, tuple(names), len(names))]

    def read(self, column: Series) -> Reading:
        """Read new rows."""
        factors = factorise(column)
        place = _places(self.levels)
        found = np.array(
            [_find(word, self.kind, place) for word in factors.words], dtype=np.float32
        )
        unseen = int(np.count_nonzero(factors.spread(found < 0, False)))
        if self.rare:
            found[found < 0] = len(self.levels)
        known = int(np.count_nonzero(factors.codes >= 0))
        values = self._values(factors.spread, found, factors.codes < 0)
        return Reading(values, known=known, unseen=unseen)

    def _values(self, spread: Any, found: NDArray[Any], absent: NDArray[Any]) -> list[NDArray[Any]]:
        if self.coding == block.INDICATOR:
            return [absent.astype(np.float32)] * self.missing
        if self.coding == block.BINARY:
            return [spread(np.where(found < 0, 0, 2 * found - 1).astype(np.float32), 0)]
        if self.coding == block.CODES:
            return [spread(found + 1, 0)]
        place = len(self.levels) + self.rare if self.missing else -1
        return [spread(found.astype(np.intp), place)]

    def summary(self) -> str:
        """Say in words what it was taken for."""
        shown = [f"{len(self.levels):,} level{'s' * (len(self.levels) != 1)}"]
        shown += ["the rare ones together"] * self.rare
        shown += ["as codes"] * (self.coding == block.CODES)
        return ", ".join(shown + ["missing values marked"] * self.missing)

    def to_plain(self) -> dict[str, Any]:
        """Return the column as a dict of plain values, for the model file."""
        return {**vars(self), "levels": list(self.levels)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Make a column again; ValueError, TypeError or KeyError when the values are not one's."""
        levels = tuple(str(level) for level in plain["levels"])
        coding = str(plain["coding"])
        column = cls(
            str(plain["name"]),
            str(plain["kind"]),
            levels,
            coding,
            bool(plain["missing"]),
            bool(plain["rare"]),
        )
        binary = coding == block.BINARY and len(levels) + column.rare != 2
        if len(set(levels)) != len(levels) or coding not in CODINGS or binary:
            raise ValueError(f"column {column.name!r} has no usable levels")
        return column


def _coding(levels: int, encoding: Encoding) -> str:
    if levels <= 1:
        return block.INDICATOR
    if levels == 2:
        return _CODINGS_OF_TWO[encoding.binary]
    return (
        block.ONE_HOT if levels <= encoding.max_one_hot else _CODINGS_OF_MANY[encoding.categories]
    )


_CODINGS_OF_TWO = {"signs": block.BINARY, "one-hot": block.ONE_HOT}
_CODINGS_OF_MANY = {"one-hot": block.ONE_HOT, "codes": block.CODES}


_SPELLINGS = (("false", "true"), ("0", "1"))


def _places(levels: tuple[str, ...]) -> dict[str, int]:
    """The place of each level; where they are true and false, 1 and 0 are the same."""
    place = {level: i for i, level in enumerate(levels)}
    for known, other in (_SPELLINGS, _SPELLINGS[::-1]):
        if set(levels) <= set(known):
            place |= {other[known.index(level)]: i for i, level in enumerate(levels)}
    return place


def _level(word: str, kind: str) -> str:
    return word.lower() if kind == BOOLEAN else word


def _find(word: str, kind: str, place: dict[str, int]) -> int:
    """Return the place of the word's level, -1 for none; 3.0 is the level 3."""
    level = _level(word, kind)
    if level not in place and level.endswith(".0"):
        level = level[:-2]
    return place.get(level, -1)
