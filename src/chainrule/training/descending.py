"""How to descend: the settings of an optimizer and of the loop of epochs."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .courses import Courses
from .horizon import never
from .stopping import StoppingRule


@dataclass
class Descending:
    """What the loop is told, besides the network and the rows.

    `learning_rate` is the current one; the schedule changes it. `until`, asked after each epoch, is
    the time of `time.perf_counter` at which the fit is to be done; courses come to their end then.
    """

    learning_rate: float
    learning_rate_init: float
    max_epochs: int
    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    rho: float = 0.9
    alpha: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    clip_value: float = np.inf
    clip_norm: float = np.inf
    max_norm: float = np.inf
    mixup: float = 0.0
    schedule: str = "constant"
    power_t: float = 0.0
    courses: Courses = field(default_factory=Courses)
    tol: float = 0.0
    n_iter_no_change: float = np.inf
    rules: tuple[StoppingRule, ...] = ()
    until: Callable[[], float] = never
    shuffle: bool = True
    verbose: bool = False
