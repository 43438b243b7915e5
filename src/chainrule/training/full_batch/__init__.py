"""Solvers that look at all rows at once: one class of settings with a method `solve` each."""

from .levenberg_marquardt import LevenbergMarquardt as LevenbergMarquardt
from .minimise import FULL_BATCH_SOLVERS as FULL_BATCH_SOLVERS
from .minimise import minimise as minimise
from .problem import FullBatchSolver as FullBatchSolver
from .resilient_propagation import Rprop as Rprop
from .scaled_conjugate_gradients import ScaledConjugateGradients as ScaledConjugateGradients
from .scipy_solvers import LBFGS as LBFGS
from .scipy_solvers import ConjugateGradients as ConjugateGradients
from .scipy_solvers import NewtonCG as NewtonCG
