"""Minimise a loss over all rows at once, by any of the solvers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule.engine.descent import FullGradient
from chainrule.engine.unsteady import unsteady_lines
from chainrule.exceptions import DivergenceError
from chainrule.formulas import lookup
from chainrule.graph.tape import Tape
from chainrule.training.history import History
from chainrule.training.report import OnEpoch
from chainrule.training.stopping import StoppingRule
from chainrule.training.validation import Validation
from chainrule.training.warn import warn_interrupted, warn_user

from .blas import one_thread
from .corners import corner_mistakes, warn_of_corners
from .levenberg_marquardt import LevenbergMarquardt
from .problem import End, FullBatchSolver, Limits, Problem, StopSolverError, Vector
from .progress import Progress
from .resilient_propagation import Rprop
from .scaled_conjugate_gradients import ScaledConjugateGradients
from .scipy_solvers import LBFGS, ConjugateGradients, NewtonCG

# A new solver is a class of settings with a method `solve`, and a row here.
FULL_BATCH_SOLVERS: dict[str, type[FullBatchSolver]] = {
    solver.name: solver
    for solver in (
        LBFGS,
        ConjugateGradients,
        NewtonCG,
        ScaledConjugateGradients,
        LevenbergMarquardt,
        Rprop,
    )
}


def minimise(
    gradient: FullGradient,
    history: History,
    *,
    solver: str | FullBatchSolver = "lbfgs",
    alpha: float,
    l1: float = 0.0,
    l2: float = 0.0,
    max_iter: int,
    max_fun: int,
    tol: float,
    verbose: bool,
    validation: Validation | None = None,
    on_epoch: OnEpoch | None = None,
    stopping: Sequence[StoppingRule] = (),
) -> None:
    """Minimise the penalised mean loss over all rows, starting at the network's parameters.

    Parameters
    ----------
    gradient : FullGradient
        Its network's parameters are moved to the minimum.
    history : History
        Curves and counters of iterations are added to it.
    solver : str or settings, default="lbfgs"
        A name in `FULL_BATCH_SOLVERS` or settings such as `LevenbergMarquardt(bayesian=True)`.
    alpha, l1, l2 : float
        Strengths of the penalties: `alpha` is divided by the weight of all rows, the others not.
        No solver takes `l1`, which is not smooth.
    max_iter, max_fun : int
        Most iterations, and most evaluations of the loss.
    tol : float
        The slope that counts as zero.
    verbose : bool
        Print each iteration.
    validation : Validation or None
    on_epoch : callable or None
        Called with an `EpochReport` after each iteration; True ends the solver there.
    stopping : sequence of StoppingRule

    Raises
    ------
    ValueError
        A network, loss or penalty that the solver cannot take.
    DivergenceError
        When the loss is not finite; the parameters are the first ones.
    """
    chosen = lookup(FULL_BATCH_SOLVERS, "solver", solver)() if isinstance(solver, str) else solver
    _refuse(chosen, gradient.network.tape, l1)
    warn_of_corners(chosen.name, gradient.network.tape.loss.row)
    problem = Problem(gradient, alpha, l2, Limits(max_iter, max_fun, tol))
    progress = Progress(
        problem,
        history,
        _reported if isinstance(chosen, LBFGS) else problem.to_reported,
        verbose=verbose,
        validation=validation,
        on_epoch=on_epoch,
        stopping=stopping,
    )
    history.epochs, history.stopped_by = 0, ""
    history.loss = problem.reported(problem.start)[0]
    end = _run(chosen, problem, progress, history)
    history.stopped_by = end.reason
    _settle(problem, progress.best, history, end.overflow)
    if not end.converged:
        _warn_not_converged(chosen, history)


def _run(solver: FullBatchSolver, problem: Problem, progress: Progress, history: History) -> End:
    try:
        with one_thread():
            return solver.solve(problem, progress)
    except StopSolverError as stop:
        return stop.end
    except KeyboardInterrupt:
        kept = "best" if progress.keeps_best else "last"
        warn_interrupted(history.epochs, f"the {kept} weights are kept.")
        history.broken_off = True
        return End(f"Ctrl-C in iteration {history.epochs + 1}.")


def _settle(problem: Problem, best: Vector, history: History, overflow: str) -> None:
    """Take the best parameters, unless they or what led to them are not finite."""
    if np.isfinite(best).all() and np.isfinite(history.loss) and not overflow:
        problem.move_to(best)
        return
    problem.move_to(problem.start)
    what, value = (overflow, "infinity") if overflow else ("loss", history.loss)
    raise DivergenceError(
        f"{what} must stay finite, got {value} after {history.epochs} iterations. Solver "
        "produced non-finite parameter weights. The input data may contain large values and "
        "need to be preprocessed: standardise X (and y). The first weights are kept."
    )


def _refuse(solver: FullBatchSolver, tape: Tape, l1: float) -> None:
    if l1:
        raise ValueError(
            f'l1 must be 0 for the solver "{solver.name}", got {l1}. Its corner at 0 has no slope '
            'to follow; use alpha or l2, or the solver "adam".'
        )
    row: Any = tape.loss.row
    for message in corner_mistakes(solver.name, row):
        raise ValueError(message)
    for _, what in unsteady_lines(tape):  # what differs from step to step has no fixed loss
        raise ValueError(
            f'solver must be a stochastic one for {what}, got "{solver.name}". Take the solver '
            '"adam", or leave that layer out.'
        )


def _reported(value: float, x: Any) -> float:
    """L-BFGS is given the loss as it is reported."""
    return value


def _warn_not_converged(solver: FullBatchSolver, history: History) -> None:
    warn_user(
        f"{solver.name} failed to converge after {history.epochs} iterations. {history.stopped_by} "
        "Raise max_iter and max_fun, or standardise X (and y).",
        ConvergenceWarning,
    )
