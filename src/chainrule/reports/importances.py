"""Permutation importances: how much worse a model gets when it sees a column shuffled."""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import UnknownValuesWarning
from chainrule.tables.reading.frames import Frame
from chainrule.tables.recipes import CLASSIFICATION
from chainrule.tables.scores import log_losses

from . import class_scores, number_scores
from .inputs import Part, codes, predict_numbers, probabilities
from .report import Importance, Importances

# Called with what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]

MOST_ROWS = 1000
REPEATS = 5
IMPORTANCES = "importances"


def importances(
    model: Any,
    part: Part,
    task: str,
    known: list[Any],
    *,
    seed: int,
    seconds: float,
    progress: Progress,
) -> Importances:
    """Shuffle each column of up to 1000 rows five times, and score the predictions.

    As `sklearn.inspection.permutation_importance`, of which it takes the shuffles too, but for
    every kind of data frame, and with an end: after `seconds` no other column is shuffled, and
    what has not been measured by then is left out. The rounds go over all columns, so that time
    which runs out costs repeats first.
    """
    part = _sample(part, known if task == CLASSIFICATION else None, seed)
    score = _Score(model, part, task, known)
    names = part.features.columns if len(part) else []
    found: dict[str, list[float]] = {name: [] for name in names}
    end = time.monotonic() + seconds
    total, done = REPEATS * len(names), 0
    base = score(part.features) if names else 0.0
    for name, order in ((name, order) for order in _orders(len(part), seed) for name in names):
        if time.monotonic() >= end:
            break
        found[name].append(score(shuffled(part.features, name, order)) - base)
        done += 1
        progress(IMPORTANCES, done, total)
    items = [Importance(n, float(np.mean(v)), float(np.std(v))) for n, v in found.items() if v]
    # Unknown ones last; of equal ones, the order of the columns.
    items.sort(key=lambda item: np.inf if np.isnan(item.mean) else -item.mean)
    return Importances(score.name, len(part), REPEATS, done == total, tuple(items))


def shuffled(features: Frame, name: str, order: NDArray[np.intp]) -> Any:
    """Return the frame with one column in another order."""
    return features.with_columns(features[name][order].alias(name))


def _sample(part: Part, known: list[Any] | None, seed: int) -> Part:
    """Take at most so many rows, with labels the model knows."""
    rows = np.arange(len(part))
    if known is not None:
        there = set(known)
        rows = rows[np.array([label in there for label in part.target.tolist()], dtype=bool)]
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    return part[rows]


def _orders(rows: int, seed: int) -> list[NDArray[np.intp]]:
    # As scikit-learn: the same array is shuffled on, and so is the column already shuffled.
    state = np.random.RandomState(np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1))
    step, order, orders = np.arange(rows), np.arange(rows), []
    for _ in range(REPEATS):
        state.shuffle(step)
        order = order[step]
        orders.append(order)
    return orders


class _Score:
    """The loss (lower is better) that importances are told in, of the predictions for a frame."""

    def __init__(self, model: Any, part: Part, task: str, known: list[Any]) -> None:
        self._model, self._target, self._known = model, part.target, known
        self.name = number_scores.RMSE
        if task == CLASSIFICATION:
            likely = hasattr(model, "predict_proba")
            self.name = class_scores.LOG_LOSS if likely else class_scores.ACCURACY

    def __call__(self, features: Frame) -> float:
        with warnings.catch_warnings():
            # Of all rows to score it is told already.
            warnings.simplefilter("ignore", UnknownValuesWarning)
            return self._of(features)

    def _of(self, features: Frame) -> float:
        if self.name == class_scores.ACCURACY:
            guess = np.asarray(self._model.predict(features.to_native())).tolist()
            pairs = zip(guess, self._target.tolist(), strict=True)
            return -float(np.mean([own == true for own, true in pairs]))
        if self.name == number_scores.RMSE:
            prediction = predict_numbers(self._model, Part(features, self._target))
            return number_scores.values(self._target, prediction)[self.name]
        given = probabilities(self._model, features.to_native(), len(self._known))
        if given is None:
            return np.nan
        own = given[np.arange(len(given)), codes(self._target, self._known)]
        return float(log_losses(own).mean())
