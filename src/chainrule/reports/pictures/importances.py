"""Importances as bars."""

import numpy as np
from matplotlib.figure import Figure

from ..report import Importances
from ..words import shown
from .svg import FIRST, MUTED, plain, write_numbers

MOST_BARS = 15
LONGEST_NAME = 28


def draw(found: Importances) -> Figure:
    """Draw a bar for each column, the most important on top, with the shuffles' deviation."""
    items = [item for item in found.items if np.isfinite(item.mean)][:MOST_BARS]
    figure = Figure(figsize=(5.0, 0.7 + 0.25 * max(len(items), 2)), layout="constrained")
    axes = figure.subplots()
    place = np.arange(len(items))
    axes.barh(place, [item.mean for item in items], height=0.62, color=FIRST)
    axes.errorbar(
        [item.mean for item in items],
        place,
        xerr=[item.deviation for item in items],
        fmt="none",
        ecolor=MUTED,
        elinewidth=1.2,
        capsize=2.5,
    )
    axes.set_yticks(place, [shown(item.column, LONGEST_NAME) for item in items])
    plain(axes.get_yticklabels())
    axes.tick_params(length=0)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.locator_params(axis="x", nbins=6)
    write_numbers(axes.xaxis)
    axes.set_xlabel(f"{found.score} worse by")
    return figure


def describe(found: Importances) -> str:
    """Say in words what the picture shows."""
    first = ", ".join(item.column for item in found.items[:3])
    return f"Bars of how much worse the {found.score} gets without each column. Longest: {first}."
