"""A model of a whole table: one column learned from the others, and scored on rows held out."""

import os
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from chainrule.exceptions import DataError
from chainrule.files.storable import Storable

from . import scores, target
from .classifier import TableClassifier
from .encoding.encoder import TableEncoder
from .fitted import Answers
from .model_settings import ESTIMATORS, check_model_settings, estimator_of
from .networks.ensemble import OnProgress
from .reading.frames import Frame, as_frame, find_column
from .recipes import CLASSIFICATION, REGRESSION
from .regressor import TableRegressor
from .split import Rows, hold_out

# Below this many rows a held-out fifth is one row, whose score says nothing.
FEWEST_TO_HOLD_OUT = 10


@dataclass(frozen=True)
class Parts:
    """Rows with their targets: those trained on, and those held out with their numbers from 1."""

    train: tuple[Frame, NDArray[Any]]
    held_out: tuple[Frame, NDArray[Any]]
    row_numbers: list[int]


@dataclass(frozen=True)
class KnownRows:
    """Rows whose target is known, with their numbers from 1, and how many have none."""

    features: Frame
    target: NDArray[Any]
    row_numbers: list[int]
    missing: int


class TableModel(Storable, BaseEstimator):
    """Learn a column of a table from the others.

    `fit` takes a data frame or a file's path. It leaves out rows without a target, holds out
    `test_fraction` of the rest, and trains a `TableClassifier` or `TableRegressor` on what remains.
    The held-out rows are used for nothing but the score, and the model has not seen them.

    Parameters
    ----------
    target : str
        The column to learn.
    task : {"auto", "classification", "regression"}, default="auto"
        "auto" decides by the column: see `target.infer_task`.
    test_fraction : float, default=0.2
        Of all rows; 0 for none, and then there is no score.
    seed : int, default=0
        The same seed gives the same model.
    settings : dict, default=None
        Further parameters of `TableClassifier` or `TableRegressor`, such as `preset`.

    Attributes
    ----------
    task_ : str
    model_ : TableClassifier or TableRegressor
    trivial_ : list of float
        The shares of the classes, or the mean, of the rows trained on.
    report_ : dict
        Counts of rows, how training ended, the held-out scores and the trivial model's.

    """

    def __init__(
        self,
        target: str = "target",
        *,
        task: str = "auto",
        test_fraction: float = 0.2,
        seed: int = 0,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.target = target
        self.task = task
        self.test_fraction = test_fraction
        self.seed = seed
        self.settings = settings

    def fit(self, data: Any, on_progress: OnProgress | None = None) -> Self:
        """Learn from a data frame or the path of a file.

        `on_progress` is called after each epoch of each network with a `Progress`. Ctrl-C ends
        training early and keeps the best weights; before the first epoch has ended it raises
        `KeyboardInterrupt`.
        """
        check_model_settings(self)
        frame = as_frame(data)
        self.decide_task(frame)
        features, known = self._features_and_target(frame)
        train, held_out = self._split(known.values)
        self.report_: dict[str, Any] = {
            "rows": len(frame),
            "rows_without_target": len(frame) - len(known.rows),
            "rows_training": len(train),
            "rows_held_out": len(held_out),
        }
        self._learn_trivial(known.values[train])
        self._train(features[train], known.values[train], on_progress)
        self._score(features[held_out] if len(held_out) else None, known.values[held_out])
        return self

    def decide_task(self, frame: Frame) -> None:
        """Set `task_`, which "auto" leaves to the target's column."""
        column = find_column(frame, self.target, "target")
        self.task_ = target.infer_task(column) if self.task == "auto" else self.task

    def _features_and_target(self, frame: Frame) -> tuple[Frame, target.Target]:
        known = target.read_target(frame[self.target], self.task_)
        features = frame.drop(self.target)
        if not features.columns:
            raise DataError(
                f"data must have columns besides the target {self.target!r}, got none: "
                "no input columns are left. Add columns, or ignore fewer."
            )
        return features if len(known.rows) == len(frame) else features[known.rows], known

    def _split(self, values: NDArray[Any]) -> tuple[Rows, Rows]:
        random = np.random.default_rng(self.seed)
        fraction = self.test_fraction if len(values) >= FEWEST_TO_HOLD_OUT else 0.0
        return hold_out(values, fraction, random, stratified=self.task_ == CLASSIFICATION)

    def _learn_trivial(self, values: NDArray[Any]) -> None:
        if self.task_ == CLASSIFICATION:
            counts = np.unique(values, return_counts=True)[1]
            self.trivial_ = (counts / len(values)).tolist()
        else:
            with np.errstate(over="ignore"):
                self.trivial_ = [float(values.mean())]

    def _train(self, features: Frame, values: NDArray[Any], on_progress: Any) -> None:
        self.model_: TableClassifier | TableRegressor = estimator_of(
            self.task_, self.settings or {}, self.seed
        )
        self.model_.fit(features, values, on_progress=on_progress)
        self.report_ |= {
            "networks": len(self.model_.best_epochs_),
            "epochs": [len(curve) for curve in self.model_.loss_curves_],
            "best_epochs": list(self.model_.best_epochs_),
            "end": self.model_.ended_by_,
        }

    def _score(self, held_out: Frame | None, values: NDArray[Any]) -> None:
        self.report_ |= {"held_out": None, "trivial": None}
        if held_out is not None:
            self.report_["held_out"], self.report_["trivial"] = self._scores(held_out, values)

    def _scores(self, features: Frame, values: NDArray[Any]) -> tuple[scores.Scores, scores.Scores]:
        answers = self.model_.answers(features)
        if answers.probability is None:
            return (
                scores.regression_scores(values, answers.values),
                scores.trivial_regression(values, self.trivial_[0]),
            )
        return (
            scores.classification_scores(values, self.classes_, answers.probability),
            scores.trivial_classification(values, self.classes_, self.trivial_),
        )

    @property
    def encoder_(self) -> TableEncoder:
        """What each column was taken for."""
        check_is_fitted(self, "model_")
        encoder: TableEncoder = self.model_.encoder_
        return encoder

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, in the order of `predict_proba`'s columns."""
        check_is_fitted(self, "model_")
        if self.task_ != CLASSIFICATION:
            raise AttributeError("a regression model has no classes_")
        classes: NDArray[Any] = self.model_.classes_
        return classes

    def read(self, data: str | os.PathLike[str], *, with_target: bool = False) -> Frame:
        """Read a file as this model's columns want it: digits that are labels stay text."""
        as_text = self.encoder_.text_columns()
        text_labels = self.task_ == CLASSIFICATION and self.classes_.dtype.kind in "UOb"
        return as_frame(data, [*as_text, self.target] if with_target and text_labels else as_text)

    def predict(self, data: Any) -> NDArray[Any]:
        """Return the label, in its own type, or the number of each row."""
        frame = self._frame(data)
        answers: NDArray[Any] = self.model_.predict(frame)
        return answers

    def predict_proba(self, data: Any) -> NDArray[Any]:
        """Return the probability of each class of `classes_`, of shape (rows, classes)."""
        frame = self._frame(data)
        if self.task_ == REGRESSION:
            raise DataError(
                "task must be classification for probabilities, got regression. Use predict."
            )
        probability: NDArray[Any] = self.model_.predict_proba(frame)
        return probability

    def predict_log_proba(self, data: Any) -> NDArray[Any]:
        """Return the natural logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            log_probability: NDArray[Any] = np.log(self.predict_proba(data))
        return log_probability

    def score(self, data: Any) -> float:
        """Accuracy, or R squared, on the rows of `data` whose target is known."""
        found: dict[str, float] = self.evaluate(data)["scores"]
        return found["accuracy"] if self.task_ == CLASSIFICATION else found.get("r2", np.nan)

    def answers(self, data: Any, first_row: int = 0) -> Answers:
        """Answer for each row, and tell which of its values could not be used.

        `first_row` rows of the table came before these; messages count from its first.
        """
        frame = self._frame(data)
        return self.model_.answers(frame, first_row)

    def _frame(self, data: Any) -> Frame:
        check_is_fitted(self, "model_")
        return self.read(data) if isinstance(data, str | os.PathLike) else as_frame(data)

    def parts(self, data: Any) -> Parts:
        """The training rows and held-out rows of the table that the model was fitted on."""
        check_is_fitted(self, "task_")
        features, known = self._features_and_target(as_frame(data))
        train, held_out = self._split(known.values)
        return Parts(
            (features[train], known.values[train]),
            (features[held_out], known.values[held_out]),
            (known.rows[held_out] + 1).tolist(),
        )

    def known_rows(self, data: Any) -> KnownRows:
        """The rows of a data frame or file whose target is known."""
        check_is_fitted(self, "model_")
        path = isinstance(data, str | os.PathLike)
        frame = self.read(data, with_target=True) if path else as_frame(data)
        column = find_column(frame, self.target, "target")
        known = (
            target.read_labels(column, self.classes_)
            if self.task_ == CLASSIFICATION
            else target.read_numbers(column)
        )
        if not len(known.rows):
            raise DataError(
                f"target {self.target!r} must be known for some rows, got only missing values. "
                "Use predict for rows without a target."
            )
        missing = len(frame) - len(known.rows)
        return KnownRows(frame[known.rows], known.values, (known.rows + 1).tolist(), missing)

    def evaluate(self, data: Any) -> dict[str, Any]:
        """Score the predictions for rows whose target is known.

        Returns a dict of the row counts, the `scores`, and those of the `trivial` model.
        """
        known = self.known_rows(data)
        own, trivial = self._scores(known.features, known.target)
        rows, missing = len(known.target), known.missing
        counts = {"rows": rows + missing, "rows_without_target": missing}
        return {**counts, "scores": own, "trivial": trivial}

    def _check_state(self) -> None:
        if not hasattr(self, "model_"):
            return
        check_model_settings(self)
        if not isinstance(self.model_, ESTIMATORS[self.task_]):
            raise ValueError("the model is no table estimator of its task")
        outputs = 1 if self.task_ == REGRESSION else len(self.classes_)
        if len(self.trivial_) != outputs or self.model_.n_outputs_ != outputs:
            raise ValueError("the classes and the model do not fit together")
