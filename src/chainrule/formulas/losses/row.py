"""What a row of `LOSSES` is: a loss of one output, or one that ties a row's outputs together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Reduction = Literal["sum", "mean"]
Target = Literal["real", "non-negative", "positive", "probability", "class", "sign"]
Vector = NDArray[np.floating]


@dataclass(frozen=True)
class Loss:
    """A loss of one output; means over samples are taken by the caller.

    `slope(y, p)` is dL/dp, `canonical_slope(y, p)` is dL/dz in one step where p = link(z) (None:
    the two slopes are multiplied instead), `curvature(y, p)` is d2L/dp2 (None: not known).
    `reduction` joins the outputs of a row in the reported value. The gradient is that of the sum
    over outputs for every loss, as in scikit-learn.
    """

    name: str
    value: Callable[[float, float], float]
    slope: Callable[[float, float], float]
    link: str
    canonical_slope: Callable[[float, float], float] | None
    reduction: Reduction
    curvature: Callable[[float, float], float] | None = None
    links: tuple[str, ...] = ()
    """Links whose range lies in the loss's domain; empty: `link` alone."""
    target: Target = "real"
    """The domain of y, see `check_target`."""


@dataclass(frozen=True)
class RowLoss:
    """A loss that ties a row's outputs together.

    `value(y, p)` takes a row of targets and a row of predictions; `slope(y, p, out)` writes dL/dp
    to `out`, which is neither of them. `outputs(n_targets)` says how many numbers p has. Link,
    links, reduction and target mean what they mean in `Loss`.
    """

    name: str
    value: Callable[[Vector, Vector], float]
    slope: Callable[[Vector, Vector, Vector], None]
    link: str
    links: tuple[str, ...]
    outputs: Callable[[int], int]
    reduction: Reduction
    target: Target


@runtime_checkable
class LossSettings(Protocol):
    """A loss with settings, such as `Huber(delta=2.0)`."""

    def row(self) -> Loss | RowLoss:
        """Return its formulas; equal settings give the same ones."""


def same_outputs(n_targets: int) -> int:
    """One output for each target."""
    return n_targets
