"""What both estimators do: fit, keep what was learned, predict."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from chainrule.exceptions import DataError
from chainrule.files.settings import from_plain, to_plain
from chainrule.files.storable import Storable

from ._callbacks import CallbackSupportMixin, EpochCallbacks
from ._checks import check_finite, check_table, check_weights
from ._parameters import Parameters
from ._problem import Problem
from ._solvers import is_stochastic
from .pretraining import Pretraining
from .validation_set import check_validation_set

if TYPE_CHECKING:
    from chainrule.training.trace import Trace

# The engine is imported by the first fit or prediction, not before: Numba takes half a second.


class BaseMLP(CallbackSupportMixin, Storable, Parameters):
    """A chain of dense layers trained by a stochastic optimizer or a full-batch solver.

    A subclass says what the targets are: `_check_data`, `_encode`, `_problem`, `_stratifies` and
    `_score`, and where it has any `_class_weighted` and `_smoothing`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Parameters._parameter_constraints,
        "pretrain": [None, StrOptions({"autoencoder"}), Pretraining],
    }

    solver: Any
    early_stopping: bool
    warm_start: bool
    random_state: Any
    n_init: int

    # Attributes that are made again when needed, never written to a file.
    _transient: ClassVar[frozenset[str]] = frozenset({"_ready"})

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        for name in self._transient:
            state.pop(name, None)
        return state

    # What a subclass adds.

    def _check_data(
        self, X: Any, y: Any, *, incremental: bool, reset: bool, suffix: str = ""
    ) -> tuple[Any, Any]:
        raise NotImplementedError

    def _encode(self, y: Any, dtype: Any) -> NDArray[Any]:
        """Targets as the engine reads them: a matrix, or int32 class numbers."""
        raise NotImplementedError

    def _problem(self, y: NDArray[Any]) -> Problem:
        """What stands at the end of the network, given targets as the engine reads them."""
        raise NotImplementedError

    def _stratifies(self, y: NDArray[Any]) -> bool:
        """Whether a split for early stopping keeps the shares of the classes."""
        raise NotImplementedError

    def _score(self, prediction: NDArray[Any], rows: Any) -> float:
        raise NotImplementedError

    def _class_weighted(self, y: Any, weight: Any, X: Any, *, fresh: bool) -> Any:
        """Row weights times those of the rows' classes; `fresh` takes the classes from these."""
        return weight

    _smoothing: float = 0.0
    """How far targets of training rows are moved towards each other."""

    # Fitting.

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        incremental: bool = False,
        on_epoch: Any = None,
    ) -> Self:
        from ._combinations import check_combinations
        from ._doubts import warn_of_doubts
        from ._training import Training

        units = self._hidden
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        check_combinations(self, units, incremental=incremental)
        check_validation_set(X_val, y_val, sample_weight_val)
        X, y = self._check_data(X, y, incremental=incremental, reset=first)
        weight = check_weights(sample_weight, X)
        weight = self._class_weighted(y, weight, X, fresh=True)
        random = check_random_state(self.random_state)
        if first:
            warn_of_doubts(self, units, incremental=incremental)
        training = Training(self, X, self._encode(y, X.dtype), weight, units, first=first)
        if first:
            training.initialise(random)
        if X_val is not None:
            X_val, y_val = self._check_validation(X_val, y_val)
            weight = check_weights(sample_weight_val, X_val, "sample_weight_val")
            weight = self._class_weighted(y_val, weight, X_val, fresh=False)
            training.validate_on(X_val, y_val, self._encode(y_val, X.dtype), weight)
        elif training.keeps_best:
            training.split(random, X, y)
        training.check_rows()
        training.smooth()
        starts = self.n_init if first and not incremental else 1
        callbacks = None
        if EpochCallbacks.wanted(self):
            epochs = training.most_epochs * starts
            callbacks = EpochCallbacks(self, X, y, sample_weight, epochs)
        training.run_from(starts, random, on_epoch, callbacks, one_epoch=incremental)
        if callbacks is not None:
            callbacks.fit_ends()
        return self

    def _check_validation(self, X: Any, y: Any) -> tuple[Any, Any]:
        try:
            return self._check_data(X, y, incremental=True, reset=False, suffix="_val")
        except DataError:
            raise
        except ValueError as error:
            raise ValueError(
                f"X_val and y_val must fit each other and the training data: {error}"
            ) from error

    def _check_solver(self) -> bool:
        if not is_stochastic(self.solver):
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    # The model file.

    def _to_state(self) -> dict[str, Any]:
        state = super()._to_state()
        return {**state, "params": to_plain(state["params"])}

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Self:
        return super()._from_state({**state, "params": from_plain(state["params"])})

    # Predicting.

    def _forward(self, X: Any) -> NDArray[Any]:
        """The outputs after their link, of shape (rows, outputs)."""
        ready, X = self._prepared(X)
        prediction: NDArray[Any] = ready.predict(X)
        return prediction

    def _prepared(self, X: Any) -> tuple[Any, Any]:
        """The network ready to predict, and X as it reads it."""
        ready = self.__dict__.get("_ready")
        if ready is None or not ready.holds(self):
            check_is_fitted(self)
            from ._ready import Ready

            ready = self._ready = Ready(self)
        if not (type(X) is np.ndarray and ready.fits(X)):
            X = check_table(self, X, dtype=ready.dtype)
        else:
            check_finite(X, "X")
        if X.shape[1] != ready.columns:
            raise ValueError(
                f"X must have {ready.columns} columns, as many as coefs_[0] has rows, got "
                f"{X.shape[1]}. Fit again, or put the weights back."
            )
        return ready, X

    def hidden_activations(self, X: Any) -> list[NDArray[Any]]:
        """What each hidden layer answers, of shape (n_samples, units), one array a layer.

        The templates that the first layer's units look for are the rows of `coefs_[0].T`.
        """
        ready, X = self._prepared(X)
        activations: list[NDArray[Any]] = ready.hidden(X)
        return activations

    def dead_units(self, X: Any) -> NDArray[np.float64]:
        """The share of each hidden layer's units that answer 0 to every row of X.

        A ReLU unit that is never active gets no gradient and learns nothing any more.
        """
        layers = self.hidden_activations(X)
        return np.array([float((layer == 0.0).all(axis=0).mean()) for layer in layers])

    def trace(self, X: Any, y: Any, sample_weight: Any = None) -> "Trace":
        """Every node's value f(k) and the mean loss's gradient g(k) with respect to it; print it.

        One pass forward and backward over these rows, weighed as `fit` weighs them, without
        penalties, dropout and noise. Normalisations take their running averages.
        """
        ready, _ = self._prepared(X)
        X, y = self._check_data(X, y, incremental=True, reset=False)
        weight = self._class_weighted(y, check_weights(sample_weight, X), X, fresh=False)
        coded = self._encode(y, X.dtype)
        problem = self._problem(coded)
        if problem.link == "softmax" and len(problem.groups) > 1:
            raise ValueError(
                "y must be one class a row, labels or numbers for trace, got several class "
                "columns. Build the network of chainrule.graph for them."
            )
        from ._training import rows_of

        rows = rows_of(X, coded, weight, ready.dtype.type)
        table: Trace = ready.trace(rows, problem.row)
        return table

    @available_if(lambda estimator: hasattr(estimator, "weight_mixture_"))
    def weight_responsibilities(self) -> list[NDArray[np.float64]]:
        """How probably each weight comes from each Gaussian of `weight_mixture_`.

        One array of shape (inputs, units, components) for each of `coefs_`.
        """
        from chainrule.training.weight_mixture import responsibilities

        return [responsibilities(self.weight_mixture_, coef) for coef in self.coefs_]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
