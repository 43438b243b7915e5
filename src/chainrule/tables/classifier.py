"""Any table in, the probabilities of classes out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from chainrule.exceptions import DataError

from .base import BaseTable
from .networks.calibration import Held, ensemble_temperature, mean_of, with_temperature
from .networks.measures import (
    Measured,
    accuracy,
    balanced_accuracy,
    by_scorer,
    judges_probabilities,
    scorer_of,
)
from .recipes import CLASSIFICATION, Recipe


class TableClassifier(ClassifierMixin, BaseTable):
    """Learn the classes of a table's rows: data frame in, probabilities out.

    Parameters
    ----------
    preset : str, default="default"
        A recipe of `chainrule.tables.RECIPES`: "fast", "default", "best", or a published one:
        "realmlp-td", "realmlp-td-s", "tabm", "mlp".
    column_kinds : dict of str to str, default=None
        For columns that are something else than they look; see `TableEncoder`.
    eval_metric : str or callable, default=None
        Any scikit-learn scorer, which chooses the best epoch; None is accuracy, or balanced
        accuracy with balanced class weights. Rows weigh in it as they do in training, where the
        scorer's metric knows weights.
    time_limit : float, default=None
        Seconds that a fit may take, up to one epoch more. Networks share them, and schedules are
        fitted into them. Where the pace of the first network leaves fewer than 32 epochs for each,
        fewer networks are trained, but for those of `cv`; of that a warning tells. Time that is
        over before an epoch is done still allows for that one.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, times `sample_weight`.
    calibrate : bool, default=None
        Bring the probabilities to the right sureness by a temperature, found on validation rows;
        None leaves it to the preset.
    n_ensemble : int, default=None
        How many networks are averaged, each judged on rows of its own.
    cv : int, default=None
        Train a network for each of so many folds (times `n_ensemble`, if given) and keep the
        predictions for the rows that it has not seen in `oof_prediction_`.
    hidden_layer_sizes, activation, learning_rate_init, dropout, weight_decay, label_smoothing, \
