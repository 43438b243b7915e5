"""All pictures of a report."""

from collections.abc import Callable, Iterator

import numpy as np
from matplotlib.figure import Figure

from ..report import Report
from . import calibration, confusion, curves, importances, residuals
from .svg import picture

Draw = Callable[[], Figure]


def pictures(report: Report) -> dict[str, str]:
    """Return by name the SVG of each picture that the report has the data for."""
    return {name: picture(draw, name, alt) for name, draw, alt in _drawings(report)}


def _drawings(report: Report) -> Iterator[tuple[str, Draw, str]]:
    """Give for each picture its name, how to draw it, and what it shows in words."""
    if (matrix := report.confusion) is not None and matrix.counts is not None:
        yield "confusion", lambda: confusion.draw(matrix), confusion.describe(matrix)
    if (errors := report.residuals) is not None and residuals.drawable(errors):
        yield "residuals", lambda: residuals.draw(errors), residuals.describe(errors)
    if (curve := report.calibration) is not None:
        yield "calibration", lambda: calibration.draw(curve), calibration.describe(curve)
    measured = report.importances
    if any(np.isfinite(item.mean) for item in measured.items):
        yield "importances", lambda: importances.draw(measured), importances.describe(measured)
    if learned := curves.drawable(report.curves):
        yield "curves", lambda: curves.draw(learned), curves.describe(learned)
