"""The calibration curve, above the histogram of the probabilities."""

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ..report import Calibration
from .svg import FIRST, MUTED, plain


def draw(found: Calibration) -> Figure:
    """Draw how often the event came to pass, with intervals, against its probability."""
    figure = Figure(figsize=(4.9, 4.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    predicted = [b.predicted for b in found.bins]
    observed = [b.observed for b in found.bins]
    # The interval holds the share itself but for rounding.
    lower = [max(b.observed - b.low, 0) for b in found.bins]
    upper = [max(b.high - b.observed, 0) for b in found.bins]
    above.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    above.errorbar(
        predicted,
        observed,
        yerr=[lower, upper],
        color=FIRST,
        elinewidth=1.1,
        capsize=2.5,
        marker="o",
        markersize=5,
    )
    above.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="share that came to pass")
    above.text(0.03, 0.96, "dashed: as often as predicted", color=MUTED, fontsize=8, va="top")
    below.bar(predicted, [b.rows for b in found.bins], width=0.05, color=FIRST, alpha=0.55)
    below.set(ylabel="rows", xlabel=f"probability that {found.event}")
    below.locator_params(axis="y", nbins=3, integer=True)
    plain([below.xaxis.label])
    for axis in (above.xaxis, above.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    for axes in (above, below):
        axes.tick_params(length=0)
    return figure


def describe(found: Calibration) -> str:
    """Say in words what the picture shows."""
    return (
        f"Curve of predicted probability against how often it came to pass that {found.event}; "
        f"the expected calibration error is {found.error:.3f}."
    )
