"""Full-batch solvers: SciPy's, over the engine's loss and gradient."""

import time
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray
from sklearn.utils.optimize import _check_optimize_result

from chainrule.engine.blas import one_thread
from chainrule.engine.descent import FullGradient
from chainrule.exceptions import DivergenceError, TrainingInterruptedWarning

from .history import History
from .report import EpochReport, OnEpoch
from .validation import Validation
from .warn import warn_user


class _StopRequestedError(Exception):
    """A callback asked for the end."""


def minimise(
    gradient: FullGradient,
    history: History,
    *,
    alpha: float,
    max_iter: int,
    max_fun: int,
    tol: float,
    verbose: bool,
    validation: Validation | None = None,
    on_epoch: OnEpoch | None = None,
) -> None:
    """Minimise the penalised mean loss by L-BFGS, starting at the network's parameters.

    Source: Byrd, Lu, Nocedal and Zhu 1995, "A limited memory algorithm for bound constrained
    optimization"; SciPy's `minimize(method="L-BFGS-B")`, with scikit-learn's settings.
    """
    parameters = gradient.network.parameters
    start = time.perf_counter()
    before = parameters.copy()
    best = parameters.copy()

    def objective(x: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        np.copyto(parameters, x)
        return gradient(alpha)

    def iteration_ends(intermediate_result: Any) -> None:
        np.copyto(best, intermediate_result.x)
        history.epochs += 1
        history.add_loss(float(intermediate_result.fun))
        history.best_loss = min(history.loss_curve)
        if verbose:
            print(f"Iteration {history.epochs}, loss = {history.loss:.8f}")
        validation_loss: float | None = None
        validation_score: float | None = None
        if validation is not None:
            np.copyto(parameters, best)
            validation_loss, validation_score = validation.measure()
            history.add_validation(validation_loss, validation_score)
        report = EpochReport(
            epoch=history.epochs,
            max_epochs=max_iter,
            loss=history.loss,
            validation_loss=validation_loss,
            validation_score=validation_score,
            seconds=time.perf_counter() - start,
            rows=gradient.rows.count,
        )
        if on_epoch is not None and on_epoch(report):
            raise _StopRequestedError

    history.epochs = 0
    history.loss = gradient(alpha)[0]
    try:
        with one_thread():
            result = scipy.optimize.minimize(
                objective,
                parameters.copy(),
                method="L-BFGS-B",
                jac=True,
                callback=iteration_ends,
                options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
            )
        history.epochs = _check_optimize_result("lbfgs", result, max_iter)
        history.loss = float(result.fun)
        np.copyto(best, result.x)
    except _StopRequestedError:
        pass
    except KeyboardInterrupt:
        warn_user(
            f"Training interrupted by user after {history.epochs} epochs; the last weights are "
            "kept.",
            TrainingInterruptedWarning,
        )
    if not (np.isfinite(best).all() and np.isfinite(history.loss)):
        np.copyto(parameters, before)
        raise DivergenceError(
            f"loss must stay finite, got {history.loss} after {history.epochs} iterations. Solver "
            "produced non-finite parameter weights. The input data may contain large values and "
            "need to be preprocessed: standardise X (and y). The first weights are kept."
        )
    np.copyto(parameters, best)
