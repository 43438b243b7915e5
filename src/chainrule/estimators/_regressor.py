"""The regressor."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if

from chainrule.exceptions import DataError
from chainrule.formulas import LOSSES, Loss, LossSettings, RowLoss, check_target

from ._base import BaseMLP
from ._callbacks import with_callbacks
from ._checks import check_table_and_target
from ._constraints import one_of
from ._missing import refuse_unknown_targets, unknown_of
from ._problem import Problem, link_of, row_of

# Losses of numbers: neither of classes nor of the signs of a margin.
NUMBER_LOSSES = tuple(name for name, row in LOSSES.items() if row.target not in ("class", "sign"))


class MLPRegressor(RegressorMixin, BaseMLP):
    """Multilayer perceptron that predicts numbers.

    A drop-in for `sklearn.neural_network.MLPRegressor`: the same parameters, attributes and
    methods, and for the same `random_state` the same weights, to rounding (which a long "lbfgs"
    amplifies). Parameters of ours come after scikit-learn's; at their defaults they change nothing.
    Without hidden layers it is a linear model: ridge, Poisson, gamma, quantile or Huber regression.

    Parameters
    ----------
    loss : str, settings or Loss, default="squared_error"
        Half the squared error, or "poisson", half the Poisson deviance; "mean_squared_error"
        (without the half), "squared_log_error", "absolute_error", "huber" or `Huber(delta)` (Huber
        1964), "quantile" or `Quantile(level)` (Koenker and Bassett 1978), several at once
        "quantiles" or `Quantiles(levels)`, "gamma", "gaussian_likelihood" (mean and variance, Nix
        and Weigend 1994), "binary_log_loss" for shares in [0, 1]; or your own, made by
        `chainrule.formulas.custom_loss`. Formulas and domains: `chainrule.formulas.losses`.
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, learning_rate_init, \
power_t, max_iter, shuffle, random_state, tol, verbose, warm_start, momentum, nesterovs_momentum, \
early_stopping, validation_fraction, beta_1, beta_2, epsilon, n_iter_no_change, max_fun
        As of `MLPClassifier`. With early stopping the score is R squared.
    output_activation : str or None, default=None
        From the last sums to the prediction: "identity", "exp", "softplus", "logistic", "softmax".
        None takes the loss's own; of the others the loss says which fit.
    initializer, bias_initializer, pretrain, l1, l2, prior_scale, weight_prior, weight_decay, \
max_norm, dropout, input_dropout, noise, mixup, batch_norm, layer_norm, clip_norm, clip_value, \
schedule, momentum_schedule, dropout_schedule, weight_decay_schedule, n_init, stopping, \
diagnostics
        As of `MLPClassifier`. `prior_scale` belongs to errors of deviation 1.

    Attributes
    ----------
    coefs_, intercepts_, extra_parameters_, weight_mixture_, loss_, best_loss_, loss_curve_, \
