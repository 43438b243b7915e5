"""Update rules of one weight w with gradient g, exactly as scikit-learn's solvers compute them.

A row of `OPTIMIZERS` holds `constants(t, settings)`, a tuple of numbers that are the same for every
weight of step t = 1, 2, ..., and `update(w, g, *states, *constants) -> (w, *states)`, where the
`n_states` states of a weight start at 0. A new optimizer is two functions and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .elementary import sqrt


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
        """The decay of Adam's mean of gradients, in [0, 1)."""

    @property
    def beta_2(self) -> float:
        """The decay of Adam's mean of squared gradients, in [0, 1)."""

    @property
    def epsilon(self) -> float:
        """What Adam adds to its denominator."""


@dataclass(frozen=True)
class Optimizer:
    """An update rule; `update` takes n_states states, then all that `constants` returns."""

    name: str
    n_states: int
    constants: Callable[[int, OptimizerSettings], tuple[float, ...]]
    update: Callable[..., tuple[float, ...]]


def sgd_constants(t: int, settings: OptimizerSettings) -> tuple[float]:
    """Return the learning rate."""
    return (settings.learning_rate,)


def sgd(w: float, g: float, learning_rate: float) -> tuple[float]:
    """Step against the gradient.

    Definition: w := w - learning_rate * g
    Domain: learning_rate > 0.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: as defined.
    Convention: no momentum; equal to "momentum" with momentum = 0.
    Source: Robbins and Monro 1951, "A stochastic approximation method".
    """
    return (w - learning_rate * g,)


def momentum_constants(t: int, settings: OptimizerSettings) -> tuple[float, float]:
    """Return the learning rate and the momentum."""
    return settings.learning_rate, settings.momentum


def momentum(
    w: float, g: float, velocity: float, learning_rate: float, friction: float
) -> tuple[float, float]:
    """Let the steps gather speed.

    Definition: v := momentum * v - learning_rate * g; w := w + v
    Domain: 0 <= momentum <= 1, learning_rate > 0.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: as defined.
    Convention: the learning rate is inside the velocity, as in scikit-learn; PyTorch multiplies the
        whole velocity by it, which differs once the rate changes.
    Source: Polyak 1964; Sutskever et al. 2013, "On the importance of initialization and momentum",
        eq. 1-2.
    """
    velocity = friction * velocity - learning_rate * g
    return w + velocity, velocity


def nesterov(
    w: float, g: float, velocity: float, learning_rate: float, friction: float
) -> tuple[float, float]:
    """Gather speed and look one step ahead.

    Definition: v := momentum * v - learning_rate * g; w := w + momentum * v - learning_rate * g
    Domain: 0 <= momentum <= 1, learning_rate > 0.
    Derivative: none; g is the gradient of the batch's mean loss at the weights looked ahead to.
    Numerical form: as defined.
    Convention: w stands for the weights looked ahead to, so that one gradient at w suffices, as in
        scikit-learn and PyTorch; the learning rate is inside the velocity.
    Source: Nesterov 1983; Sutskever et al. 2013, eq. 3-4, in the variables of Bengio et al. 2012,
        eq. 7.
    """
    velocity = friction * velocity - learning_rate * g
    return w + (friction * velocity - learning_rate * g), velocity


def adam_constants(
    t: int, settings: OptimizerSettings
) -> tuple[float, float, float, float, float, float]:
    """Return the corrected rate, each decay with its complement, and epsilon."""
    correction = sqrt(1.0 - settings.beta_2**t) / (1.0 - settings.beta_1**t)
    return (
        settings.learning_rate * correction,
        settings.beta_1,
        1.0 - settings.beta_1,
        settings.beta_2,
        1.0 - settings.beta_2,
        settings.epsilon,
    )


def adam(
    w: float,
    g: float,
    m: float,
    v: float,
    rate: float,
    beta_1: float,
    complement_1: float,
    beta_2: float,
    complement_2: float,
    epsilon: float,
) -> tuple[float, float, float]:
    """Scale each weight's step by running means of its gradient and of the gradient's square.

    Definition: m := beta_1 * m + (1 - beta_1) * g; v := beta_2 * v + (1 - beta_2) * g * g;
        w := w - rate * m / (sqrt(v) + epsilon),
        rate = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
    Domain: 0 <= beta_1, beta_2 < 1; epsilon > 0; t counts from 1.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: both bias corrections are in the rate, once a step; the complements 1 - beta are
        taken before the numbers are rounded to the working precision.
    Convention: epsilon is added to sqrt(v) before the bias correction ("epsilon hat"), as in
        scikit-learn; PyTorch adds it after, which differs while t is small.
    Source: Kingma and Ba 2015, "Adam", algorithm 1 in the order of the end of section 2.
    """
    m = beta_1 * m + complement_1 * g
    v = beta_2 * v + complement_2 * (g * g)
    return w - rate * m / (sqrt(v) + epsilon), m, v


OPTIMIZERS: dict[str, Optimizer] = {
    row.name: row
    for row in (
        Optimizer("sgd", 0, sgd_constants, sgd),
        Optimizer("momentum", 1, momentum_constants, momentum),
        Optimizer("nesterov", 1, momentum_constants, nesterov),
        Optimizer("adam", 2, adam_constants, adam),
    )
}
