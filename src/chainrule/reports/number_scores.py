"""Scores of a regression."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables.scores import mae, r2, rmse

from . import intervals
from .intervals import Interval

Numbers = NDArray[np.float64]

R2, RMSE, MAE, MEDIAN = "R squared", "RMSE", "mean absolute error", "median absolute error"
METHODS = (
    f"95 % intervals: by resampling the rows {intervals.RESAMPLES:,} times (bootstrap, "
    "percentiles)."
)


def median_error(true: Numbers, prediction: Numbers, axis: int = -1) -> Any:
    """Median absolute error: half of the rows are less wrong."""
    return np.median(np.abs(true - prediction), axis=axis)


STATISTICS = {R2: r2, RMSE: rmse, MAE: mae, MEDIAN: median_error}


def values(true: Numbers, prediction: Numbers) -> dict[str, float]:
    """Return the scores that are defined: R squared needs targets that differ."""
    unit = _unit(true, prediction)
    defined = [name for name in STATISTICS if name != R2 or true.min() < true.max()]
    return {
        name: _in_units(name, true / unit, prediction / unit) * _of(name, unit) for name in defined
    }


def interval(name: str, true: Numbers, prediction: Numbers, seed: int) -> Interval:
    """Return the confidence interval of one of the scores of `values`."""
    if not np.isfinite(prediction).all():
        return None
    unit = _unit(true, prediction)
    found = intervals.of_statistic(STATISTICS[name], (true / unit, prediction / unit), seed)
    return found and (found[0] * _of(name, unit), found[1] * _of(name, unit))


def _in_units(name: str, true: Numbers, prediction: Numbers) -> float:
    return float(STATISTICS[name](true, prediction))


def _unit(true: Numbers, prediction: Numbers) -> float:
    """Return what to divide by so that squares of huge or tiny numbers stay numbers."""
    sizes = np.abs(np.concatenate([true, prediction[np.isfinite(prediction)]]))
    return float(sizes.max(initial=0.0)) or 1.0


def _of(name: str, unit: float) -> float:
    return 1.0 if name == R2 else unit
