"""Tables of results: raw numbers for JSON, rounded text for Markdown."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

MISSING = "n/a"


@dataclass
class Table:
    """Rows of cells under a title; a row maps a column's name to text or a number."""

    title: str
    columns: dict[str, Callable[[Any], str]]
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """Return the table as Markdown, its notes below."""
        header = [f"### {self.title}", "", "| " + " | ".join(self.columns) + " |"]
        header.append("|" + "---|" * len(self.columns))
        lines = ["| " + " | ".join(self._cells(row)) + " |" for row in self.rows]
        notes = [f"- {note}" for note in dict.fromkeys(self.notes)]
        return "\n".join([*header, *lines, "", *notes, *([""] if notes else [])])

    def _cells(self, row: dict[str, Any]) -> list[str]:
        values = ((show, row.get(name)) for name, show in self.columns.items())
        return [MISSING if value is None else show(value) for show, value in values]

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; rows keep raw numbers and the repeats behind them."""
        return {"title": self.title, "rows": self.rows, "notes": self.notes}


def duration(seconds: float) -> str:
    """Return a time with three digits and a unit that suits it."""
    if seconds < 1e-3:
        return f"{three_digits(seconds * 1e6)} us"
    if seconds < 1.0:
        return f"{three_digits(seconds * 1e3)} ms"
    return f"{three_digits(seconds)} s"


def three_digits(value: float) -> str:
    """Return a number with about three significant digits, never in scientific notation."""
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:.{decimals}f}"


def times(ratio: float) -> str:
    """Return a ratio as 3.21x."""
    return f"{three_digits(ratio)}x"


def percent(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100.0 * share:.1f} %"


def megabytes(size: float) -> str:
    """Return bytes in MB of 10^6 bytes."""
    return f"{size / 1e6:.0f} MB"


def spread(seconds: list[float]) -> float:
    """Return (largest - smallest) / median of repeated times."""
    return (max(seconds) - min(seconds)) / median(seconds)


def progress(text: str) -> None:
    """Say on standard error what is running."""
    print(text, file=sys.stderr, flush=True)
