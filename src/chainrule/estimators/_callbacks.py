"""scikit-learn's callback protocol (version 1.9 and later), and nothing where it is not there."""

from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # before scikit-learn 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """No callbacks."""

    def with_callbacks(method: Any) -> Any:
        """Leave the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "EpochCallbacks", "with_callbacks"]


class EpochCallbacks:
    """Calls an estimator's callbacks: one task a fit, with one sub-task an epoch."""

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any, max_epochs: int) -> None:
        self._estimator = estimator
        self._data = {"X": X, "y": y}
        if sample_weight is not None:
            self._data["metadata"] = {"sample_weight": sample_weight}
        self._fit = estimator._init_callback_context(max_subtasks=max_epochs)
        self._fit.call_on_fit_task_begin(estimator=estimator, **self._data)
        self._epoch = self._begin_epoch() if max_epochs else None
        self._left = max_epochs

    @staticmethod
    def wanted(estimator: Any) -> bool:
        """Whether somebody listens."""
        named = getattr(estimator, "_skl_callbacks", None)
        return bool(named) or hasattr(estimator, "_parent_callback_ctx")

    def _begin_epoch(self) -> Any:
        epoch = self._fit.subcontext(task_name="epoch")
        epoch.call_on_fit_task_begin(estimator=self._estimator, **self._data)
        return epoch

    def epoch_ends(self, attributes: dict[str, Any]) -> bool:
        """Tell of an epoch; True where a callback asks to stop."""
        assert self._epoch is not None
        stop = self._epoch.call_on_fit_task_end(
            estimator=self._estimator, reconstruction_attributes=attributes, **self._data
        )
        self._left -= 1
        self._epoch = None if stop or not self._left else self._begin_epoch()
        return bool(stop)

    def fit_ends(self) -> None:
        """Close the fit's task, and an epoch's that began but had no reason to run."""
        if self._epoch is not None:
            self._epoch.call_on_fit_task_end(estimator=self._estimator)
        self._fit.call_on_fit_task_end(
            estimator=self._estimator, reconstruction_attributes={}, **self._data
        )
