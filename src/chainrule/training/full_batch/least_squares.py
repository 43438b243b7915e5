"""Losses that are sums of squared residuals, and the matrix of their normal equations."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsyrk

from chainrule.engine.jacobian import RowJacobian
from chainrule.formulas import LOSSES
from chainrule.graph.tape import Tape

from .problem import Problem, Vector, overflowed, refuse_weight_prior

# Its matrix takes 8 bytes times the square of this (128 MB), and a step a third of its cube.
MOST_PARAMETERS = 4000

# Losses factor / 2 * r(y, p)^2: the factor, and dr/dp given p (None: 1).
SQUARES: dict[str, tuple[float, Callable[[Vector], Vector] | None]] = {
    "squared_error": (1.0, None),
    "mean_squared_error": (2.0, None),
    "squared_log_error": (2.0, lambda p: 1.0 / (1.0 + p)),
}


class LeastSquares:
    """The residuals of a problem's rows: how many, and the Gauss-Newton matrix that they give.

    Raises
    ------
    ValueError
        A loss of another kind, or more parameters than such a matrix can be made for.
    """

    def __init__(self, problem: Problem) -> None:
        network, rows = problem.network, problem.rows
        _check(network.tape)
        refuse_weight_prior(network.tape)
        self.factor, self._slope = SQUARES[_name(network.tape)]
        self._problem = problem
        self._jacobian = RowJacobian(network, rows)
        self._weights = _weights(problem, network.tape.outputs)

    @property
    def residuals(self) -> int:
        """How many residuals count: of known targets in rows of a positive weight."""
        return int(np.count_nonzero(self._weights))

    def matrix(self, x: Vector) -> NDArray[np.float64]:
        """J' J at x, J being the Jacobian of the residuals, scaled as the mean loss; upper half."""
        self._problem.move_to(x)
        size = len(x)
        total = np.zeros((size, size), order="F")
        for rows, output, piece in self._jacobian.pieces():
            weights = np.sqrt(self._weights[rows, output])
            if self._slope is not None:
                predictions = self._jacobian.predictions(len(piece))[:, output]
                weights = weights * self._slope(predictions.astype(np.float64))
            scaled = np.multiply(piece, weights[:, None], dtype=np.float64)
            total = dsyrk(1.0, scaled.T, beta=1.0, c=total, overwrite_c=True)
        if not np.isfinite(total.diagonal()).all():
            raise overflowed("Jacobian")
        return total


def _weights(problem: Problem, outputs: int) -> NDArray[np.float64]:
    """The weight of each row and output in the mean loss; 0 where the target is not known.

    Outputs of members side by side share their targets, and the loss is the mean of theirs.
    """
    rows, tape = problem.rows, problem.network.tape
    chosen: Any = slice(None) if rows.subset is None else rows.subset
    factor, _ = SQUARES[_name(tape)]
    members = int(tape.loss.settings["members"])
    weights = np.full((rows.count, outputs), factor / (members * rows.total_weight))
    if rows.weight is not None:
        weights *= rows.weight[chosen][:, None]
    if rows.y is not None and not rows.codes:
        unknown = np.isnan(rows.y[chosen].reshape(rows.count, -1))
        weights[np.tile(unknown, members)] = 0.0
    return weights


def _name(tape: Tape) -> str:
    row: Any = tape.loss.row
    return str(row.name)


def _check(tape: Tape) -> None:
    name = _name(tape)
    if name not in SQUARES or tape.loss.row is not LOSSES[name]:
        known = ", ".join(repr(name) for name in SQUARES)
        raise ValueError(
            f'loss must be one of {known} for the solver "lm", got {name!r}. Levenberg-'
            'Marquardt needs squared residuals; take the solver "lbfgs" or "newton-cg".'
        )
    if tape.parameter_count > MOST_PARAMETERS:
        raise ValueError(
            f'parameters must be at most {MOST_PARAMETERS} for the solver "lm", got '
            f"{tape.parameter_count}, since it solves equations with the square of that many "
            'numbers. Take the solver "lbfgs" or "scg".'
        )
