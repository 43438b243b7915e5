"""Update rules of one weight w with gradient g.

A row of `OPTIMIZERS` holds `constants(t, settings)`, a tuple of numbers that are the same for every
weight of step t = 1, 2, ..., and `update(w, g, *states, *constants) -> (w, *states)`, where the
`n_states` states of a weight start at 0. A new optimizer is two functions and one row. "sgd",
"momentum", "nesterov" and "adam" compute exactly what scikit-learn's solvers do, the others what
PyTorch's do.
"""

from .adam import ROWS as ADAM
from .adaptive import ROWS as ADAPTIVE
from .descent import ROWS as DESCENT
from .rule import Optimizer as Optimizer
from .rule import OptimizerSettings as OptimizerSettings
from .settings import SGD as SGD
from .settings import AdaDelta as AdaDelta
from .settings import AdaGrad as AdaGrad
from .settings import Adam as Adam
from .settings import AdamW as AdamW
from .settings import AMSGrad as AMSGrad
from .settings import Nadam as Nadam
from .settings import OptimizerChoice as OptimizerChoice
from .settings import RMSProp as RMSProp
from .settings import SignDescent as SignDescent

OPTIMIZERS: dict[str, Optimizer] = {row.name: row for row in (*DESCENT, *ADAPTIVE, *ADAM)}
