"""One column as numbers: what is learned of it in training, and how it fills the matrix.

A column class has `learn` (from the training rows), `names` (of its features), `fill` (writes
the features of new rows, returns how many values it did not know) and `summary`.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError

from .frames import Series
from .values import BOOLEAN, CATEGORICAL, NUMERIC, kind_of, numbers, texts

# More different texts than this in a column that never repeats one: it names the rows.
FEWEST_IDENTIFIERS = 20


@dataclass(frozen=True)
class NumericColumn:
    """Standardised with the training mean and deviation; a missing value becomes the mean.

    `varies` says whether the numbers differ in training (otherwise they tell nothing), and
    `missing` whether some were missing, which is then a feature of its own.
    """

    name: str
    mean: float
    scale: float
    varies: bool
    missing: bool

    kind = NUMERIC

    @classmethod
    def learn(cls, column: Series) -> Self:
        """Learn the mean and the deviation of the training rows."""
        values = numbers(column)
        known = values[~np.isnan(values)]
        missing = 0 < len(known) < len(values)
        if not len(known) or known.min() == known.max():
            return cls(column.name, 0.0, 1.0, varies=False, missing=missing)
        # Divided first, so that squares of huge numbers do not overflow.
        unit = float(np.abs(known).max())
        mean, deviation = float((known / unit).mean()), float((known / unit).std())
        return cls(
            column.name, mean * unit, deviation * unit, varies=deviation > 0, missing=missing
        )

    def names(self) -> list[str]:
        """One for the number, one for its absence."""
        return [self.name] * self.varies + [f"{self.name} is missing"] * self.missing

    def fill(self, column: Series, out: NDArray[Any]) -> int:
        """Write the features into `out`, which is zero; return how many values are unknown."""
        values = numbers(column)
        absent = np.isnan(values)
        if self.varies:
            standard = (values - self.mean) / self.scale
            standard[absent] = 0.0
            _check_range(self.name, values, standard, out.dtype)
            out[:, 0] = standard
        if self.missing:
            out[:, -1] = absent
        return 0

    def summary(self) -> str:
        """Say in words what it was taken for."""
        return "standardised" + ", missing values marked" * self.missing


@dataclass(frozen=True)
class CategoryColumn:
    """One feature a level, and one for "missing" where training had missing values.

    The rarest of very many levels share one feature, `rare`; a level that training did not have
    is there counted among them, and has zeros in every feature where there is no such feature.
    """

    name: str
    kind: str
    levels: list[str]
    missing: bool
    rare: bool

    @classmethod
    def learn(cls, column: Series, most_levels: int) -> Self:
        """Learn the levels of the training rows."""
        known = texts(column).drop_nulls()
        missing = len(known) < len(column)
        counts = known.value_counts(name="count")
        pairs = zip(counts[column.name].to_list(), counts["count"].to_list(), strict=True)
        levels = [level for level, _ in sorted(pairs, key=lambda pair: (-pair[1], pair[0]))]
        rare = len(levels) > most_levels
        kept = sorted(levels[: most_levels - 1] if rare else levels)
        return cls(column.name, kind_of(column), kept, missing, rare)

    def names(self) -> list[str]:
        """One for each level, then those of the rare ones and the missing ones."""
        known = [f"{self.name} = {level}" for level in self.levels]
        rest = [f"{self.name} is rare"] * self.rare + [f"{self.name} is missing"] * self.missing
        return known + rest

    def fill(self, column: Series, out: NDArray[Any]) -> int:
        """Write the features into `out`, which is zero; return how many values are unknown."""
        text = texts(column)
        if self.kind == BOOLEAN:
            text = text.str.to_lowercase()
        absent = text.is_null().to_numpy().astype(bool)
        code = text.replace_strict(
            self.levels, list(range(len(self.levels))), default=-1, return_dtype=nw.Int64
        ).to_numpy()
        code = np.where(absent, -1, code).astype(np.intp)
        unknown = code < 0
        if self.rare:
            code[unknown & ~absent] = len(self.levels)
        if self.missing:
            code[absent] = len(self.levels) + self.rare
        rows = np.flatnonzero(code >= 0)
        out[rows, code[rows]] = 1
        return int((code < 0).sum())

    def summary(self) -> str:
        """Say in words what it was taken for."""
        shown = f"{len(self.levels)} levels" + ", the rare ones together" * self.rare
        return shown + ", missing as a level of its own" * self.missing


Column = NumericColumn | CategoryColumn


def learn(column: Series, most_levels: int) -> tuple[Column, str | None]:
    """Learn a column; with it, the reason to leave it out, or None."""
    kind = kind_of(column)
    if column.null_count() == len(column):
        return CategoryColumn(column.name, kind, [], False, False), "empty"
    if kind == NUMERIC:
        numeric = NumericColumn.learn(column)
        return numeric, None if numeric.names() else "constant"
    category = CategoryColumn.learn(column, most_levels)
    if kind == CATEGORICAL and _names_rows(column):
        return category, "every value different"
    return category, None if len(category.names()) > 1 else "constant"


def _names_rows(column: Series) -> bool:
    known = texts(column).drop_nulls()
    return len(known) > FEWEST_IDENTIFIERS and known.n_unique() == len(known)


def _check_range(
    name: str, values: NDArray[Any], standard: NDArray[Any], dtype: np.dtype[Any]
) -> None:
    largest = np.finfo(dtype).max
    if np.abs(standard).max(initial=0.0) > largest:
        row = int(np.abs(standard).argmax())
        raise DataError(
            f"column {name!r} must hold numbers like those of training, got {values[row]} in row "
            f"{row + 1}, too large for {dtype}. Correct it, or leave the value empty."
        )


def to_plain(column: Column) -> dict[str, Any]:
    """Return the column as a dict of plain values, for the model file."""
    plain = asdict(column)
    plain["kind"] = column.kind
    return plain


def from_plain(plain: dict[str, Any]) -> Column:
    """Make a column again; ValueError, TypeError or KeyError when the values are not one's."""
    if plain["kind"] == NUMERIC:
        numeric = NumericColumn(
            str(plain["name"]),
            float(plain["mean"]),
            float(plain["scale"]),
            varies=bool(plain["varies"]),
            missing=bool(plain["missing"]),
        )
        if not (np.isfinite(numeric.mean) and numeric.scale > 0 and np.isfinite(numeric.scale)):
            raise ValueError(f"column {numeric.name!r} has no usable mean and scale")
        return numeric
    levels = plain["levels"]
    if plain["kind"] not in (BOOLEAN, CATEGORICAL) or len(set(levels)) != len(levels):
        raise ValueError(f"column {plain['name']!r} has no usable levels")
    return CategoryColumn(
        str(plain["name"]),
        plain["kind"],
        [str(level) for level in levels],
        bool(plain["missing"]),
        bool(plain["rare"]),
    )
