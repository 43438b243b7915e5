"""Penalties: on each weight alone, and on how all weights are distributed."""

from .powers import PENALTIES as PENALTIES
from .powers import Penalty as Penalty
from .soft_sharing import WEIGHT_PRIORS as WEIGHT_PRIORS
from .soft_sharing import SoftSharing as SoftSharing
from .soft_sharing import WeightPrior as WeightPrior
from .soft_sharing import weight_prior_of as weight_prior_of
