"""Calibration: whether what is called 80 % likely comes to pass in 80 % of the cases."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve

from .inputs import Answers
from .intervals import of_share
from .report import Calibration, CalibrationBin
from .words import shown

MOST_BINS = 10
# Fewer rows than this a bin, on average, and there are fewer bins.
ROWS_PER_BIN = 10


def calibration(answers: Answers) -> Calibration | None:
    """Compare probabilities with outcomes in bins of equal width; None without probabilities.

    Of two classes it is the second's probability; of more, that of the class named, and the
    event is that it is the right one. The error (expected calibration error) is the mean
    difference between a bin's mean probability and the event's share in it, weighted by rows.
    """
    if answers.probability is None:
        return None
    likely, happened, event = _event(answers)
    count = int(np.clip(len(likely) // ROWS_PER_BIN, 2, MOST_BINS))
    # Rounding can leave a sum of probabilities a little above 1.
    likely = likely.clip(0, 1)
    observed, predicted = calibration_curve(happened, likely, n_bins=count)
    rows = _rows_in_bins(likely, count)
    bins = [
        CalibrationBin(int(n), float(p), float(o), *_share(o, n))
        for n, p, o in zip(rows, predicted, observed, strict=True)
    ]
    error = float(np.sum(rows * np.abs(observed - predicted)) / len(likely))
    return Calibration(event, error, tuple(bins))


def _event(answers: Answers) -> tuple[NDArray[Any], NDArray[Any], str]:
    assert answers.probability is not None
    if answers.known == 2:
        event = f"the class is {shown(answers.labels[1])}"
        return answers.probability[:, 1], (answers.true == 1).astype(int), event
    top = answers.probability.argmax(axis=1)
    likely = answers.probability[np.arange(len(top)), top]
    return likely, (top == answers.true).astype(int), "the class named is right"


def _rows_in_bins(likely: NDArray[Any], count: int) -> NDArray[Any]:
    # As calibration_curve bins them: an edge belongs to the bin below it.
    place = np.searchsorted(np.linspace(0, 1, count + 1)[1:-1], likely)
    rows = np.bincount(place, minlength=count)
    return rows[rows > 0]


def _share(observed: float, rows: int) -> tuple[float, float]:
    interval = of_share(round(observed * rows), int(rows))
    assert interval is not None
    return interval
