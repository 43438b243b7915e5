"""Resilient propagation: each weight has a step of its own, and only the slope's sign counts."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .problem import End, OnIteration, Problem, Vector, check_positive

# The factors of both papers; the largest step is that of Riedmiller and Braun.
GROWTH = 1.2
SHRINKAGE = 0.5
LARGEST_STEP = 50.0


@dataclass(frozen=True)
class Rprop:
    """Steps that grow while the slope's sign stays and shrink when it changes.

    Only the gradient over all rows has signs that mean something, and only the loss over all rows
    says whether to step back, so there are no batches.

    Definition: for each weight, g its slope and g' the one before,
        size := min(1.2 * size, 50), w := w - sign(g) * size where g * g' > 0;
        w := w - sign(g) * size where g * g' = 0;
        size := 0.5 * size, g := 0 where g * g' < 0, and if the loss rose the weight's last step is
        taken back.
    Numerical form: signs are multiplied, because the product of two slopes may underflow.
    Convention: iRprop+. Steps have no smallest size, so that it ends where they no longer change
        the weights' last digits; PyTorch's Rprop is iRprop-, which never steps back.
    Source: Igel and Huesken 2003, "Empirical evaluation of the improved Rprop learning
        algorithms"; Riedmiller and Braun 1993, "A direct adaptive method for faster backpropagation
        learning".

    Parameters
    ----------
    first_step : float, default=0.01
        The first size of every weight.
    """

    first_step: float = 0.01

    name: ClassVar[str] = "rprop"

    def __post_init__(self) -> None:
        check_positive("first_step", self.first_step, "0.01 suits standardised columns.")

    def solve(self, problem: Problem, on_iteration: OnIteration) -> End:
        """Minimise."""
        limits = problem.limits
        x, value, slope = problem.begin()
        steps = _Steps(len(x), self.first_step)
        rose = False
        for _ in range(limits.max_iter):
            if np.abs(slope).max(initial=0.0) <= limits.tol:
                return End(f"No slope is above tol={limits.tol:g}.")
            step = steps.next(slope, rose=rose)
            if steps.largest(slope) <= _last_digits(problem, x):
                return End("No step changes the weights any more in their last digits.")
            if not step.any():
                continue  # all signs changed while the loss fell: only the sizes did
            x = x + step
            before = value
            value, slope = problem(x)
            rose = value > before
            on_iteration(x, value)
        return End(f"All of the {limits.max_iter} iterations were run.", converged=False)


class _Steps:
    """Each weight's size, last step and the sign of its slope before."""

    def __init__(self, count: int, first: float) -> None:
        self._sizes = np.full(count, first)
        self._last = np.zeros(count)
        self._signs = np.zeros(count)

    def next(self, slope: Vector, *, rose: bool) -> Vector:
        """The next step of every weight; `rose` says whether the last one raised the loss."""
        signs = np.sign(slope)
        turns = signs * self._signs
        stays, changes = turns > 0.0, turns < 0.0
        self._sizes[stays] = np.minimum(GROWTH * self._sizes[stays], LARGEST_STEP)
        self._sizes[changes] *= SHRINKAGE
        signs[changes] = 0.0
        step: Vector = -signs * self._sizes
        if rose:
            step[changes] = -self._last[changes]
        self._signs, self._last = signs, step
        return step

    def largest(self, slope: Vector) -> float:
        """The largest size of a weight that has a slope."""
        return float(self._sizes[slope != 0.0].max(initial=0.0))


def _last_digits(problem: Problem, x: Vector) -> float:
    epsilon = float(np.finfo(problem.network.dtype).eps)
    return epsilon * max(1.0, float(np.abs(x).max(initial=0.0)))
