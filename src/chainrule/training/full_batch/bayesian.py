"""The strength of the penalty from the evidence: no validation rows are needed to choose it."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from chainrule.training.evidence import Evidence

from .least_squares import LeastSquares
from .problem import Problem, Vector


class BayesianRegularisation:
    """Re-estimates the precisions of weights and noise after each step of Levenberg-Marquardt.

    Definition: alpha := gamma' / W, beta := (n - gamma) / S, gamma = k - alpha trace(H^-1) with
        H = beta J' J + alpha I (I for weights, 0 for biases), S the weighted sum of n squared
        residuals, W that of squared weights, k parameters, gamma' = gamma without the biases.
    Convention: what is minimised is beta S / 2 + alpha W / 2, or what is the same, the loss with an
        L2 penalty of strength alpha / beta. It changes with the strength, so the loss may rise
        where that does.
    Source: MacKay 1992, "Bayesian interpolation" and "A practical Bayesian framework for
        backpropagation networks"; the pace, once a step, is that of Foresee and Hagan 1997,
        "Gauss-Newton approximation to Bayesian learning".

    Raises
    ------
    ValueError
        Members side by side, whose residuals are no observations of their own.
    """

    def __init__(self, problem: Problem, squares: LeastSquares) -> None:
        members = problem.network.tape.loss.settings["members"]
        if members > 1:  # the evidence counts each residual as one observation
            raise ValueError(
                f"bayesian must be False for members side by side, got True for {members} members. "
                "Choose alpha by a validation set."
            )
        self._problem, self._squares = problem, squares

    def update(self, x: Vector, value: float, matrix: NDArray[np.float64]) -> Evidence:
        """Count the parameters that the data determine, and set the strength."""
        problem, squares = self._problem, self._squares
        total = problem.rows.total_weight
        gamma = len(x) - self._trace(matrix)
        of_weights = gamma - float(len(x) - problem.penalised.sum())
        residuals = 2.0 / squares.factor * total * (value - problem.penalty(x))
        weights = float(problem.penalised @ (x * x))
        # At least one residual is left for the noise, however many parameters there are.
        beta = max(squares.residuals - gamma, 1.0) / max(residuals, np.finfo(float).tiny)
        alpha = max(of_weights, 0.0) / max(weights, np.finfo(float).tiny)
        problem.alpha, problem.l2 = squares.factor * alpha / beta, 0.0
        return Evidence(alpha, beta, gamma)

    def _trace(self, matrix: NDArray[np.float64]) -> float:
        """The trace of alpha H^-1 over the weights: how many parameters the prior determines."""
        strength, penalised = self._problem.strength, self._problem.penalised
        whole = matrix.copy(order="F")
        diagonal = np.diag_indices_from(whole)
        whole[diagonal] += strength * penalised
        # Biases of units that nobody listens to would make it singular; they are not in the trace.
        whole[diagonal] += len(whole) * np.finfo(float).eps * whole[diagonal].max()
        inverse = cho_solve(cho_factor(whole), np.eye(len(whole)))
        return strength * float(penalised @ inverse.diagonal())
