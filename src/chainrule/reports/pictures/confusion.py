"""The confusion matrix as a heat map."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..report import Confusion
from ..words import shown
from .svg import FIRST, INK, MUTED, ON_STRONG, SECOND, plain

LONGEST_NAME = 14
# From this share on a cell is dark (on a dark page: bright), and its number the opposite.
STRONG = 0.55
# A cell is at least so visible that the eye finds the row.
FAINTEST = 0.04


def draw(found: Confusion) -> Figure:
    """Colour each cell by its share of the true class; right ones in one colour, wrong in another.

    The number in a cell is its count of rows.
    """
    counts = np.array(found.counts)
    size = len(counts)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(max(2.6, 0.75 * size), 6.4)
    figure = Figure(figsize=(side + 0.9, side), layout="constrained")
    axes = figure.subplots()
    for i, j in np.ndindex(size, size):
        strength = float(max(share[i, j], FAINTEST))
        colour = FIRST if i == j else SECOND
        axes.add_patch(
            Rectangle((j + 0.03, i + 0.03), 0.94, 0.94, color=colour, alpha=strength, linewidth=0)
        )
        ink = ON_STRONG if strength > STRONG else INK if counts[i, j] else MUTED
        text = f"{counts[i, j]:,}"
        # Fits four characters into a cell at the smallest.
        points = min(10.0, 72 * side / size / (0.75 * max(len(text), 3)))
        axes.text(j + 0.5, i + 0.5, text, ha="center", va="center", color=ink, fontsize=points)
    axes.set(xlim=(0, size), ylim=(size, 0), aspect="equal")
    names = [shown(label, LONGEST_NAME) for label in found.labels]
    turned = size > 4 and max(map(len, names)) > 4
    axes.set_xticks(np.arange(size) + 0.5, names, rotation=90 if turned else 0)
    axes.set_yticks(np.arange(size) + 0.5, names)
    plain([*axes.get_xticklabels(), *axes.get_yticklabels()])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set(xlabel="predicted class", ylabel="true class")
    return figure


def describe(found: Confusion) -> str:
    """Say in words what the picture shows."""
    if not found.pairs:
        return "Matrix of true and predicted classes. Every row is on the diagonal: all are right."
    worst = found.pairs[0]
    return (
        f"Matrix of true and predicted classes. Most confused: {worst.rows:,} rows of "
        f"{worst.true} were taken for {worst.predicted}."
    )
