"""The loop of epochs around the compiled steps: every stochastic fit is this one."""

from collections.abc import Callable
from enum import Enum, auto
from math import isfinite
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import Descent
from chainrule.exceptions import DivergenceError
from chainrule.formulas import SCHEDULES

from .descending import Descending
from .history import History
from .horizon import Horizon
from .orders import Order
from .report import EpochReport, OnEpoch
from .stopping import LossTolerance, Moment, Stopping, ValidationPatience


class Ending(Enum):
    """What ended a run of epochs; `History.stopped_by` says it in a sentence."""

    STOPPED = auto()
    """By a rule or a callback, or one epoch was wanted."""
    ALL_DONE = auto()
    """As many epochs as were planned, or as the time allowed."""
    INTERRUPTED = auto()
    """By Ctrl-C."""
    DIVERGED = auto()
    """The loss was not finite; there are best weights to fall back on."""


class Judge(Protocol):
    """What says after each epoch how well the network does on rows that are not trained on."""

    def measure(self) -> tuple[float | None, float]:
        """The loss, where there is one, and the score, larger being better; NaN is never best."""


class Epochs:
    """The epochs of one fit.

    Changes the network's parameters, `plan.learning_rate` and `history`. Where the history keeps
    the best epoch (`early_stopping`), its parameters are the network's at the end.
    """

    def __init__(
        self,
        descent: Descent,
        plan: Descending,
        history: History,
        order: Order,
        validation: Judge | None = None,
        on_epoch: OnEpoch | None = None,
        gradient: Callable[[], NDArray[Any]] | None = None,
    ) -> None:
        self._descent = descent
        self._plan = plan
        self._history = history
        self._order = order
        self._validation = validation
        self._on_epoch = on_epoch
        self._gradient = gradient
        self._courses = plan.courses.begun()
        self._stopping = Stopping(plan.rules)
        self._parameters = descent.network.parameters
        # The weights before the epoch at hand, to fall back on.
        self._before = self._parameters.copy()
        self._mixing = np.random.default_rng(descent.seed)
        self._horizon = Horizon(plan.max_epochs, plan.until)

    def run(self, *, one_epoch: bool = False) -> Ending:
        """Run epochs until a rule, a callback, Ctrl-C or their number ends them.

        Raises
        ------
        DivergenceError
            When a loss is not finite and no epoch is the best; the parameters are those before.
        """
        history = self._history
        history.epochs, history.stopped_by = 0, ""
        try:
            ending = self._run(one_epoch=one_epoch)
        except KeyboardInterrupt:
            history.stopped_by = f"Ctrl-C in epoch {history.epochs + 1}."
            history.broken_off = True
            ending = Ending.INTERRUPTED
        self._settle()
        return ending

    def _run(self, *, one_epoch: bool) -> Ending:
        history = self._history
        while history.epochs < self._horizon.epochs:
            ending = self._run_one()
            if ending is not None or one_epoch:
                return ending or Ending.STOPPED
        history.stopped_by = self._horizon.reason
        return Ending.ALL_DONE

    def _run_one(self) -> Ending | None:
        """One epoch; says what makes it the last one, if it is."""
        plan, history = self._plan, self._history
        np.copyto(self._before, self._parameters)
        loss = self._descent.epoch(plan, self._order(), self._course())
        diverged = not isfinite(loss)
        if diverged and history.best_parameters is None:
            self._raise_diverged(str(loss), history.epochs + 1)
        self._record(loss)
        asked = self._on_epoch is not None and bool(self._on_epoch(self._report()))
        history.broken_off = asked
        if self._courses.epoch_ends(history):
            history.no_improvement_count = 0
        reason = _after_epoch(plan, history) or self._stopping.reason(self._moment())
        if diverged:
            history.stopped_by = f"The loss became {history.loss} in epoch {history.epochs}."
            return Ending.DIVERGED
        if asked or reason:
            history.stopped_by = "A callback asked for it." if asked else str(reason)
            return Ending.STOPPED
        self._horizon.epoch_ends(history.epochs)
        return None

    def _moment(self) -> Moment:
        seconds = self._horizon.seconds
        return Moment(self._history, self._before, self._parameters, seconds, self._gradient)

    def _course(self) -> NDArray[np.float64] | None:
        """The factors of the epoch's steps."""
        steps, plan = self._descent.steps, self._plan
        first, total = self._history.epochs * steps, self._horizon.epochs * steps
        return self._courses.factors(first, steps, total, plan.mixup, self._mixing)

    def _record(self, loss: float) -> None:
        """Add the epoch to the history, and judge it."""
        plan, history = self._plan, self._history
        history.epochs += 1
        history.samples_seen += self._descent.rows.count
        history.add_loss(loss)
        if plan.verbose:
            print(f"Iteration {history.epochs}, loss = {loss:.8f}")
        if self._validation is not None:
            validation_loss, score = self._validation.measure()
            history.add_validation(validation_loss, score)
            if plan.verbose:
                print(f"Validation score: {score:f}")
        history.judge(plan.tol, self._parameters)

    def _report(self) -> EpochReport:
        history = self._history
        validation_loss, score = history.validation_loss_curve, history.validation_scores
        return EpochReport(
            epoch=history.epochs,
            max_epochs=self._horizon.epochs,
            loss=history.loss,
            validation_loss=validation_loss[-1] if validation_loss else None,
            validation_score=score[-1] if score else None,
            seconds=self._horizon.seconds,
            rows=self._descent.rows.count,
        )

    def _settle(self) -> None:
        """Take the best weights where they are kept; refuse weights that are not finite."""
        history = self._history
        if history.early_stopping and history.best_parameters is not None:
            np.copyto(self._parameters, history.best_parameters)
        if not np.isfinite(self._parameters).all():
            self._raise_diverged("weights that are not finite", history.epochs)

    def _raise_diverged(self, what: str, epoch: int) -> NoReturn:
        np.copyto(self._parameters, self._before)
        raise DivergenceError(
            f"loss must stay finite, got {what} in epoch {epoch}. Solver produced non-finite "
            "parameter weights. The input data may contain large values and need to be "
            "preprocessed: standardise X (and y), or lower learning_rate_init. The weights before "
            "that epoch are kept."
        )


def _after_epoch(plan: Descending, history: History) -> str | None:
    """Move the learning rate; the reason to stop where no progress was made for too long."""
    schedule = SCHEDULES[plan.schedule]
    plan.learning_rate = schedule.after_epoch(
        plan.learning_rate, plan.learning_rate_init, history.samples_seen, plan.power_t
    )
    if history.no_improvement_count <= plan.n_iter_no_change:
        return None
    rule = ValidationPatience if history.early_stopping else LossTolerance
    message = rule(patience=plan.n_iter_no_change, tol=plan.tol).reason()
    slower = schedule.after_plateau(plan.learning_rate)
    if slower is None:
        if plan.verbose:
            print(f"{message} Stopping.")
        return message
    plan.learning_rate = slower
    history.no_improvement_count = 0
    if plan.verbose:
        print(f"{message} Setting learning rate to {slower:f}")
    return None
