"""What happens after each iteration of a full-batch solver: record, report, decide to stop."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.training.evidence import Evidence
from chainrule.training.history import History
from chainrule.training.report import EpochReport, OnEpoch
from chainrule.training.stopping import Moment, Stopping, StoppingRule
from chainrule.training.validation import Validation

from .problem import End, Problem, StopSolverError, Vector


class Progress:
    """Keeps the history and the best parameters; ends the solver where a rule or callback says so.

    Parameters
    ----------
    to_loss : callable
        From the value that the solver minimises, and where, to the loss as it is reported.
    """

    def __init__(
        self,
        problem: Problem,
        history: History,
        to_loss: Callable[[float, Vector], float],
        *,
        verbose: bool,
        validation: Validation | None,
        on_epoch: OnEpoch | None,
        stopping: Sequence[StoppingRule],
    ) -> None:
        self._problem, self._history, self._to_loss = problem, history, to_loss
        self._verbose, self._validation, self._on_epoch = verbose, validation, on_epoch
        self._stopping = Stopping(stopping)
        self.keeps_best = history.early_stopping and len(stopping) > 0
        self._best = min(history.loss_curve, default=np.inf)
        self._start = time.perf_counter()
        self._before = problem.start.copy()
        self.last = problem.start.copy()

    def __call__(self, x: Vector, value: float, evidence: Evidence | None = None) -> None:
        """Record an iteration that ended at x with this value."""
        history = self._history
        np.copyto(self._before, self.last)
        np.copyto(self.last, x)
        history.epochs += 1
        history.add_loss(self._to_loss(value, self.last))
        self._best = history.best_loss = min(self._best, history.loss)
        history.evidence += [evidence] if evidence is not None else []
        if self._verbose:
            print(f"Iteration {history.epochs}, loss = {history.loss:.8f}")
        self._problem.move_to(self.last)
        self._validate()
        asked = self._on_epoch is not None and bool(self._on_epoch(self._report()))
        history.broken_off = asked
        reason = "A callback asked for it." if asked else self._stopping.reason(self._moment())
        if reason is not None:
            raise StopSolverError(End(reason))

    @property
    def best(self) -> Vector:
        """The parameters to keep: the last ones, or with early stopping those of the best score."""
        chosen = self._history.best_parameters if self.keeps_best else None
        return self.last if chosen is None else chosen

    def _validate(self) -> None:
        if self._validation is not None:
            self._history.add_validation(*self._validation.measure())
            if self.keeps_best:
                self._history.judge(0.0, self.last)

    def _report(self) -> EpochReport:
        history = self._history
        losses, scores = history.validation_loss_curve, history.validation_scores
        validated = self._validation is not None
        return EpochReport(
            epoch=history.epochs,
            max_epochs=self._problem.limits.max_iter,
            loss=history.loss,
            validation_loss=losses[-1] if validated and losses else None,
            validation_score=scores[-1] if validated and scores else None,
            seconds=time.perf_counter() - self._start,
            rows=self._problem.rows.count,
        )

    def _moment(self) -> Moment:
        def slope() -> Any:
            return self._problem.reported(self.last)[1]

        seconds = time.perf_counter() - self._start
        return Moment(self._history, self._before, self.last, seconds, slope)
