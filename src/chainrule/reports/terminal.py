"""A report as text: tables of rich, in colour on a terminal and plain elsewhere."""

import io
from typing import TYPE_CHECKING, TextIO

from .extras import require
from .report import Report

if TYPE_CHECKING:
    from rich.console import RenderableType

LEAST_WIDTH = 40


def as_text(report: Report, width: int = 100) -> str:
    """Return the report as plain text of lines up to `width` characters."""
    stream = io.StringIO()
    _print(report, stream, width=max(width, LEAST_WIDTH), plain=True)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()).strip() + "\n"


def print_report(report: Report, stream: TextIO) -> None:
    """Print to a terminal in colour and as wide as it is; to a file or a pipe, plain text."""
    if stream.isatty():
        _print(report, stream, width=None, plain=False)
    else:
        stream.write(as_text(report))


def renderables(report: Report, width: int) -> "list[RenderableType]":
    """Return the parts of the report, for a `rich` console of that width to print."""
    require(("rich",), "cli", "a report as text")
    from .terminal_tables import parts

    return parts(report, width)


def _print(report: Report, stream: TextIO, *, width: int | None, plain: bool) -> None:
    require(("rich",), "cli", "a report as text")
    from rich.console import Console

    if plain:
        console = Console(file=stream, width=width, force_terminal=False, color_system=None)
    else:
        console = Console(file=stream, highlight=False)
    for part in renderables(report, console.width):
        console.print(part, highlight=False)
