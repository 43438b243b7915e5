"""What judges the epochs of each network: a metric, on the rows that the network does not see."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError
from chainrule.training.warn import warn_user

from .ensemble import Part
from .measures import Measured, accuracy
from .members import Measure


@dataclass(frozen=True)
class Judging:
    """The metric, and what it is told of the rows.

    `metric` is the user's, None where the metric is the package's own. `classes` are the labels,
    None for regression.
    """

    measured: Measured
    metric: Any
    targets: NDArray[Any]
    weight: NDArray[Any] | None
    classes: NDArray[Any] | None

    def of_parts(self, parts: Sequence[Part]) -> list[Measure | None]:
        """What judges each network; None for those without rows to judge them."""
        careful = _careful(self.measured, self.metric)
        found: list[Measure | None] = []
        absent: list[NDArray[Any]] = []
        for _, held in parts:
            measured = careful
            lacking = self._lacking(careful, held)
            if lacking is not None:
                measured = _careful(accuracy, None)
                absent.append(lacking)
            found.append(self._on(measured, held) if len(held) else None)
        if absent:
            labels = np.unique(np.concatenate(absent)).tolist()
            warn_user(
                f"eval_metric must have rows of every class to judge by, got none of {labels} "
                f"among the validation rows of {len(absent)} of {len(parts)} networks, whose "
                "epochs are chosen by accuracy. Add rows of these classes, or take another metric.",
                UserWarning,
            )
        return found

    def _on(self, measured: Measured, held: NDArray[np.int64]) -> Measure:
        targets = self.targets[held]
        weight = None if self.weight is None else self.weight[held]
        if weight is not None and not weight.any():
            weight = None
        return lambda outputs: measured(outputs, targets, weight)

    def _lacking(self, measured: Measured, held: NDArray[np.int64]) -> NDArray[Any] | None:
        """The classes without which the user's metric cannot score these rows."""
        if self.metric is None or self.classes is None or not len(held):
            return None
        lacking = np.setdiff1d(np.arange(len(self.classes)), self.targets[held])
        if not len(lacking) or _scores(measured, self.targets[held], len(self.classes)):
            return None
        return self.classes[lacking] if _scores(measured, self.targets, len(self.classes)) else None


def _scores(measured: Measured, codes: NDArray[Any], classes: int) -> bool:
    """Whether the metric gives a number for fair predictions of these rows."""
    fair = 0.5 * np.eye(classes)[codes] + 0.5 / classes
    with warnings.catch_warnings():
        # Some metrics only warn, and give a number that says nothing.
        warnings.simplefilter("error")
        try:
            return bool(np.isfinite(measured(fair, codes, None)))
        except (DataError, Warning):
            return False


def _careful(measured: Measured, metric: Any) -> Callable[..., float]:
    """The measure: NaN for outputs that are not finite, DataError where it cannot score."""

    def carefully(
        outputs: NDArray[Any], targets: NDArray[Any], weight: NDArray[Any] | None
    ) -> float:
        if not np.isfinite(outputs).all():
            return float("nan")
        try:
            return measured(outputs, targets, weight)
        except (ValueError, TypeError, AttributeError) as error:
            reason = str(error).partition("\n")[0]
            raise DataError(
                f"eval_metric must be able to score this target, got {metric!r} ({reason}). "
                "Choose another, such as 'neg_log_loss' for classes or 'r2' for numbers."
            ) from error

    return carefully
