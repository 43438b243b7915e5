"""Models to compare with: one that looks at no column, and a linear one."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule.tables.reading.frames import Frame
from chainrule.tables.target import CLASSIFICATION, REGRESSION
from chainrule.tables.values.series import NUMERIC, Series, cast_numbers, kind_of, texts

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

    def matrix(self, features: Frame) -> NDArray[Any]:
        """Give rows without columns."""
        return np.zeros((len(features), 1))


class Linear:
    """Logistic or ridge regression on standardised numbers and one feature a level.

    Missing and infinite numbers become the mean, missing texts a level. Of very many rows a
    random part is used. Whatever cannot be fitted so raises whatever scikit-learn raises.
    """

    def __init__(self, features: Frame, target: NDArray[Any], task: str, seed: int) -> None:
        most = min(len(target), MOST_ROWS, max(MOST_VALUES // len(features.columns), 1))
        rows = np.sort(np.random.default_rng(seed).choice(len(target), most, replace=False))
        self._kinds = {name: kind_of(features[name]) for name in features.columns}
        last = LogisticRegression(max_iter=MOST_STEPS) if task == CLASSIFICATION else Ridge()
        model = Pipeline([("encode", self._encoder()), ("model", last)])
        with warnings.catch_warnings():
            # Of convergence, empty columns, unknown levels: the scores tell what came of it.
            warnings.simplefilter("ignore")
            self.fitted = model.fit(self.matrix(features[rows]), target[rows])

    def _encoder(self) -> ColumnTransformer:
        kinds = list(self._kinds.values())
        numeric = [i for i, kind in enumerate(kinds) if kind == NUMERIC]
        other = [i for i, kind in enumerate(kinds) if kind != NUMERIC]
        scaled = make_pipeline(SimpleImputer(), StandardScaler())
        levels = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_LEVELS)
        return ColumnTransformer([("numbers", scaled, numeric), ("levels", levels, other)])

    def matrix(self, features: Frame) -> NDArray[Any]:
        """Return the columns of training as one array of numbers and texts."""
        matrix = np.empty((len(features), len(self._kinds)), dtype=object)
        for i, (name, kind) in enumerate(self._kinds.items()):
            matrix[:, i] = _numbers(features[name]) if kind == NUMERIC else _texts(features[name])
        return matrix


def _numbers(column: Series) -> NDArray[np.float64]:
    values = cast_numbers(column)
    return np.where(np.isfinite(values), values, np.nan)


def _texts(column: Series) -> list[str]:
    return ["" if text is None else text for text in texts(column).to_list()]


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
    """Ask for some rows at a time: as an array of objects, all of them could be too large."""
    starts = range(0, len(features), MOST_ROWS)
    parts = [features[np.arange(s, min(s + MOST_ROWS, len(features)))] for s in starts]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.concatenate([getattr(model.fitted, method)(model.matrix(part)) for part in parts])
