"""The loop of epochs around the compiled steps: order of the rows, learning rate, stopping."""

import time
import warnings
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from chainrule.engine.blas import one_thread
from chainrule.engine.descent import Descent
from chainrule.exceptions import DivergenceError, TrainingInterruptedWarning
from chainrule.formulas import SCHEDULES

from .history import History
from .report import EpochReport, OnEpoch
from .validation import Validation


@dataclass
class Descending:
    """How to descend: the settings of the optimizer and of the loop.

    `learning_rate` is the current one; the schedule changes it.
    """

    learning_rate: float
    momentum: float
    beta_1: float
    beta_2: float
    epsilon: float
    schedule: str
    learning_rate_init: float
    power_t: float
    alpha: float
    max_epochs: int
    tol: float
    n_iter_no_change: float
    shuffle: bool
    verbose: bool


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
    one_epoch: bool = False,
    all_epochs: bool = False,
) -> None:
    """Run epochs until a stopping rule or Ctrl-C ends them; `one_epoch` runs a single one.

    `all_epochs` says that the last epoch is the wanted end, not a failure to converge.

    Changes the network's parameters, `plan.learning_rate` and `history`. After early stopping the
    parameters are the best ones.

    Raises
    ------
    DivergenceError
        When the loss of an epoch is not finite; the parameters are those before that epoch.
    """
    parameters = descent.network.parameters
    before = parameters.copy()
    start = time.perf_counter()
    order = _Order(descent, random if plan.shuffle else None)
    history.epochs = 0
    stopped = diverged = False
    try:
        with one_thread():
            while not stopped and history.epochs < plan.max_epochs:
                np.copyto(before, parameters)
                loss = descent.epoch(plan, plan.alpha, order.next())
                diverged = not np.isfinite(loss)
                if diverged and history.best_parameters is None:
                    _raise_diverged(str(loss), history.epochs + 1, parameters, before)
                history.epochs += 1
                history.samples_seen += descent.rows.count
                history.add_loss(loss)
                if plan.verbose:
                    print(f"Iteration {history.epochs}, loss = {loss:.8f}")
                if validation is not None:
                    _validate(history, validation, plan)
                history.judge(plan.tol, parameters)
                stopped = _report(on_epoch, history, plan, start, descent.rows.count)
                stopped = _after_epoch(plan, history) or stopped or one_epoch
                if diverged:
                    _warn_diverged(history)
                    break
            if not (stopped or diverged or one_epoch or all_epochs):
                _warn_not_converged(plan)
    except KeyboardInterrupt:
        _warn_interrupted(history)
    if history.early_stopping and history.best_parameters is not None:
        np.copyto(parameters, history.best_parameters)
    if not np.isfinite(parameters).all():
        _raise_diverged("weights that are not finite", history.epochs, parameters, before)


class _Order:
    """The order of the rows, epoch by epoch: scikit-learn's own, permutation upon permutation."""

    def __init__(self, descent: Descent, random: Shuffler | None) -> None:
        rows = descent.rows
        self._random = random
        self._order = np.arange(rows.count) if rows.subset is None else rows.subset

    def next(self) -> NDArray[np.int64] | None:
        if self._random is None:
            return None
        permutation = np.arange(len(self._order))
        self._random.shuffle(permutation)
        self._order = self._order[permutation]
        return self._order


def _raise_diverged(
    what: str, epoch: int, parameters: NDArray[Any], before: NDArray[Any]
) -> NoReturn:
    np.copyto(parameters, before)
    raise DivergenceError(
        f"loss must stay finite, got {what} in epoch {epoch}. Solver produced non-finite parameter "
        "weights. The input data may contain large values and need to be preprocessed: standardise "
        "X (and y), or lower learning_rate_init. The weights before that epoch are kept."
    )


def _warn_diverged(history: History) -> None:
    warnings.warn(
        f"loss must stay finite, got {history.loss} in epoch {history.epochs}; training ended and the "
        "best weights are kept. Standardise X (and y), or lower learning_rate_init.",
        UserWarning,
        stacklevel=2,
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


def _after_epoch(plan: Descending, history: History) -> bool:
    """Move the learning rate; True where no progress was made for too long."""
    schedule = SCHEDULES[plan.schedule]
    plan.learning_rate = schedule.after_epoch(
        plan.learning_rate, plan.learning_rate_init, history.samples_seen, plan.power_t
    )
    if history.no_improvement_count <= plan.n_iter_no_change:
        return False
    what = "Validation score" if history.early_stopping else "Training loss"
    message = (
        f"{what} did not improve more than tol={plan.tol:f} for {plan.n_iter_no_change} "
        "consecutive epochs."
    )
    slower = schedule.after_plateau(plan.learning_rate)
    if slower is None:
        if plan.verbose:
            print(f"{message} Stopping.")
        return True
    plan.learning_rate = slower
    history.no_improvement_count = 0
    if plan.verbose:
        print(f"{message} Setting learning rate to {slower:f}")
    return False


def _warn_not_converged(plan: Descending) -> None:
    warnings.warn(
        f"Stochastic Optimizer: Maximum iterations ({plan.max_epochs}) reached and the optimization "
        "hasn't converged yet.",
        ConvergenceWarning,
        stacklevel=2,
    )


def _warn_interrupted(history: History) -> None:
    kept = "best" if history.early_stopping else "last"
    warnings.warn(
        f"Training interrupted by user after {history.epochs} epochs; the {kept} weights are kept.",
        TrainingInterruptedWarning,
        stacklevel=2,
    )
