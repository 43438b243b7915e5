"""What both estimators do: fit, keep what was learned, predict."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from chainrule.exceptions import DataError
from chainrule.files.storable import Storable

from ._callbacks import CallbackSupportMixin, EpochCallbacks
from ._checks import check_finite, check_table, check_weights
from ._parameters import STOCHASTIC_SOLVERS, Parameters

# The engine is imported by the first fit or prediction, not before: Numba takes half a second.


class BaseMLP(CallbackSupportMixin, Storable, Parameters):
    """A chain of dense layers trained by a stochastic optimizer or by L-BFGS.

    A subclass says what the targets are: `_check_data`, `_encode`, `_outputs`, `_stratifies` and
    `_score`.
    """

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

    def _outputs(self, y: NDArray[Any]) -> tuple[int, str]:
        """How many outputs there are, and the loss's name on the tape."""
        raise NotImplementedError

    def _stratifies(self, y: NDArray[Any]) -> bool:
        """Whether a split for early stopping keeps the shares of the classes."""
        raise NotImplementedError

    def _score(self, prediction: NDArray[Any], rows: Any) -> float:
        raise NotImplementedError

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
        units = self._hidden
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        _check_pair(X_val, y_val, sample_weight_val)
        X, y = self._check_data(X, y, incremental=incremental, reset=first)
        weight = check_weights(sample_weight, X)
        random = check_random_state(self.random_state)

        from ._training import Training

        training = Training(self, X, self._encode(y, X.dtype), weight, units, first=first)
        if first:
            training.initialise(random)
        if X_val is not None:
            X_val, y_val = self._check_validation(X_val, y_val)
            weight = check_weights(sample_weight_val, X_val, "sample_weight_val")
            training.validate_on(X_val, self._encode(y_val, X.dtype), weight)
        elif self.early_stopping and self.solver in STOCHASTIC_SOLVERS:
            training.split(random)
        if EpochCallbacks.wanted(self):
            callbacks = EpochCallbacks(self, X, y, sample_weight, self.max_iter)
            training.run(random, on_epoch, callbacks, one_epoch=incremental)
            callbacks.fit_ends()
        else:
            training.run(random, on_epoch, None, one_epoch=incremental)
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
        if self.solver not in STOCHASTIC_SOLVERS:
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    # Predicting.

    def _forward(self, X: Any) -> NDArray[Any]:
        """The outputs after their link, of shape (rows, outputs)."""
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
        return ready.predict(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _check_pair(X_val: Any, y_val: Any, sample_weight_val: Any) -> None:
    """Refuse a part of a validation set."""
    parts = {"X_val": X_val, "y_val": y_val}
    missing = [name for name, part in parts.items() if part is None]
    if missing and (len(missing) == 1 or sample_weight_val is not None):
        raise ValueError(
            f"{missing[0]} must be given with the rest of the validation set, got None. Pass X_val "
            "and y_val, or none of the validation set."
        )
