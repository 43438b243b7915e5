"""Numbers and names as they are shown."""

import math
from itertools import pairwise
from typing import Any

from chainrule._harmless import harmless

from .report import Report, Score

# Eight heights of one character.
BARS = "▁▂▃▄▅▆▇█"
LONGEST = 44
WIDEST_CURVE = 60
NOTHING = "-"


def shown(value: Any, longest: int = LONGEST) -> str:
    """Show a user's text on one line and harmlessly; the middle of a long one is left out."""
    text = harmless(str(value))
    if len(text) > longest:
        half = (longest - 1) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return text or "(empty)"


def number(value: float | None) -> str:
    """Four digits, and all those before the point of a number in the thousands."""
    if value is None or math.isnan(value):
        return NOTHING
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 else f"{value:.4g}"


def percent(share: float | None) -> str:
    """Write a share as "98.6 %"."""
    return NOTHING if share is None or math.isnan(share) else f"{100 * share:.1f} %"


def score_value(score: Score, value: float | None) -> str:
    """Write a score: four decimals, or four digits of what is in the units of the target."""
    if score.in_units or value is None or not math.isfinite(value):
        return number(value)
    return f"{value:z.4f}"


def score_interval(score: Score) -> str:
    """Write "0.92 to 0.99"."""
    if score.low is None or score.high is None:
        return NOTHING
    return f"{score_value(score, score.low)} to {score_value(score, score.high)}"


def counted(count: int, noun: str) -> str:
    """Write "1 row", "2 rows" or "2 classes"."""
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{ending}"


def scored(report: Report) -> str:
    """Name the rows that are scored."""
    return "held out" if report.held_out else "scored"


def sparkline(values: list[float], width: int = WIDEST_CURVE) -> str:
    """Draw the values as one line of bars, the mean of each stretch as one bar.

    Values that are not finite, those of an epoch in which a loss overflowed, are left out.
    """
    values = [value for value in values if math.isfinite(value)]
    if not values:
        return ""
    count = min(width, len(values))
    edges = [i * len(values) // count for i in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, span = min(means), max(means) - min(means)
    if not 0 < span < float("inf"):
        return BARS[0] * count
    return "".join(BARS[min(int((m - low) / span * len(BARS)), len(BARS) - 1)] for m in means)
