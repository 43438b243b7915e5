"""What a row of `OPTIMIZERS` is, and what it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class OptimizerSettings(Protocol):
    """What the rules read; a rule reads only what it needs."""

    @property
    def learning_rate(self) -> float:
        """The current learning rate, after its schedule."""

    @property
    def momentum(self) -> float:
        """The share of the velocity that is kept, in [0, 1]."""

    @property
    def beta_1(self) -> float:
        """The decay of the mean of gradients, in [0, 1)."""

    @property
    def beta_2(self) -> float:
        """The decay of the mean of squared gradients, in [0, 1)."""

    @property
    def rho(self) -> float:
        """The decay of AdaDelta's and RMSProp's mean of squared gradients, in [0, 1)."""

    @property
    def epsilon(self) -> float:
        """What is added to a denominator."""


@dataclass(frozen=True)
class Optimizer:
    """An update rule; `update` takes n_states states, then all that `constants` returns.

    The first constant is the rate, by which the whole step is multiplied.
    """

    name: str
    n_states: int
    constants: Callable[[int, OptimizerSettings], tuple[float, ...]]
    update: Callable[..., tuple[float, ...]]
    defaults: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Settings whose default is not scikit-learn's Adam's, by their name in `OptimizerSettings`."""


def rate_alone(t: int, settings: OptimizerSettings) -> tuple[float]:
    """Return the learning rate."""
    return (settings.learning_rate,)