batch_size, epochs, validation_fraction : default=None
        In place of the recipe's.
    embeddings : {"none", "pbld", "plr", "ple"}, default=None
        How numbers are embedded: not at all, by cosines as RealMLP does (PeriodicEmbedding), by
        waves, a layer of their own and ReLU (periodic_linear_relu), or by bins with quantiles as
        edges (PiecewiseLinearEmbedding); None leaves it to the preset. With it the members of
        "tabm" see the rows in one order.
    random_state : int, RandomState or None, default=None
        The same int gives the same model.
    verbose : bool, default=False
        Print each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    class_counts_ : ndarray of shape (n_classes,)
        How many rows of each there were.
    encoder_ : TableEncoder
        What each column was taken for, and how it is encoded.
    parameters_ : ndarray of shape (n_networks, n_parameters)
    temperature_ : float
        1 unless calibrated.
    oof_prediction_ : ndarray of shape (n_rows, n_classes)
        With `cv`: the probabilities for each row from networks that have not seen it, NaN where
        training ended before there was one. Their epochs were chosen on these rows, so scores of
        them are a little too good.
    loss_curves_, validation_curves_ : list of list of float
        Of each network, epoch by epoch.
    best_epochs_ : list of int
    ended_by_ : str
        "all epochs done", "stopped early", "time limit over", "interrupted" or "loss not finite".
    rows_without_target_ : int
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = TableClassifier(preset="fast", random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.9
    True
    """

    task_ = CLASSIFICATION

    def __init__(
        self,
        preset: str = "default",
        *,
        column_kinds: dict[str, str] | None = None,
        eval_metric: Any = None,
        time_limit: float | None = None,
        class_weight: Any = None,
        calibrate: bool | None = None,
        n_ensemble: int | None = None,
        cv: int | None = None,
        hidden_layer_sizes: Any = None,
        activation: str | None = None,
        learning_rate_init: float | None = None,
        dropout: float | None = None,
        weight_decay: float | None = None,
        label_smoothing: float | None = None,
        embeddings: str | None = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        validation_fraction: float | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.preset = preset
        self.column_kinds = column_kinds
        self.eval_metric = eval_metric
        self.time_limit = time_limit
        self.class_weight = class_weight
        self.calibrate = calibrate
        self.n_ensemble = n_ensemble
        self.cv = cv
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.embeddings = embeddings
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    def _learn_target(self, y: NDArray[Any]) -> NDArray[Any]:
        self.classes_, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        self.class_counts_ = counts.astype(np.int64)
        if len(self.classes_) < 2:
            raise DataError(
                f"y must have at least 2 different classes, got only {self.classes_[0]!r}. There "
                "is nothing to learn; pass another target."
            )
        self.n_outputs_ = len(self.classes_)
        return codes.astype(np.int32)

    def _as_known(self, y: NDArray[Any]) -> NDArray[Any]:
        new = np.setdiff1d(y, self.classes_)
        if len(new):
            raise DataError(
                f"y_val must be made of the classes of y, got {new.tolist()} as well. Leave these "
                "rows out, or train on such rows too."
            )
        return np.searchsorted(self.classes_, y).astype(np.int32)

    def _class_weights(self, y: NDArray[Any]) -> NDArray[np.float64] | None:
        if self.class_weight is None:
            return None
        try:
            by_row = compute_sample_weight(self.class_weight, self.classes_[y])
        except ValueError as error:
            raise DataError(
                "class_weight must be 'balanced' or a dict from classes of y to weights, got "
                f"{self.class_weight!r} ({error}). Correct it."
            ) from error
        by_class = np.zeros(len(self.classes_))
        by_class[y] = by_row
        return by_class

    def _measured(self) -> Measured:
        metric = self.eval_metric
        if metric == "balanced_accuracy" or (metric is None and self.class_weight == "balanced"):
            # scikit-learn's warns, each epoch, where classes are absent from the validation rows.
            return balanced_accuracy
        return accuracy if metric is None else by_scorer(scorer_of(metric), self.classes_)

    def _smoothing_allowed(self) -> bool:
        # For a metric of probabilities, smoothed labels would teach the wrong ones.
        metric = self.eval_metric
        return metric is None or not judges_probabilities(scorer_of(metric))

    def _calibrates(self, plan: Recipe) -> bool:
        return plan.calibrate

    def _finish(self, held: Sequence[Held], y: NDArray[Any], weight: NDArray[Any] | None) -> None:
        self.temperature_ = 1.0
        if self._calibrates(self.fitted_recipe()) and held:
            self.temperature_ = ensemble_temperature(held, y, weight)
        if self.cv is not None:
            self.oof_prediction_ = with_temperature(mean_of(held, len(y)), self.temperature_)

    def _check_state(self) -> None:
        super()._check_state()
        if not hasattr(self, "parameters_"):
            return
        sizes = {len(self.classes_), len(self.class_counts_), self.n_outputs_}
        if len(sizes) > 1 or not 0.0 < self.temperature_ < np.inf or self.class_counts_.min() < 0:
            raise ValueError("the classes and the networks do not fit together")

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probability of each class, of shape (rows, classes), in the order of `classes_`."""
        check_is_fitted(self, "parameters_")
        return with_temperature(self._outputs(X), self.temperature_)

    def predict(self, X: Any) -> NDArray[Any]:
        """The likeliest class of each row."""
        probability = self.predict_proba(X)
        label: NDArray[Any] = self.classes_[probability.argmax(axis=1)]
        return label

    def _read(self, outputs: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any] | None]:
        probability = with_temperature(outputs, self.temperature_)
        return self.classes_[probability.argmax(axis=1)], probability

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """The natural logarithm of `predict_proba`."""
        probability = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            log_probability: NDArray[Any] = np.log(probability)
        return log_probability

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Accuracy on rows whose class is known; `y` may be the name of a column of `X`."""
        X, y, weight, _ = self._rows(X, y, sample_weight, learn=False)
        predicted = self.predict(X)
        if predicted.dtype.kind == "f":
            # scikit-learn takes labels with a fraction for quantities.
            return float(np.average(predicted == y, weights=weight))
        return float(accuracy_score(y, predicted, sample_weight=weight))
