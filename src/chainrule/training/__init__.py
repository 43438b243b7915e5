"""Fitting a network: epochs, stopping rules, full-batch solvers and what they report."""

from .full_batch import minimise as minimise
from .history import History as History
from .report import EpochReport as EpochReport
from .stochastic import Descending as Descending
from .stochastic import descend as descend
from .validation import Validation as Validation
