"""A model of a whole table: columns encoded, network trained, rows held out to score it."""

import os
import warnings
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exceptions import DataError, TrainingInterruptedWarning
from chainrule.files.storable import Storable

from . import scores, target
from .encoder import TableEncoder
from .frames import Frame, as_frame, find_column
from .settings import check_settings, check_size
from .split import Rows, hold_out

# Below this many rows a held-out fifth is one row, whose score says nothing.
FEWEST_TO_HOLD_OUT = 10
# Below this many training rows validation rows would be too few to tell epochs apart, and
# training stops when its own loss does.
FEWEST_TO_VALIDATE = 200
# The optimizer's memory, which only `partial_fit` would need: without it the model file is a third
# of the size.
_ONLY_FOR_TRAINING_ON = ("_optimizer_state",)
SMALLEST_BATCH, LARGEST_BATCH = 32, 256


class TableModel(Storable, BaseEstimator):
    """Learn a column of a table from the others.

    `fit` takes a data frame or a file's path. It leaves out rows without a target, holds out
    `test_fraction` of the rest, and trains on what remains; a part of that, the validation rows,
    decides when to stop (where there are at least 200), and the weights of the best epoch are
    kept. The held-out rows are used for nothing but the score, and the model has not seen them.

    Parameters
    ----------
    target : str
        The column to learn.
    task : {"auto", "classification", "regression"}, default="auto"
        "auto" decides by the column: see `target.infer_task`.
    hidden : sequence of int, default=(64, 64)
        Units of each hidden layer.
    activation : str, default="relu"
        Of the hidden layers; any registered name.
    learning_rate : float, default=0.001
        Of the Adam optimizer.
    batch_size : int or "auto", default="auto"
        Rows a step; "auto" is about a fiftieth of the training rows, from 32 to 256.
    alpha : float, default=0.0001
        Strength of the L2 penalty.
    epochs : int, default=200
        At most so many passes over the training rows.
    patience : int, default=20
        Passes without progress after which training stops.
    validation_fraction : float, default=0.15
        Of the training rows; 0 for none.
    test_fraction : float, default=0.2
        Of all rows; 0 for none, and then there is no score.
    seed : int, default=0
        The same seed gives the same model.

    Attributes
    ----------
    task_ : str
    encoder_ : TableEncoder
    network_ : MLPClassifier or MLPRegressor
    target_mean_, target_scale_ : float
        What regression targets were standardised with (0 and 1 for classification).
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
        hidden: Any = (64, 64),
        activation: str = "relu",
        learning_rate: float = 0.001,
        batch_size: Any = "auto",
        alpha: float = 0.0001,
        epochs: int = 200,
        patience: int = 20,
        validation_fraction: float = 0.15,
        test_fraction: float = 0.2,
        seed: int = 0,
    ) -> None:
        self.target = target
        self.task = task
        self.hidden = hidden
        self.activation = activation
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.alpha = alpha
        self.epochs = epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.test_fraction = test_fraction
        self.seed = seed

    def fit(self, data: Any, on_epoch: Callable[[Any], Any] | None = None) -> Self:
        """Learn from a data frame or the path of a file.

        `on_epoch` is called after each epoch with its report. Ctrl-C ends training early and
        keeps the best weights; before the first epoch has ended it raises `KeyboardInterrupt`.
        """
        check_settings(self.get_params())
        frame = as_frame(data)
        column = find_column(frame, self.target, "target")
        self.task_ = target.infer_task(column) if self.task == "auto" else self.task
        known = target.read_target(column, self.task_)
        self.report_: dict[str, Any] = {
            "rows": len(frame),
            "rows_without_target": len(frame) - len(known.rows),
        }
        features = frame.drop(self.target)
        if not features.columns:
            raise DataError(
                f"data must have columns besides the target {self.target!r}, got none: "
                "no input columns are left. Add columns, or ignore fewer."
            )
        if len(known.rows) < len(frame):
            features = features[known.rows]
        train, validation, held_out = self._split(known.values)
        self.encoder_ = TableEncoder().fit(features[train])
        self._learn_target(known.values[train])
        self._train(features, known.values, train, validation, on_epoch)
        self._score(features[held_out] if len(held_out) else None, known.values[held_out])
        return self

    def _split(self, values: NDArray[Any]) -> tuple[Rows, Rows, Rows]:
        random = np.random.default_rng(self.seed)
        stratified = self.task_ == target.CLASSIFICATION
        fraction = self.test_fraction if len(values) >= FEWEST_TO_HOLD_OUT else 0.0
        train, held_out = hold_out(values, fraction, random, stratified=stratified)
        fraction = self.validation_fraction if len(train) >= FEWEST_TO_VALIDATE else 0.0
        kept, validation = hold_out(values[train], fraction, random, stratified=stratified)
        self.report_ |= {
            "rows_training": len(kept),
            "rows_validation": len(validation),
            "rows_held_out": len(held_out),
        }
        return train[kept], train[validation], held_out

    def _learn_target(self, values: NDArray[Any]) -> None:
        self.target_mean_, self.target_scale_ = 0.0, 1.0
        if self.task_ == target.CLASSIFICATION:
            counts = np.unique(values, return_counts=True)[1]
            self.trivial_ = (counts / len(values)).tolist()
            return
        self.target_mean_, self.target_scale_ = float(values.mean()), float(values.std())
        if not (np.isfinite(self.target_scale_) and self.target_scale_ > 0):
            raise DataError(
                f"target {self.target!r} must vary within the range of numbers in the training "
                f"rows, got a deviation of {self.target_scale_}. Add rows, or rescale it."
            )
        self.trivial_ = [self.target_mean_]

    def _train(
        self,
        features: Frame,
        values: NDArray[Any],
        train: Rows,
        validation: Rows,
        on_epoch: Callable[[Any], Any] | None,
    ) -> None:
        self.network_ = self._make_network(len(train), early_stopping=len(validation) > 0)
        extra = {}
        if len(validation):
            extra["X_val"] = self.encoder_.encode(features[validation]).matrix
            extra["y_val"] = self._as_outputs(values[validation])
        matrix = self.encoder_.encode(features[train]).matrix
        outputs = 1 if self.task_ == target.REGRESSION else len(self.trivial_)
        check_size(matrix.shape[1], self.hidden, outputs)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.network_._fit(matrix, self._as_outputs(values[train]), on_epoch=on_epoch, **extra)
        for name in _ONLY_FOR_TRAINING_ON:
            vars(self.network_).pop(name, None)
        self._note_end([warning.category for warning in caught])
        for warning in caught:
            if not issubclass(warning.category, ConvergenceWarning):
                warnings.warn(warning.message, stacklevel=3)

    def _make_network(self, rows: int, *, early_stopping: bool) -> Any:
        classes = {target.CLASSIFICATION: MLPClassifier, target.REGRESSION: MLPRegressor}
        return classes[self.task_](
            hidden_layer_sizes=tuple(self.hidden),
            activation=self.activation,
            alpha=self.alpha,
            batch_size=self._batch_rows(rows),
            learning_rate_init=self.learning_rate,
            max_iter=self.epochs,
            random_state=self.seed,
            early_stopping=early_stopping,
            n_iter_no_change=self.patience,
        )

    def _batch_rows(self, rows: int) -> int:
        if self.batch_size != "auto":
            return min(int(self.batch_size), rows)
        fiftieth = 2 ** round(np.log2(max(rows / 50, 1)))
        return int(min(max(fiftieth, SMALLEST_BATCH), LARGEST_BATCH, rows))

    def _as_outputs(self, values: NDArray[Any]) -> NDArray[Any]:
        if self.task_ == target.CLASSIFICATION:
            return values
        standard: NDArray[Any] = (values - self.target_mean_) / self.target_scale_
        return standard.astype(np.float32)

    def _note_end(self, categories: list[type[Warning]]) -> None:
        epochs = self.network_.n_iter_
        end = "no more progress"
        if any(issubclass(category, ConvergenceWarning) for category in categories):
            end = "all epochs done"
        if any(issubclass(category, TrainingInterruptedWarning) for category in categories):
            end = "interrupted"
            if not epochs:
                raise KeyboardInterrupt
        curve = self.network_.validation_scores_
        best = int(np.argmax(curve)) + 1 if curve else epochs
        self.report_ |= {"epochs": epochs, "best_epoch": best, "end": end}

    def _score(self, held_out: Frame | None, values: NDArray[Any]) -> None:
        self.report_ |= {"held_out": None, "trivial": None}
        if held_out is not None:
            self.report_["held_out"], self.report_["trivial"] = self._scores(held_out, values)

    def _scores(self, features: Frame, values: NDArray[Any]) -> tuple[scores.Scores, scores.Scores]:
        matrix = self.encoder_.encode(features).matrix
        if self.task_ == target.REGRESSION:
            prediction = self._to_units(self.network_.predict(matrix))
            return (
                scores.regression_scores(values, prediction),
                scores.trivial_regression(values, self.trivial_[0]),
            )
        probability = self.network_.predict_proba(matrix)
        return (
            scores.classification_scores(values, self.classes_, probability),
            scores.trivial_classification(values, self.classes_, self.trivial_),
        )

    def _to_units(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        prediction: NDArray[np.float64] = outputs.astype(np.float64)
        return prediction * self.target_scale_ + self.target_mean_

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, in the order of `predict_proba`'s columns."""
        check_is_fitted(self)
        if self.task_ != target.CLASSIFICATION:
            raise AttributeError("a regression model has no classes_")
        classes: NDArray[Any] = self.network_.classes_
        return classes

    def read(self, data: str | os.PathLike[str], *, with_target: bool = False) -> Frame:
        """Read a file as this model's columns want it: digits that are labels stay text."""
        check_is_fitted(self)
        as_text = self.encoder_.text_columns()
        text_labels = self.task_ == target.CLASSIFICATION and self.classes_.dtype.kind in "UOb"
        return as_frame(data, [*as_text, self.target] if with_target and text_labels else as_text)

    def predict(self, data: Any) -> NDArray[Any]:
        """Return the label, in its own type, or the number of each row."""
        matrix = self.encode(data)
        if self.task_ == target.REGRESSION:
            return self._to_units(self.network_.predict(matrix))
        labels: NDArray[Any] = self.network_.predict(matrix)
        return labels

    def predict_proba(self, data: Any) -> NDArray[Any]:
        """Return the probability of each class of `classes_`, of shape (rows, classes)."""
        matrix = self.encode(data)
        if self.task_ == target.REGRESSION:
            raise DataError(
                "task must be classification for probabilities, got regression. Use predict."
            )
        probability: NDArray[Any] = self.network_.predict_proba(matrix)
        return probability

    def encode(self, data: Any) -> NDArray[Any]:
        """Return the network's input, of shape (rows, features)."""
        check_is_fitted(self)
        frame = self.read(data) if isinstance(data, str | os.PathLike) else as_frame(data)
        return self.encoder_.encode(frame).matrix

    def evaluate(self, data: Any) -> dict[str, Any]:
        """Score the predictions for rows whose target is known.

        Returns a dict of the row counts, the `scores`, and those of the `trivial` model.
        """
        check_is_fitted(self)
        path = isinstance(data, str | os.PathLike)
        frame = self.read(data, with_target=True) if path else as_frame(data)
        column = find_column(frame, self.target, "target")
        known = (
            target.read_labels(column, self.classes_)
            if self.task_ == target.CLASSIFICATION
            else target.read_numbers(column)
        )
        if not len(known.rows):
            raise DataError(
                f"target {self.target!r} must be known for some rows, got only missing values. "
                "Use predict for rows without a target."
            )
        own, trivial = self._scores(frame[known.rows], known.values)
        counts = {"rows": len(frame), "rows_without_target": len(frame) - len(known.rows)}
        return {**counts, "scores": own, "trivial": trivial}

    def _check_state(self) -> None:
        if not hasattr(self, "network_"):
            return
        check_settings(self.get_params())
        if not isinstance(self.encoder_, TableEncoder):
            raise ValueError("the encoder is no TableEncoder")
        if not isinstance(self.network_, MLPClassifier | MLPRegressor):
            raise ValueError("the network is no MLP")
        if self.network_.n_features_in_ != len(self.encoder_.get_feature_names_out()):
            raise ValueError("the encoder and the network do not fit together")
        outputs = 1 if self.task_ == target.REGRESSION else len(self.classes_)
        if len(self.trivial_) != outputs or self.network_.n_outputs_ not in (outputs, outputs - 1):
            raise ValueError("the classes and the network do not fit together")
        if not (np.isfinite(self.target_mean_) and np.isfinite(self.target_scale_)):
            raise ValueError("the target's mean or scale is not finite")
