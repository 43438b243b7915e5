"""A report as one HTML file: styles and pictures inside, no scripts, nothing from elsewhere."""

import os
from dataclasses import dataclass

from chainrule.files.atomic import write_atomically

from . import lines
from .extras import require
from .headline import headline, importances_note
from .report import Report, Score
from .words import counted, number, scored

# Lines of a table before the rest is folded away, and at most.
LINES_OPEN, LINES_MOST = 12, 300


def write_html(report: Report, path: str | os.PathLike[str], *, replace: bool = True) -> None:
    """Write the page whole or not at all; the same report gives the same bytes.

    Without `replace` a file that is there is left as it is, and FileExistsError raised.
    """
    write_atomically(path, html(report).encode(), replace=replace)


def html(report: Report) -> str:
    """Return the page."""
    require(("matplotlib", "jinja2"), "report", "a report as a page")
    import jinja2
    from markupsafe import Markup

    from .pictures.gallery import pictures

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("chainrule.reports", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"counted": counted, "number": number, "scored": scored}
    return environment.get_template("page.html.jinja").render(
        report=report,
        headline=headline(report),
        importances_note=importances_note(report),
        lines=lines,
        tracks=[track(score) for score in report.scores],
        # Made by ElementTree, which has escaped what is the user's.
        pictures={name: Markup(svg) for name, svg in pictures(report).items()},
        lines_open=LINES_OPEN,
        lines_most=LINES_MOST,
    )


@dataclass(frozen=True)
class Track:
    """Where on a line of 100 a score, its interval and its rivals stand; None where nowhere."""

    value: float | None
    low: float | None
    high: float | None
    linear: float | None
    trivial: float | None


def track(score: Score) -> Track:
    """Scale to the span of all the values, the worse end on the left."""
    values = [score.value, score.low, score.high, score.linear, score.trivial]
    finite = [v for v in values if v is not None and abs(v) < float("inf")]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = high - low

    def place(value: float | None) -> float | None:
        if value is None or not abs(value) < float("inf") or not 0 < span < float("inf"):
            return None
        share = (value - low) / span
        # Room at both ends for the dot itself.
        return round(4 + 92 * (share if score.higher_is_better else 1 - share), 2)

    a, b = place(score.low), place(score.high)
    if a is not None and b is not None:
        a, b = min(a, b), max(a, b)
    return Track(place(score.value), a, b, place(score.linear), place(score.trivial))
