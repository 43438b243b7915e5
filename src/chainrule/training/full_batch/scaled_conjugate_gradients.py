"""Scaled conjugate gradients: the step's length from the curvature, with no line search."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from .problem import End, OnIteration, Problem, Vector, check_positive


class _Point(NamedTuple):
    x: Vector
    value: float
    slope: Vector


@dataclass(frozen=True)
class ScaledConjugateGradients:
    """Conjugate directions, with steps of the length that a quadratic model gives.

    Along the direction p the loss is about E + a <E', p> + a^2 / 2 * d with the curvature
    d = <p, H p>, so the best step is a = -<E', p> / d. Where d is not positive, or the loss falls
    much less than the model says, `scale * |p|^2` is added to d, which shortens the step.

    Definition: w := w + a p, a = -<g, p> / (<p, H p> + scale * |p|^2); then p := b p - g with
        b = <g, g - g'> / -<g', p>, g' the gradient before.
    Convention: two things differ from the paper. H p is the exact product (Pearlmutter 1994) in
        place of a difference of gradients, so its sigma is not needed; and it ends where no slope
        is above `tol`.
    Source: Moller 1993, "A scaled conjugate gradient algorithm for fast supervised learning", steps
        1 to 9 of its algorithm SCG.

    Parameters
    ----------
    scale : float, default=1e-6
        Where the added curvature (the paper's lambda) starts.
    """

    scale: float = 1e-6

    name: ClassVar[str] = "scg"

    def __post_init__(self) -> None:
        check_positive("scale", self.scale, "The paper says 1e-6 or less.")

    def solve(self, problem: Problem, on_iteration: OnIteration) -> End:
        """Minimise."""
        limits = problem.limits
        point = _Point(*problem.begin())
        direction, scale = -point.slope, self.scale
        steps_since_restart = 0
        for _ in range(limits.max_iter):
            if np.abs(point.slope).max(initial=0.0) <= limits.tol:
                return End(f"No slope is above tol={limits.tol:g}.")
            found, scale = _step(problem, point, direction, scale)
            if found is None and steps_since_restart > 0:
                direction, steps_since_restart = -point.slope, 0
                found, scale = _step(problem, point, direction, scale)
            if found is None:
                return End("No step lowers the loss any more in its last digits.")
            on_iteration(found.x, found.value)
            steps_since_restart += 1
            if steps_since_restart == len(found.x):
                direction, steps_since_restart = -found.slope, 0
            else:
                direction = _conjugate(direction, point.slope, found.slope)
            point = found
        return End(f"All of the {limits.max_iter} iterations were run.", converged=False)


def _step(
    problem: Problem, point: _Point, direction: Vector, scale: float
) -> tuple[_Point | None, float]:
    """The next point, or None where there is nothing to gain; and the scale after it."""
    square = float(direction @ direction)
    descent = -float(direction @ point.slope)
    curvature = float(direction @ problem.curvature(point.x, direction))
    last_digits = np.finfo(problem.network.dtype).eps * abs(point.value)
    while True:
        if curvature + scale * square <= 0.0:  # the paper's step 4, which makes it positive
            scale = -scale - 2.0 * curvature / square
        damped = curvature + scale * square
        promised = 0.5 * descent * descent / damped
        if promised <= last_digits:
            return None, scale
        x = point.x + (descent / damped) * direction
        value, slope = problem(x)
        gain = (point.value - value) / promised
        if not gain >= 0.25:  # also where the step was so long that it is NaN
            scale += damped * (1.0 - gain if np.isfinite(gain) else 100.0) / square
        elif gain >= 0.75:
            scale *= 0.25
        if gain >= 0.0:
            return _Point(x, value, slope), scale


def _conjugate(direction: Vector, before: Vector, slope: Vector) -> Vector:
    """The next direction, by the formula of Polak and Ribiere in the paper's form."""
    share = float(slope @ (slope - before)) / -float(direction @ before)
    return share * direction - slope
