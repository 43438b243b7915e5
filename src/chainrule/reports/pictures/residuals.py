"""Predicted against true values, and the spread of the errors."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report import Residuals
from ..words import number
from .svg import FIRST, INK, MUTED, SECOND, write_numbers

BINS = 40
# A few huge errors would squeeze all the others into one bar.
SHOWN = (0.01, 0.99)
# Beyond this, differences and squares of what is drawn overflow.
LARGEST = 1e150


def draw(found: Residuals) -> Figure:
    """Draw both panels side by side."""
    figure = Figure(figsize=(8.6, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
    true, predicted = np.array(found.points).T
    _scatter(left, true, predicted, found)
    _histogram(right, predicted - true)
    for axes in (left, right):
        axes.tick_params(length=0)
        axes.locator_params(axis="x", nbins=5)
        write_numbers(axes.xaxis, axes.yaxis)
    return figure


def _scatter(axes: Axes, true: np.ndarray, predicted: np.ndarray, found: Residuals) -> None:
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    axes.scatter(predicted, true, s=9, color=FIRST, alpha=0.35, linewidths=0)
    tenths = [(group.predicted, group.true) for group in found.groups]
    axes.plot(*zip(*tenths, strict=True), "o-", color=SECOND, markersize=4, linewidth=1.4)
    axes.set(title="Predicted and true", xlabel="predicted (line: means of tenths)", ylabel="true")


def _histogram(axes: Axes, errors: np.ndarray) -> None:
    low, high = np.quantile(errors, SHOWN)
    kept = errors[(errors >= low) & (errors <= high)]
    axes.hist(kept, bins=BINS, color=FIRST, alpha=0.75)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set(title="Errors", xlabel="predicted - true", ylabel="rows")


def drawable(found: Residuals) -> bool:
    """Tell whether matplotlib can place the points."""
    return bool(np.abs(found.points).max() < LARGEST)


def describe(found: Residuals) -> str:
    """Say in words what the picture shows."""
    errors = dict(found.quantiles)
    return (
        "Left, true against predicted values, which would lie on the diagonal if all were right. "
        f"Right, a histogram of the errors: half of them lie between {number(errors[0.25])} and "
        f"{number(errors[0.75])}."
    )
