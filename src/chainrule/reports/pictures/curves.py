"""Learning curves: losses in one panel, scores in another."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report import Curve
from ..words import number, shown
from .svg import FIRST, SECOND, THIRD, plain, write_numbers

COLOURS = (FIRST, SECOND, THIRD)
MARKS = ("-", (0, (5, 2)), (0, (1, 1.5)))
# More points than this lie closer than a picture can tell apart.
MOST_POINTS = 400
# More lines than this in one panel are a tangle; the table has them all.
MOST_CURVES = 6
LONGEST_NAME = 28


def draw(curves: Sequence[Curve]) -> Figure:
    """Draw each curve over the epochs."""
    losses = [curve for curve in curves if curve.is_loss]
    others = [curve for curve in curves if not curve.is_loss]
    panels = [panel for panel in (losses, others) if panel]
    figure = Figure(figsize=(4.3 * len(panels), 3.1), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        _panel(axes, panel, lowest_is_best=panel is losses)
    return figure


def _panel(axes: Axes, curves: Sequence[Curve], *, lowest_is_best: bool) -> None:
    for i, curve in enumerate(curves[:MOST_CURVES]):
        values = np.array(curve.values)
        finite = np.flatnonzero(np.isfinite(values))
        epochs = finite[np.unique(np.linspace(0, len(finite) - 1, MOST_POINTS).astype(int))]
        colour = COLOURS[i % len(COLOURS)]
        style = MARKS[i // len(COLOURS) % len(MARKS)]
        axes.plot(
            epochs + 1,
            values[epochs],
            color=colour,
            linestyle=style,
            label=shown(curve.name, LONGEST_NAME),
        )
        best = finite[(values[finite] if lowest_is_best else -values[finite]).argmin()]
        axes.plot([best + 1], [values[best]], "o", color=colour, markersize=5)
    axes.set_xlabel("epoch (dot: best)")
    axes.tick_params(length=0)
    axes.locator_params(axis="x", integer=True)
    write_numbers(axes.yaxis)
    legend = axes.legend(loc="best", fontsize=9)
    plain(legend.get_texts())


def drawable(curves: Sequence[Curve]) -> list[Curve]:
    """Leave out the curves without a finite value."""
    return [curve for curve in curves if np.isfinite(curve.values).any()]


def describe(curves: Sequence[Curve]) -> str:
    """Say in words what the picture shows."""
    parts = [
        f"{c.name} from {number(c.values[0])} to {number(c.values[-1])} in {len(c.values)} epochs"
        for c in curves
    ]
    return f"Curves over the epochs: {'; '.join(parts)}."
