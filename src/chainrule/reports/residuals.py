"""Errors of a regression, and predicted against true values."""

import numpy as np
from numpy.typing import NDArray

from .report import Group, NumberRange, Residuals

Numbers = NDArray[np.float64]

SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
GROUPS = 10
# As many points as a picture shows without becoming a blot, or a large file.
MOST_POINTS = 1000


def residuals(true: Numbers, prediction: Numbers, seed: int) -> Residuals | None:
    """Describe the errors (predicted - true); None when no prediction is finite."""
    finite = np.isfinite(prediction)
    true, prediction = true[finite], prediction[finite]
    if not len(true):
        return None
    with np.errstate(over="ignore"):
        errors = prediction - true
    at = np.quantile(errors, SHARES) if np.isfinite(errors).all() else np.full(len(SHARES), np.nan)
    pairs = tuple(zip(SHARES, at.tolist(), strict=True))
    return Residuals(
        mean(errors), pairs, _groups(true, prediction), _points(true, prediction, seed)
    )


def _groups(true: Numbers, prediction: Numbers) -> tuple[Group, ...]:
    """Split the rows at the deciles of the prediction; equal predictions stay together."""
    edges = np.unique(np.quantile(prediction, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    place = np.searchsorted(edges, prediction)
    return tuple(
        Group(int(there.sum()), mean(prediction[there]), mean(true[there]))
        for there in (place == k for k in range(len(edges) + 1))
        if there.any()
    )


def _points(true: Numbers, prediction: Numbers, seed: int) -> tuple[tuple[float, float], ...]:
    rows = np.arange(len(true))
    if len(rows) > MOST_POINTS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_POINTS, replace=False))
    return tuple(zip(true[rows].tolist(), prediction[rows].tolist(), strict=True))


def number_range(part: str, values: Numbers) -> NumberRange:
    """Describe the target's values in one part of the rows."""
    quartiles = [float(q) for q in np.quantile(values, [0, 0.25, 0.5, 0.75, 1])]
    least, quarter, median, three_quarters, most = quartiles
    return NumberRange(
        part, len(values), least, quarter, median, three_quarters, most, mean(values)
    )


def mean(values: Numbers) -> float:
    """Return the mean, of huge numbers too, whose sum would overflow."""
    unit = float(np.abs(values).max()) or 1.0
    return float(np.mean(values / unit) * unit)
