"""Any table in, numbers out."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted

from chainrule.exceptions import DataError

from .base import BaseTable
from .networks.calibration import Held, mean_of
from .networks.measures import (
    Measured,
    by_scorer,
    negative_rmse,
    scorer_of,
)
from .power import power_of, yeo_johnson, yeo_johnson_back
from .recipes import REGRESSION


class TableRegressor(RegressorMixin, BaseTable):
    """Learn a number for each of a table's rows: data frame in, numbers out.

    Parameters
    ----------
    preset, column_kinds, eval_metric, time_limit, n_ensemble, cv, embeddings, random_state, verbose
        As in `TableClassifier`; the metric is the root mean squared error unless said otherwise.
    target_transform : {None, "power"}, default=None
        "power" trains on the target after a power transform (scikit-learn's Yeo-Johnson), which
        suits skewed targets when relative errors matter.
    hidden_layer_sizes, activation, learning_rate_init, dropout, weight_decay, batch_size, epochs, \
validation_fraction : default=None
        In place of the recipe's.

    Attributes
    ----------
    encoder_, parameters_, oof_prediction_, loss_curves_, validation_curves_, best_epochs_, \
ended_by_, rows_without_target_, n_features_in_, feature_names_in_
        As in `TableClassifier`.
    target_mean_, target_scale_ : float
        What the target was standardised with.
    target_average_ : float
        Its mean as it was given.
    target_count_ : int
        How many there were.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TableRegressor(preset="fast", random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.3
    True
    """

    task_ = REGRESSION

    def __init__(
        self,
        preset: str = "default",
        *,
        column_kinds: dict[str, str] | None = None,
        eval_metric: Any = None,
        time_limit: float | None = None,
        target_transform: str | None = None,
        n_ensemble: int | None = None,
        cv: int | None = None,
        hidden_layer_sizes: Any = None,
        activation: str | None = None,
        learning_rate_init: float | None = None,
        dropout: float | None = None,
        weight_decay: float | None = None,
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
        self.target_transform = target_transform
        self.n_ensemble = n_ensemble
        self.cv = cv
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.embeddings = embeddings
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    def _learn_target(self, y: NDArray[Any]) -> NDArray[Any]:
        self.n_outputs_ = 1
        y = y.astype(np.float64)
        self.target_power_ = None
        if self.target_transform is not None:
            self.target_power_ = power_of(y)
        moved = self._moved(y)
        with np.errstate(over="ignore", invalid="ignore"):
            self.target_mean_, self.target_scale_ = float(moved.mean()), float(moved.std())
        if not (np.isfinite(self.target_scale_) and self.target_scale_ > 0):
            raise DataError(
                "y must vary within the range of numbers, got a deviation of "
                f"{self.target_scale_}. Add rows, or rescale it."
            )
        self.target_range_ = (float(y.min()), float(y.max()))
        self.target_count_, self.target_average_ = len(y), float(y.mean())
        return self._as_known(y)

    def _moved(self, y: NDArray[Any]) -> NDArray[Any]:
        return y if self.target_power_ is None else yeo_johnson(y, self.target_power_)

    def _as_known(self, y: NDArray[Any]) -> NDArray[Any]:
        standard = (self._moved(y.astype(np.float64)) - self.target_mean_) / self.target_scale_
        return standard.astype(np.float32).reshape(-1, 1)

    def _class_weights(self, y: NDArray[Any]) -> NDArray[np.float64] | None:
        return None

    def _measured(self) -> Measured:
        inner: Measured = negative_rmse
        if self.eval_metric is not None:
            inner = by_scorer(scorer_of(self.eval_metric), None)
        in_units = self._to_units()

        def measured(outputs: NDArray[Any], y: NDArray[Any], weight: NDArray[Any] | None) -> float:
            return inner(in_units(outputs), in_units(y), weight)

        return measured

    def _smoothing_allowed(self) -> bool:
        return False

    def _to_units(self) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
        """From standardised numbers to the user's; where clamped, within the range of training."""
        mean, scale, power = self.target_mean_, self.target_scale_, self.target_power_
        limits, clamp = self.target_range_, self.fitted_recipe().clamp

        def in_units(outputs: NDArray[Any]) -> NDArray[np.float64]:
            values = outputs[:, 0].astype(np.float64) * scale + mean
            if power is not None:
                values = yeo_johnson_back(values, power, limits)
            return values.clip(*limits) if clamp else values

        return in_units

    def _finish(self, held: Sequence[Held], y: NDArray[Any], weight: NDArray[Any] | None) -> None:
        if self.cv is not None:
            self.oof_prediction_ = self._to_units()(mean_of(held, len(y)))

    def _check_state(self) -> None:
        super()._check_state()
        if not hasattr(self, "parameters_"):
            return
        numbers = (
            *(self.target_mean_, self.target_scale_, self.target_average_),
            *self.target_range_,
        )
        if self.n_outputs_ != 1 or not np.isfinite(numbers).all():
            raise ValueError("the target's mean, scale or range is not finite")

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The number of each row."""
        check_is_fitted(self, "parameters_")
        return self._to_units()(self._outputs(X))

    def _read(self, outputs: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any] | None]:
        return self._to_units()(outputs), None

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R squared on rows whose number is known; `y` may be the name of a column of `X`."""
        X, y, weight, _ = self._rows(X, y, sample_weight, learn=False)
        return float(r2_score(y, self.predict(X), sample_weight=weight))
