"""The parts of a report as tables of rich. All text is wrapped, so that none is read as markup."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from . import lines
from .headline import headline, importances_note, title
from .lines import Lines
from .report import Confusion, Report
from .words import counted, sparkline

MOST_LINES = 15
BAR_WIDTH = 24
EIGHTHS = " ▏▎▍▌▋▊▉█"
# Characters that a table puts between two columns.
GAP = 3
# What the other columns of the table of curves need.
BESIDE_CURVE = 62


def parts(report: Report, width: int) -> list[RenderableType]:
    """Return what there is to print, from the most to the least important."""
    head = Group(Text(title(report), "bold"), Text(), Text(headline(report)))
    shown = [make(report, width) for make in SECTIONS]
    return [head, *(part for part in shown if part is not None)]


def section(title: str, *content: RenderableType) -> RenderableType:
    """Put a heading above."""
    return Padding(Group(Text(title, "bold cyan"), *content), (1, 0, 0, 0))


def table(found: Lines, styles: dict[int, str] | None = None) -> Table:
    """Turn lines into a table; `styles` are those of columns."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for i, head in enumerate(found.heads):
        made.add_column(
            Text(head),
            justify="left" if i < found.texts else "right",
            style=(styles or {}).get(i, ""),
            overflow="ellipsis",
            no_wrap=i >= found.texts,
        )
    for row in found.rows:
        made.add_row(*map(Text, row))
    return made


def first_lines(found: Lines, styles: dict[int, str] | None = None) -> list[RenderableType]:
    """Make a table of the first lines, and say how many are left out."""
    left = len(found.rows) - MOST_LINES
    made = table(replace(found, rows=found.rows[:MOST_LINES]), styles)
    return [made, Text(f"and {counted(left, 'more line')}", "dim")] if left > 0 else [made]


def fitting(found: Lines, width: int, needed: int) -> Lines:
    """Leave out the last columns that do not fit, but none of the first `needed`."""
    columns = list(zip(found.heads, *found.rows, strict=True))
    ends = accumulate(max(map(len, column)) + GAP for column in columns)
    count = max(sum(end - GAP <= width for end in ends), needed)
    return replace(found, heads=found.heads[:count], rows=tuple(row[:count] for row in found.rows))


def with_column(found: Lines, place: int, cells: Sequence[str]) -> Lines:
    """Put a column without a heading at a place."""
    rows = zip(found.rows, cells, strict=True)
    return replace(
        found,
        heads=(*found.heads[:place], "", *found.heads[place:]),
        rows=tuple((*row[:place], cell, *row[place:]) for row, cell in rows),
        texts=found.texts + 1,
    )


def _scores(report: Report, width: int) -> RenderableType:
    notes = [Text(note, "dim") for note in report.notes]
    made = table(lines.scores(report), {1: "bold"})
    rows = "rows held out" if report.held_out else "rows given"
    return section(f"Scores on the {rows}", made, *notes)


def _target(report: Report, width: int) -> RenderableType:
    found = lines.target(report)
    return section(found.caption, *first_lines(found))


def _confusion(report: Report, width: int) -> RenderableType | None:
    if report.confusion is None:
        return None
    if report.confusion.counts is not None:
        matrix = _matrix(report.confusion)
        if fitting(matrix, width, needed=0) == matrix:
            return section(matrix.caption, table(matrix))
    found = lines.confused_pairs(report)
    return section(found.caption, table(found) if found.rows else Text("none"))


def _matrix(found: Confusion) -> Lines:
    rows = zip(found.labels, found.counts or (), strict=True)
    cells = tuple((label, *(f"{n:,}" if n else "·" for n in row)) for label, row in rows)
    return Lines("True class (down) and predicted class (across)", ("", *found.labels), cells)


def _errors(report: Report, width: int) -> RenderableType | None:
    if report.residuals is None:
        return None
    quantiles, groups = lines.errors(report), lines.tenths(report)
    return Group(
        section(quantiles.caption, table(quantiles)), section(groups.caption, table(groups))
    )


def _calibration(report: Report, width: int) -> RenderableType | None:
    if report.calibration is None:
        return None
    error = Text(f"expected calibration error {report.calibration.error:.4f}", "dim")
    heading = f"Calibration: that {report.calibration.event}"
    return section(heading, table(lines.calibration(report)), error)


def _importances(report: Report, width: int) -> RenderableType | None:
    items = report.importances.items
    if not items:
        return None
    most = max((item.mean for item in items if item.mean > 0), default=0.0)
    bars = [_bar(item.mean, most) for item in items]
    found = with_column(lines.importances(report), 1, bars)
    note = Text(importances_note(report), "dim")
    return section(found.caption, *first_lines(found, {1: "cyan"}), note)


def _bar(value: float, most: float) -> str:
    if not 0 < value <= most < float("inf"):
        return ""
    full, rest = divmod(round(value / most * BAR_WIDTH * 8), 8)
    return "█" * full + EIGHTHS[rest].strip()


def _curves(report: Report, width: int) -> RenderableType | None:
    if not report.curves:
        return None
    space = min(max(width - BESIDE_CURVE, 10), 60)
    bars = [sparkline(list(curve.values), space) for curve in report.curves]
    return section("Learning", table(with_column(lines.curves(report), 1, bars), {1: "cyan"}))


def _mistakes(report: Report, width: int) -> RenderableType | None:
    found = lines.mistakes(report)
    if not found.rows:
        return section(found.caption, Text("none: every row is right"))
    return section(found.caption, table(fitting(found, width, needed=4)))


def _columns(report: Report, width: int) -> RenderableType | None:
    found = lines.columns(report)
    return section(found.caption, *first_lines(found)) if found.rows else None


SECTIONS: tuple[Callable[[Report, int], RenderableType | None], ...] = (
    _scores,
    _target,
    _confusion,
    _errors,
    _calibration,
    _importances,
    _curves,
    _mistakes,
    _columns,
)
