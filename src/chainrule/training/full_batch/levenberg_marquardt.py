"""Levenberg-Marquardt: Gauss-Newton steps, damped where they promise too much."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from .bayesian import BayesianRegularisation
from .least_squares import LeastSquares
from .problem import End, OnIteration, Problem, Vector, check_not_negative, overflowed


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Gauss-Newton steps, damped where they promise too much.

    A large mu gives short steps down the gradient, a small one Gauss-Newton's. It follows how much
    of the promised gain came true (Nielsen's rule, smooth in that share). Penalties are part of the
    equations. The matrix is summed over pieces of the rows, so memory grows with the square of the
    parameters alone; it is factorised by Cholesky's method, with a larger mu where that fails.

    Definition: w := w + p, (J' J + P + mu I) p = -g, J the Jacobian of the residuals, P the
        penalties' curvature; mu := mu * max(1/3, 1 - (2 r - 1)^3) where the share r of the promised
        gain is positive, otherwise p is not taken and mu := 2 mu, then 4 mu, 8 mu, ...
    Source: Levenberg 1944; Marquardt 1963; for networks Hagan and Menhaj 1994, "Training
        feedforward networks with the Marquardt algorithm"; the damping Nielsen 1999, "Damping
        parameter in Marquardt's method".

    Parameters
    ----------
    damping : float, default=1e-3
        The first mu, relative to the largest element of the diagonal of J' J; 0 begins with a whole
        Gauss-Newton step.
    bayesian : bool, default=False
        Find the strength of the L2 penalty by the evidence (MacKay 1992); `alpha` and `l2` say
        where it starts.
    """

    damping: float = 1e-3
    bayesian: bool = False

    name: ClassVar[str] = "lm"

    def __post_init__(self) -> None:
        check_not_negative("damping", self.damping, "1e-3 suits most starts, 1 a bad one.")

    def solve(self, problem: Problem, on_iteration: OnIteration) -> End:
        """Minimise."""
        limits, squares = problem.limits, LeastSquares(problem)
        x, value, slope = problem.begin()
        matrix = squares.matrix(x)
        damping = _Damping(self.damping * float(matrix.diagonal().max(initial=0.0)))
        evidence = BayesianRegularisation(problem, squares) if self.bayesian else None
        for _ in range(limits.max_iter):
            if np.abs(slope).max(initial=0.0) <= limits.tol:
                return End(f"No slope is above tol={limits.tol:g}.")
            found = _step(problem, x, value, slope, matrix, damping)
            if found is None:
                return End("No step lowers the loss any more in its last digits.")
            x, value, slope = found
            matrix = squares.matrix(x)
            if evidence is None:
                on_iteration(x, value)
            else:
                state = evidence.update(x, value, matrix)
                value, slope = problem(x)
                on_iteration(x, value, state)
        return End(f"All of the {limits.max_iter} iterations were run.", converged=False)


class _Damping:
    """mu, and how fast it grows."""

    def __init__(self, first: float) -> None:
        self.mu = first
        self._growth = 2.0

    def accept(self, gain: float) -> None:
        """After a step that lowered the loss by `gain` times what was promised."""
        self.mu *= max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3)
        self._growth = 2.0

    def reject(self, smallest: float) -> None:
        """After a step that did not."""
        self.mu = max(self.mu * self._growth, smallest)
        self._growth *= 2.0


def _step(
    problem: Problem,
    x: Vector,
    value: float,
    slope: Vector,
    matrix: NDArray[np.float64],
    damping: _Damping,
) -> tuple[Vector, float, Vector] | None:
    """The next point with value and gradient; None where there is nothing to gain."""
    epsilon = float(np.finfo(problem.network.dtype).eps)
    penalty = problem.strength * problem.penalised
    smallest = epsilon * float((matrix.diagonal() + penalty).max())
    while True:
        if not np.isfinite(damping.mu):
            raise overflowed("damping")
        step = solve_damped(matrix, penalty + damping.mu, -slope)
        if step is not None:
            promised = 0.5 * float(step @ (damping.mu * step - slope))
            if promised <= epsilon * abs(value):
                return None
            trial = x + step
            trial_value, trial_slope = problem(trial)
            gain = (value - trial_value) / promised
            if gain > 0.0:
                damping.accept(gain)
                return trial, trial_value, trial_slope
        damping.reject(smallest)


def solve_damped(
    matrix: NDArray[np.float64], added: Vector, right: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Solve (matrix + diag(added)) z = right; None where that matrix is not positive definite."""
    whole = matrix.copy(order="F")
    whole[np.diag_indices_from(whole)] += added
    try:
        return np.asarray(cho_solve(cho_factor(whole, overwrite_a=True), right))
    except LinAlgError:
        return None
