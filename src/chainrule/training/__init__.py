"""Fitting a network: epochs, stopping rules, full-batch solvers and what they report."""

from .descending import Descending as Descending
from .full_batch import FULL_BATCH_SOLVERS as FULL_BATCH_SOLVERS
from .full_batch import LBFGS as LBFGS
from .full_batch import ConjugateGradients as ConjugateGradients
from .full_batch import LevenbergMarquardt as LevenbergMarquardt
from .full_batch import NewtonCG as NewtonCG
from .full_batch import Rprop as Rprop
from .full_batch import ScaledConjugateGradients as ScaledConjugateGradients
from .full_batch import minimise as minimise
from .gradient_check import GradientCheck as GradientCheck
from .graph_model import GraphModel as GraphModel
from .history import History as History
from .report import EpochReport as EpochReport
from .stochastic import descend as descend
from .stopping import AverageLoss as AverageLoss
from .stopping import GradientNorm as GradientNorm
from .stopping import LossTolerance as LossTolerance
from .stopping import MaxEpochs as MaxEpochs
from .stopping import StoppingRule as StoppingRule
from .stopping import TimeLimit as TimeLimit
from .stopping import ValidationPatience as ValidationPatience
from .stopping import WeightChange as WeightChange
from .trace import Trace as Trace
from .trace import TraceLine as TraceLine
from .validation import Validation as Validation