validation_loss_curve_, validation_scores_, best_validation_score_, stopped_by_, \
gradient_norms_, n_iter_, t_, n_features_in_, n_layers_, n_outputs_, feature_names_in_
        As of `MLPClassifier`.
    out_activation_ : str
        "identity", "exp", ...
    evidence_ : dict of str to ndarray
        Of "lm" with Bayesian regularisation: "alpha", "beta" and "effective_parameters" after each
        iteration (MacKay 1992).

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
        **BaseMLP._parameter_constraints,
        "loss": [one_of(NUMBER_LOSSES), Loss, RowLoss, LossSettings],
    }

    loss: Any
    output_activation: str | None

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: Any = 0.001,
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
        output_activation: str | None = None,
        initializer: str = "scikit-learn",
        bias_initializer: str | None = None,
        pretrain: Any = None,
        l1: float = 0.0,
        l2: float = 0.0,
        prior_scale: float | None = None,
        weight_prior: Any = None,
        weight_decay: float | None = None,
        max_norm: float | None = None,
        dropout: Any = 0.0,
        input_dropout: float = 0.0,
        noise: Any = 0.0,
        mixup: float = 0.0,
        batch_norm: bool = False,
        layer_norm: bool = False,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        schedule: Any = None,
        momentum_schedule: Any = None,
        dropout_schedule: Any = None,
        weight_decay_schedule: Any = None,
        n_init: int = 1,
        stopping: Any = None,
        diagnostics: bool = False,
    ) -> None:
        self._assign(locals())

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
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Of several targets NaN is one that is not known, and neither costs nor teaches anything.
            A loss that joins targets ("quantiles", "gaussian_likelihood") leaves out rows with NaN.
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

    def predict(self, X: Any, *, return_std: bool = False) -> Any:
        """The predicted targets.

        X of shape (n_samples, n_features) gives (n_samples,) or (n_samples, n_targets);
        "quantiles" has one more axis, a number for each level. `return_std=True` gives the
        deviations that "gaussian_likelihood" predicts as well.
        """
        outputs = self._forward(X)
        row = row_of(self.loss)
        gaussian = row.name == "gaussian_likelihood"
        if return_std and not gaussian:
            raise ValueError(
                f"return_std must be False for loss={row.name!r}, got True. Fit with "
                "loss='gaussian_likelihood' to predict deviations."
            )
        if gaussian:
            mean, log_variance = np.split(outputs, 2, axis=1)
            deviation = np.exp(0.5 * log_variance)
            return (_flat(mean), _flat(deviation)) if return_std else _flat(mean)
        if isinstance(row, RowLoss):
            return _flat(outputs.reshape(len(outputs), -1, row.outputs(1)))
        return _flat(outputs)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """R squared; unknown targets are left out.

        Of several quantiles the middle one is scored.
        """
        points = self._points(self._forward(X))
        unknown = unknown_of(y)
        if unknown is None:
            return float(r2_score(y, _flat(points), sample_weight=sample_weight))
        if unknown.shape != points.shape:
            raise ValueError(
                f"y must be of the shape {points.shape}, got {unknown.shape}. Give a number for "
                "each row of X and each target."
            )
        known = np.where(unknown, np.nan, np.asarray(y)).astype(np.float64)
        return masked_r2(known, points, sample_weight)

    # What BaseMLP asks for.

    def _points(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """One number for each target, of shape (rows, targets)."""
        row = row_of(self.loss)
        if row.name == "gaussian_likelihood":
            return np.split(outputs, 2, axis=1)[0]
        if isinstance(row, RowLoss):
            levels = row.outputs(1)
            return outputs[:, levels // 2 :: levels]
        return outputs

    def _check_data(
        self, X: Any, y: Any, *, incremental: bool, reset: bool, suffix: str = ""
    ) -> tuple[Any, Any]:
        unknown = unknown_of(y)
        if unknown is not None:
            if not suffix:
                refuse_unknown_targets(unknown, y, "y")
            y = np.where(unknown, 0.0, np.asarray(y)).astype(np.float64)
        X, y = check_table_and_target(self, X, y, reset=reset, numeric=True, suffix=suffix)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if unknown is not None:
            y = np.where(unknown, np.nan, y)
        try:
            check_target(row_of(self.loss), y)
        except DataError as error:
            raise DataError(f"y{suffix}{str(error)[1:]}") from None
        return X, y

    def _encode(self, y: Any, dtype: Any) -> NDArray[Any]:
        return np.ascontiguousarray(y, dtype=dtype).reshape(len(y), -1)

    def _problem(self, y: NDArray[Any]) -> Problem:
        row = row_of(self.loss)
        targets = y.shape[1]
        outputs = row.outputs(targets) if isinstance(row, RowLoss) else targets
        return Problem(row, link_of(row, self.output_activation), outputs, (outputs,))

    def _stratifies(self, y: NDArray[Any]) -> bool:
        return False

    def _score(self, prediction: NDArray[Any], rows: Any) -> float:
        y, weight = rows.y, rows.weight
        if rows.subset is not None:
            y = y[rows.subset]
            weight = None if weight is None else weight[rows.subset]
        return masked_r2(y, self._points(prediction), weight)


def _flat(values: NDArray[Any]) -> NDArray[Any]:
    """Without the axis of targets where there is one target."""
    return values[:, 0] if values.shape[1] == 1 else values


def masked_r2(y: NDArray[Any], points: NDArray[Any], weight: Any) -> float:
    """R squared, the mean over targets of that of the rows where each is known."""
    unknown = np.isnan(y)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging fit says so itself
        if not unknown.any():
            return float(r2_score(y, points, sample_weight=weight))
        scores = []
        for target, known in enumerate(~unknown.T):
            if known.any():
                own = None if weight is None else weight[known]
                pair = y[known, target], points[known, target]
                scores.append(r2_score(*pair, sample_weight=own))
        return float(np.mean(scores))
