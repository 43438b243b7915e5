"""What a full-batch solver sees: the penalised loss as a function of a vector."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import FullGradient, penalised_weights
from chainrule.engine.hessian import HessianProduct
from chainrule.formulas.given import number
from chainrule.graph.tape import Tape
from chainrule.training.evidence import Evidence

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """When to give up (iterations, evaluations of the loss), and the slope that counts as zero."""

    max_iter: int
    max_fun: int
    tol: float


class End(NamedTuple):
    """Why a solver came to its end; one that has not converged is warned of."""

    reason: str
    converged: bool = True
    overflow: str = ""
    """What was too large for floating point numbers, where that is the reason."""


class StopSolverError(Exception):
    """Ends a solver from within, wherever it stands."""

    def __init__(self, end: End) -> None:
        super().__init__(end.reason)
        self.end = end


def overflowed(what: str) -> StopSolverError:
    """Ends a solver that has computed something infinite or NaN."""
    return StopSolverError(End(f"The {what} is not finite.", converged=False, overflow=what))


class Problem:
    """The penalised mean loss over all rows, as a function of the parameters.

    What is reported is scikit-learn's loss, for squares a mean over outputs; what is minimised is
    the sum over outputs, whose gradient that is.

    Parameters
    ----------
    gradient : FullGradient
        Its network's parameters are where the solver starts; each call here moves them.
    alpha, l2 : float
        Strengths of the L2 penalty: divided by the weight of all rows, and as it is.
    limits : Limits
    """

    def __init__(self, gradient: FullGradient, alpha: float, l2: float, limits: Limits) -> None:
        self.network, self.rows = gradient.network, gradient.rows
        self.alpha, self.l2 = alpha, l2
        self.limits = limits
        self.penalised = penalised_weights(gradient.network).astype(np.float64)
        self.start = gradient.network.parameters.astype(np.float64)
        self._evaluations = 0
        self._gradient = gradient
        self._loss_scale = float(gradient.job.record.loss_scale)

    @property
    def strength(self) -> float:
        """Of the penalty 0.5 * strength * |w|^2 on the mean loss."""
        return self.alpha / self.rows.total_weight + self.l2

    def penalty(self, x: Vector) -> float:
        """The penalty on the weights in x."""
        self.move_to(x)
        squares = float(np.dot(self.penalised * x, x))
        return 0.5 * self.strength * squares + self._gradient.prior_penalty()

    def reported(self, x: Vector) -> tuple[float, Vector]:
        """The loss as it is reported, and the gradient."""
        self.move_to(x)
        loss, slope = self._gradient(self.alpha, 0.0, self.l2)
        return loss, slope.astype(np.float64, copy=False)

    def __call__(self, x: Vector) -> tuple[float, Vector]:
        """The value to minimise, and its gradient."""
        if self._evaluations >= self.limits.max_fun:
            reason = f"The loss was computed max_fun={self.limits.max_fun} times."
            raise StopSolverError(End(reason, converged=False))
        self._evaluations += 1
        loss, slope = self.reported(x)
        return self._convert(loss, x, 1.0 / self._loss_scale), slope

    def begin(self) -> tuple[Vector, float, Vector]:
        """The first point with value and gradient; the solver ends where they are not finite."""
        value, slope = self(self.start)
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            raise StopSolverError(End(f"The loss at the first weights is {value}."))
        return self.start.copy(), value, slope

    def to_reported(self, value: float, x: Vector) -> float:
        """The loss as it is reported, given the value at x."""
        return self._convert(value, x, self._loss_scale)

    def _convert(self, value: float, x: Vector, factor: float) -> float:
        if factor == 1.0:
            return value
        penalty = self.penalty(x)
        return (value - penalty) * factor + penalty

    def curvature(self, x: Vector, direction: Vector) -> Vector:
        """The Hessian at x, times a vector."""
        self.move_to(x)
        return self._hessian(direction, self.alpha, self.l2).astype(np.float64, copy=False)

    @cached_property
    def _hessian(self) -> HessianProduct:
        refuse_weight_prior(self.network.tape)
        return HessianProduct(self.network, self.rows)

    def move_to(self, x: Vector) -> None:
        """Write x to the network's parameters."""
        np.copyto(self.network.parameters, x, casting="same_kind")


def refuse_weight_prior(tape: Tape) -> None:
    """Refuse a learned prior, whose second derivatives nobody has worked out here."""
    if tape.weight_prior is not None:
        raise ValueError(
            "weight_prior must be None for what needs second derivatives, got "
            f'{tape.weight_prior.layer}. Take the solver "lbfgs", "cg" or "adam".'
        )


class OnIteration(Protocol):
    """How a solver tells of an iteration."""

    def __call__(self, x: Vector, value: float, evidence: Evidence | None = None) -> None:
        """The point where it ended, and the value there."""


class FullBatchSolver(Protocol):
    """Settings of a solver, and the solver itself."""

    @property
    def name(self) -> str:
        """What users call it."""

    def solve(self, problem: Problem, on_iteration: OnIteration) -> End:
        """Minimise from `problem.start`, telling of each iteration; the last one told of counts.

        Raises
        ------
        ValueError
            A network or loss that the solver cannot take.
        """


def check_positive(name: str, value: Any, advice: str) -> None:
    """Refuse a setting that is not a positive number."""
    if not 0.0 < number(value) < np.inf:
        raise ValueError(f"{name} must be positive, got {value!r}. {advice}")


def check_not_negative(name: str, value: Any, advice: str) -> None:
    """Refuse a setting that is not a number from 0 on."""
    if not 0.0 <= number(value) < np.inf:
        raise ValueError(f"{name} must be at least 0, got {value!r}. {advice}")
