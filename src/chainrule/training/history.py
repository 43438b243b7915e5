"""The course of a fit, as scikit-learn's stopping rule sees it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .evidence import Evidence


@dataclass
class History:
    """Curves, bests and counters; they go on where a fit goes on (warm start, partial fit)."""

    early_stopping: bool
    """Whether the validation score is judged and the best parameters are kept."""
    last_of_equals: bool = False
    """Whether of equally good epochs the last is the best, not the first."""
    epochs: int = 0
    samples_seen: int = 0
    loss: float = np.inf
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] | None = None
    validation_scores: list[float] | None = None
    best_loss: float | None = np.inf
    best_validation_score: float | None = None
    no_improvement_count: int = 0
    best_parameters: NDArray[Any] | None = None
    best_epoch: int = 0
    """That of `best_parameters`, counted from 1."""
    stopped_by: str = ""
    """A sentence: why the fit ended."""
    broken_off: bool = False
    """Whether a callback or Ctrl-C ended it, and so other runs of the same fit too."""
    evidence: list[Evidence] = field(default_factory=list)
    """Bayesian regularisation: its state after each iteration."""

    def add_loss(self, loss: float) -> None:
        """Append an epoch's training loss."""
        self.loss = loss
        self.loss_curve.append(loss)

    def add_validation(self, loss: float | None, score: float) -> None:
        """Append an epoch's loss, where it is known, and score on the validation rows."""
        if loss is not None:
            self.validation_loss_curve = self.validation_loss_curve or []
            self.validation_loss_curve.append(loss)
        self.validation_scores = self.validation_scores or []
        self.validation_scores.append(score)

    def judge(self, tol: float, parameters: NDArray[Any]) -> None:
        """Count the epochs without an improvement of more than `tol`; keep the best parameters.

        With early stopping the validation score is judged, otherwise the training loss.
        """
        if self.early_stopping:
            self._judge_score((self.validation_scores or [np.nan])[-1], tol, parameters)
        else:
            best = np.inf if self.best_loss is None else self.best_loss
            improved = self.loss <= best - tol
            self.no_improvement_count = 0 if improved else self.no_improvement_count + 1
            self.best_loss = self.loss if self.loss < best else best

    def _judge_score(self, score: float, tol: float, parameters: NDArray[Any]) -> None:
        best = -np.inf if self.best_validation_score is None else self.best_validation_score
        self.no_improvement_count = self.no_improvement_count + 1 if score < best + tol else 0
        if score > best or (self.last_of_equals and score == best):
            self.best_validation_score = score
            self.best_parameters = parameters.copy()
            self.best_epoch = self.epochs
