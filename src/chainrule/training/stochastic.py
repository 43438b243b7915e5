"""The loop of epochs around the compiled steps: order of the rows, learning rate, stopping."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from chainrule.engine.blas import one_thread
from chainrule.engine.descent import Descent
from chainrule.exceptions import DivergenceError, TrainingInterruptedWarning
from chainrule.formulas import SCHEDULES

from .courses import Courses
from .history import History
from .report import EpochReport, OnEpoch
from .stopping import LossTolerance, Moment, Stopping, StoppingRule, ValidationPatience
from .validation import Validation
from .warn import warn_user


@dataclass
class Descending:
    """How to descend: the settings of the optimizer and of the loop.

    `learning_rate` is the current one; the schedule changes it.
    """

    learning_rate: float
    learning_rate_init: float
    max_epochs: int
    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    rho: float = 0.9
    alpha: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    clip_value: float = np.inf
    clip_norm: float = np.inf
    max_norm: float = np.inf
    mixup: float = 0.0
    schedule: str = "constant"
    power_t: float = 0.0
    courses: Courses = field(default_factory=Courses)
    tol: float = 0.0
    n_iter_no_change: float = np.inf
    rules: tuple[StoppingRule, ...] = ()
    shuffle: bool = True
    verbose: bool = False


class Shuffler(Protocol):
    """What shuffles: NumPy's RandomState has this method."""

    def shuffle(self, x: NDArray[Any]) -> None:
        """Permute in place."""


def descend(
    descent: Descent,
    plan: Descending,
    history: History,
    random: Shuffler,
    validation: Validation | None = None,
    on_epoch: OnEpoch | None = None,
    *,
    gradient: Callable[[], NDArray[Any]] | None = None,
    one_epoch: bool = False,
    all_epochs: bool = False,
) -> None:
    """Run epochs until a stopping rule or Ctrl-C ends them; `one_epoch` runs a single one.

    `all_epochs` says that the last epoch is the wanted end, not a failure to converge; `gradient`
    gives that of the penalised loss over all rows, for the rules that ask.

    Changes the network's parameters, `plan.learning_rate` and `history`. After early stopping the
    parameters are the best ones.

    Raises
    ------
    DivergenceError
        When the loss of an epoch is not finite; the parameters are those before that epoch.
    """
    order = _Order(descent, random if plan.shuffle else None)
    epochs = _Epochs(descent, plan, history, order, validation, on_epoch, gradient)
    history.epochs, history.stopped_by = 0, ""
    try:
        with one_thread():
            stopped = epochs.run(one_epoch=one_epoch)
            if not (stopped or one_epoch or all_epochs):
                _warn_not_converged(plan)
    except KeyboardInterrupt:
        history.stopped_by = f"Ctrl-C in epoch {history.epochs + 1}."
        _warn_interrupted(history)
    epochs.settle()


class _Epochs:
    """The epochs of one fit, with the weights before the one at hand to fall back on."""

    def __init__(
        self,
        descent: Descent,
        plan: Descending,
        history: History,
        order: "_Order",
        validation: Validation | None,
        on_epoch: OnEpoch | None,
        gradient: Callable[[], NDArray[Any]] | None,
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
        self._before = self._parameters.copy()
        self._start = time.perf_counter()
        self._mixing = np.random.default_rng(descent.seed)

    def run(self, *, one_epoch: bool) -> bool:
        """Run them; True where an epoch was told to be the last, False where `max_epochs` came."""
        history = self._history
        while history.epochs < self._plan.max_epochs:
            history.stopped_by = self._run_one()
            if history.stopped_by or one_epoch:
                return True
        history.stopped_by = f"All of the {self._plan.max_epochs} epochs were run."
        return False

    def _run_one(self) -> str:
        """One epoch; gives the reason why it has to be the last, if there is one."""
        plan, history = self._plan, self._history
        np.copyto(self._before, self._parameters)
        loss = self._descent.epoch(plan, self._order.next(), self._course())
        diverged = not np.isfinite(loss)
        if diverged and history.best_parameters is None:
            self._raise_diverged(str(loss), history.epochs + 1)
        self._record(loss)
        asked = _report(self._on_epoch, history, plan, self._start, self._descent.rows.count)
        if self._courses.epoch_ends(history):
            history.no_improvement_count = 0
        reason = _after_epoch(plan, history) or self._stopping.reason(self._moment()) or ""
        if diverged:
            _warn_diverged(history)
            return f"The loss became {history.loss} in epoch {history.epochs}."
        return "A callback asked for it." if asked else reason

    def _moment(self) -> Moment:
        seconds = time.perf_counter() - self._start
        return Moment(self._history, self._before, self._parameters, seconds, self._gradient)

    def _course(self) -> NDArray[np.float64] | None:
        """The factors of the epoch's steps."""
        steps, plan = self._descent.steps, self._plan
        first, total = self._history.epochs * steps, plan.max_epochs * steps
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
            _validate(history, self._validation, plan)
        history.judge(plan.tol, self._parameters)

    def settle(self) -> None:
        """After early stopping take the best weights; refuse weights that are not finite."""
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


class _Order:
    """The order of the rows, epoch by epoch: scikit-learn's own, each a shuffle of the one before.

    scikit-learn shuffles 0, 1, 2, ... and takes the rows in that order; to shuffle the last order
    itself does the same swaps, so it gives the same, in place.
    """

    def __init__(self, descent: Descent, random: Shuffler | None) -> None:
        rows = descent.rows
        self._random = random
        self._order = np.arange(rows.count) if rows.subset is None else rows.subset.copy()

    def next(self) -> NDArray[np.int64] | None:
        if self._random is None:
            return None
        self._random.shuffle(self._order)
        return self._order


def _warn_diverged(history: History) -> None:
    warn_user(
        f"loss must stay finite, got {history.loss} in epoch {history.epochs}; training ended and "
        "the best weights are kept. Standardise X (and y), or lower learning_rate_init.",
        UserWarning,
    )


def _validate(history: History, validation: Validation, plan: Descending) -> None:
    loss, score = validation.measure()
    history.add_validation(loss, score)
    if plan.verbose:
        print(f"Validation score: {score:f}")


def _report(
    on_epoch: OnEpoch | None, history: History, plan: Descending, start: float, rows: int
) -> bool:
    if on_epoch is None:
        return False
    validation_loss, score = history.validation_loss_curve, history.validation_scores
    report = EpochReport(
        epoch=history.epochs,
        max_epochs=plan.max_epochs,
        loss=history.loss,
        validation_loss=validation_loss[-1] if validation_loss else None,
        validation_score=score[-1] if score else None,
        seconds=time.perf_counter() - start,
        rows=rows,
    )
    return bool(on_epoch(report))


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


def _warn_not_converged(plan: Descending) -> None:
    warn_user(
        f"Stochastic Optimizer: Maximum iterations ({plan.max_epochs}) reached and the "
        "optimization hasn't converged yet.",
        ConvergenceWarning,
    )


def _warn_interrupted(history: History) -> None:
    kept = "best" if history.early_stopping else "last"
    warn_user(
        f"Training interrupted by user after {history.epochs} epochs; the {kept} weights are kept.",
        TrainingInterruptedWarning,
    )
