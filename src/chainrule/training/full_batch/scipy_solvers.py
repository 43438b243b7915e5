"""SciPy's solvers: limited memory BFGS, nonlinear conjugate gradients, Newton's method."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy.optimize
from sklearn.utils.optimize import _check_optimize_result

from .problem import (
    End,
    Limits,
    OnIteration,
    Problem,
    Vector,
    check_not_negative,
    check_positive,
    overflowed,
)


@dataclass(frozen=True)
class LBFGS:
    """Quasi-Newton steps from the last `memory` changes of the gradient.

    Definition: w := w - step * H g; H approximates the inverse Hessian from the last `memory` pairs
        of a change of w and a change of g; the step by a line search with Wolfe's conditions.
    Convention: SciPy's `minimize(method="L-BFGS-B")` with scikit-learn's settings.
    Source: Byrd, Lu, Nocedal and Zhu 1995, "A limited memory algorithm for bound constrained
        optimization".
    """

    memory: int = 10
    loss_tol: float = 2.220446049250313e-09
    """Stop when an iteration lowers the loss by less than this times the larger of it and 1."""

    name: ClassVar[str] = "lbfgs"

    def __post_init__(self) -> None:
        check_positive("memory", self.memory, "3 to 20 are usual.")
        check_not_negative("loss_tol", self.loss_tol, "1e-9 is usual; 0 goes to the last digit.")

    def solve(self, problem: Problem, on_iteration: OnIteration) -> End:
        """Minimise as scikit-learn does: the loss as reported, beside the gradient."""
        limits = problem.limits
        result = scipy.optimize.minimize(
            problem.reported,
            problem.start.astype(problem.network.dtype),
            method="L-BFGS-B",
            jac=True,
            callback=lambda intermediate_result: on_iteration(
                intermediate_result.x, float(intermediate_result.fun)
            ),
            options={
                "maxfun": limits.max_fun,
                "maxiter": limits.max_iter,
                "gtol": limits.tol,
                "maxcor": self.memory,
                "ftol": self.loss_tol,
            },
        )
        _check_optimize_result("lbfgs", result, limits.max_iter)
        return End(_reason(result, limits))


@dataclass(frozen=True)
class ConjugateGradients:
    """Nonlinear conjugate gradients: no memory but the last direction.

    Definition: p := b p - g with b = max(0, <g, g - g'> / <g', g'>), g' the gradient before;
        w := w + step * p by a line search with Wolfe's conditions.
    Convention: SciPy's `minimize(method="CG")`.
    Source: Polak and Ribiere 1969; Nocedal and Wright 2006, "Numerical optimization", section 5.2.
    """

    name: ClassVar[str] = "cg"

    def solve(self, problem: Problem, on_iteration: OnIteration) -> End:
        """Minimise."""
        return _minimise(problem, on_iteration, "CG")


@dataclass(frozen=True)
class NewtonCG:
    """Newton steps in a trust region, each solved by conjugate gradients (Steihaug).

    Definition: w := w + p, p minimises <g, p> + <p, H p> / 2 among |p| <= radius; the radius grows
        or shrinks with the share of the promised gain that came true.
    Numerical form: products of the exact Hessian (Pearlmutter 1994, "Fast exact multiplication by
        the Hessian"). Unlike a line search, a trust region knows what to do where the curvature is
        negative.
    Convention: SciPy's `minimize(method="trust-ncg")`.
    Source: Steihaug 1983, "The conjugate gradient method and trust regions in large scale
        optimization".

    Parameters
    ----------
    radius : float, default=1.0
        Of the first trust region.
    """

    radius: float = 1.0

    name: ClassVar[str] = "newton-cg"

    def __post_init__(self) -> None:
        check_positive("radius", self.radius, "1.0 is usual.")

    def solve(self, problem: Problem, on_iteration: OnIteration) -> End:
        """Minimise."""
        largest = 1000.0 * self.radius

        def curvature(x: Vector, direction: Vector) -> Vector:
            product = problem.curvature(x, direction)
            # SciPy goes on with both of these, and fails where one is infinite.
            with np.errstate(over="ignore", invalid="ignore"):
                squares = direction @ direction, direction @ product
            if not np.isfinite(squares).all():
                raise overflowed("curvature")
            return product

        return _minimise(
            problem,
            on_iteration,
            "trust-ncg",
            hessp=curvature,
            options={"initial_trust_radius": self.radius, "max_trust_radius": largest},
        )


def _minimise(
    problem: Problem,
    on_iteration: OnIteration,
    method: str,
    options: dict[str, Any] | None = None,
    **more: Any,
) -> End:
    limits = problem.limits
    start, _, _ = problem.begin()
    last = start.copy()

    def moved(intermediate_result: Any) -> None:
        """Tell of an iteration; one that a trust region rejects has moved nothing."""
        x = intermediate_result.x
        if not np.array_equal(x, last):
            np.copyto(last, x)
            on_iteration(x, float(intermediate_result.fun))

    result = scipy.optimize.minimize(
        problem,
        start,
        method=method,
        jac=True,
        callback=moved,
        options={"maxiter": limits.max_iter, "gtol": limits.tol, **(options or {})},
        **more,
    )
    if not result.success and _is_flat(result.jac, _smallest_slope(problem, result.fun)):
        return End("No step lowers the loss any more in its last digits.")
    flat = _is_flat(result.jac, limits.tol)
    return End(_reason(result, limits), converged=result.success or flat)


def _smallest_slope(problem: Problem, value: float) -> float:
    """The slope that the loss's last digit does not tell from 0, where curvatures are about 1."""
    epsilon = float(np.finfo(problem.network.dtype).eps)
    return 10.0 * float(np.sqrt(epsilon)) * max(1.0, abs(value))


def _reason(result: Any, limits: Limits) -> str:
    if _is_flat(result.jac, limits.tol):
        return f"No slope is above tol={limits.tol:g}."
    if result.nit >= limits.max_iter:
        return f"All of the {limits.max_iter} iterations were run."
    message = result.message.decode() if isinstance(result.message, bytes) else result.message
    return f"SciPy: {message}"


def _is_flat(slope: Vector, tol: float) -> bool:
    return bool(np.abs(slope).max(initial=0.0) <= tol)
