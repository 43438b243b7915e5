"""Models to compare with: one that looks at no column, and a linear one."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge

from chainrule.tables.encoding.encoder import TableEncoder
from chainrule.tables.encoding.kinds import KINDS
from chainrule.tables.reading.frames import Frame
from chainrule.tables.recipes import CLASSIFICATION, REGRESSION

from .inputs import Answers

LINEAR = {CLASSIFICATION: "logistic regression", REGRESSION: "ridge regression"}
# As many training rows, and as many values in them, as take seconds rather than minutes.
MOST_ROWS = 20_000
MOST_VALUES = 5_000_000
MOST_LEVELS = 50
MOST_STEPS = 300


class Trivial:
    """Always the shares of the classes (as codes) among the training rows, or their mean."""

    def __init__(self, target: NDArray[Any], task: str) -> None:
        dummy = DummyClassifier(strategy="prior") if task == CLASSIFICATION else DummyRegressor()
        self.fitted = dummy.fit(np.zeros((len(target), 1)), target)

    def rows_at_once(self) -> int:
        """How many rows are answered in one go."""
        return MOST_ROWS

    def matrix(self, features: Frame) -> NDArray[Any]:
        """Give rows without columns."""
        return np.zeros((len(features), 1))


class Linear:
    """Logistic or ridge regression on the columns as `TableEncoder` encodes them.

    Numbers are standardised, a missing one is the mean and marked; each level has a feature.
    `kinds` says what columns are, as the model took them; what it does not say is found. Of very
    many rows a random part is used. Whatever cannot be fitted so raises whatever is wrong with it.
    """

    def __init__(
        self,
        features: Frame,
        target: NDArray[Any],
        task: str,
        seed: int,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        random = np.random.default_rng(seed)
        rows = _some(random, np.arange(len(target)), MOST_ROWS)
        known = {name: kind for name, kind in (kinds or {}).items() if kind in KINDS}
        self._encoder = TableEncoder(
            {name: kind for name, kind in known.items() if name in features.columns},
            numeric="standard",
            binary="one-hot",
            max_levels=MOST_LEVELS,
            dtype="float64",
        ).fit(features[rows])
        rows = _some(random, rows, self.rows_at_once())
        last = LogisticRegression(max_iter=MOST_STEPS) if task == CLASSIFICATION else Ridge()
        with warnings.catch_warnings():
            # Of convergence: the scores tell what came of it.
            warnings.simplefilter("ignore")
            self.fitted = last.fit(self.matrix(features[rows]), target[rows])
        self.rows = len(rows)

    def rows_at_once(self) -> int:
        """How many rows are encoded in one go, so that they fit in memory."""
        width = len(self._encoder.get_feature_names_out())
        return min(MOST_ROWS, max(MOST_VALUES // width, 1))

    def matrix(self, features: Frame) -> NDArray[Any]:
        """Return the rows as numbers."""
        matrix: NDArray[Any] = self._encoder.transform(features)
        return matrix


def _some(random: np.random.Generator, rows: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    if len(rows) <= most:
        return rows
    return np.sort(random.choice(rows, most, replace=False))


Reference = Trivial | Linear


def answer_classes(model: Reference, features: Frame, own: Answers) -> Answers:
    """Ask for the rows that `own` are the answers to; `model` was fitted on codes."""
    guess, given = _in_parts(model, features, "predict"), None
    if own.probability is not None:
        there = [int(code) for code in model.fitted.classes_ if code < own.known]
        given = np.zeros((len(guess), own.known))
        given[:, there] = _in_parts(model, features, "predict_proba")[:, : len(there)]
    return Answers(own.labels, own.known, own.true, guess, given)


def answer_numbers(model: Reference, features: Frame) -> NDArray[np.float64]:
    """Ask for a number for each row."""
    return np.asarray(_in_parts(model, features, "predict"), dtype=np.float64)


def _in_parts(model: Reference, features: Frame, method: str) -> NDArray[Any]:
    """Ask for some rows at a time: as an array of numbers, all of them could be too large."""
    most = model.rows_at_once()
    starts = range(0, len(features), most)
    parts = [features[np.arange(s, min(s + most, len(features)))] for s in starts]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.concatenate([getattr(model.fitted, method)(model.matrix(part)) for part in parts])
