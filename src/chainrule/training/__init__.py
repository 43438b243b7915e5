"""Fitting a network: epochs, stopping rules, full-batch solvers and what they report."""

from .full_batch import minimise as minimise
from .gradient_check import GradientCheck as GradientCheck
from .graph_model import GraphModel as GraphModel
from .history import History as History
from .report import EpochReport as EpochReport
from .stochastic import Descending as Descending
from .stochastic import descend as descend
from .trace import Trace as Trace
from .trace import TraceLine as TraceLine
from .validation import Validation as Validation
