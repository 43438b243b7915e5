"""The mathematics, once: formulas of one number or one row with their derivatives."""

from .activations import ACTIVATIONS as ACTIVATIONS
from .activations import Activation as Activation
from .elementary import ELEMENTARY as ELEMENTARY
from .initializers import INITIALIZERS as INITIALIZERS
from .initializers import Initializer as Initializer
from .links import LINKS as LINKS
from .links import RowLink as RowLink
from .losses import LOSSES as LOSSES
from .losses import Loss as Loss
from .optimizers import OPTIMIZERS as OPTIMIZERS
from .optimizers import Optimizer as Optimizer
from .optimizers import OptimizerSettings as OptimizerSettings
from .penalties import PENALTIES as PENALTIES
from .penalties import Penalty as Penalty
from .registry import lookup as lookup
from .schedules import SCHEDULES as SCHEDULES
from .schedules import Schedule as Schedule
