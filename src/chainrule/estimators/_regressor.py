"""The regressor."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from chainrule.exceptions import DataError

from ._base import BaseMLP
from ._callbacks import with_callbacks
from ._checks import check_table_and_target
from ._parameters import Parameters


class MLPRegressor(RegressorMixin, BaseMLP):
    """Multilayer perceptron that predicts numbers.

    A drop-in for `sklearn.neural_network.MLPRegressor`: the same parameters, attributes and
    methods, and for the same `random_state` the same weights, to rounding (which a long "lbfgs"
    amplifies).

    Parameters
    ----------
    loss : {"squared_error", "poisson"}, default="squared_error"
        Half the squared error, or half the Poisson deviance, whose output is an exponential and
        whose targets must be counts or other non-negative numbers.
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, learning_rate_init, \
power_t, max_iter, shuffle, random_state, tol, verbose, warm_start, momentum, nesterovs_momentum, \
early_stopping, validation_fraction, beta_1, beta_2, epsilon, n_iter_no_change, max_fun
        As of `MLPClassifier`. With early stopping the score is R squared.

    Attributes
    ----------
    coefs_, intercepts_, loss_, best_loss_, loss_curve_, validation_loss_curve_, \
validation_scores_, best_validation_score_, n_iter_, t_, n_features_in_, n_layers_, n_outputs_, \
feature_names_in_
        As of `MLPClassifier`.
    out_activation_ : str
        "identity" or "exp".

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from chainrule import MLPRegressor
    >>> X, y = make_regression(200, 5, random_state=0)
    >>> y = (y - y.mean()) / y.std()
    >>> model = MLPRegressor(solver="lbfgs", max_iter=2000, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.99
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Parameters._parameter_constraints,
        "loss": [StrOptions({"squared_error", "poisson"})],
    }

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: int = 15000,
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            loss=loss,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
        )

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> "MLPRegressor":
        """Learn from rows with known targets.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        X_val, y_val, sample_weight_val : as above, default=None
            Rows to validate on after each epoch.

        Returns
        -------
        self

        Raises
        ------
        chainrule.DataError
            Data that cannot be used; the message says which row and column.
        chainrule.DivergenceError
            The loss became infinite or NaN; the weights before that epoch are kept.
        """
        return self._fit(X, y, sample_weight, X_val, y_val, sample_weight_val)

    @available_if(lambda estimator: estimator._check_solver())
    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> "MLPRegressor":
        """Go once over the rows given, from where the last call ended."""
        return self._fit(X, y, sample_weight=sample_weight, incremental=True)

    def predict(self, X: Any) -> NDArray[Any]:
        """The predicted targets.

        X of shape (n_samples, n_features) gives (n_samples,) or (n_samples, n_outputs).
        """
        prediction = self._forward(X)
        return prediction[:, 0] if prediction.shape[1] == 1 else prediction

    def _check_data(
        self, X: Any, y: Any, *, incremental: bool, reset: bool, suffix: str = ""
    ) -> tuple[Any, Any]:
        X, y = check_table_and_target(self, X, y, reset=reset, numeric=True, suffix=suffix)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if self.loss == "poisson" and (y < 0).any():
            place = tuple(np.argwhere(y < 0)[0])
            raise DataError(
                f"y{suffix} must be non-negative for loss='poisson', got {y[place]} in row "
                f"{place[0]}. Use loss='squared_error', or check the target."
            )
        return X, y

    def _encode(self, y: Any, dtype: Any) -> NDArray[Any]:
        return np.ascontiguousarray(y, dtype=dtype).reshape(len(y), -1)

    def _outputs(self, y: NDArray[Any]) -> tuple[int, str]:
        return y.shape[1], self.loss

    def _stratifies(self, y: NDArray[Any]) -> bool:
        return False

    def _score(self, prediction: NDArray[Any], rows: Any) -> float:
        y, weight = rows.y, rows.weight
        if rows.subset is not None:
            y = y[rows.subset]
            weight = None if weight is None else weight[rows.subset]
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging fit says so itself
            return float(r2_score(y, prediction, sample_weight=weight))
