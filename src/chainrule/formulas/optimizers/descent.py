"""Update rules that follow the gradient or its sign."""

from ..activations.saturating import sign
from .rule import Optimizer, OptimizerSettings, rate_alone


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


def sign_descent(w: float, g: float, learning_rate: float) -> tuple[float]:
    """Step by the learning rate against the gradient's sign, however large it is.

    Definition: w := w - learning_rate * sign(g)
    Domain: learning_rate > 0.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: as defined.
    Convention: sign(0) = 0.
    Source: Bernstein et al. 2018, "signSGD: compressed optimisation for non-convex problems",
        algorithm 1.
    """
    return (w - learning_rate * sign(g),)


ROWS = (
    Optimizer("sgd", 0, rate_alone, sgd),
    Optimizer("momentum", 1, momentum_constants, momentum),
    Optimizer("nesterov", 1, momentum_constants, nesterov),
    Optimizer("sign", 0, rate_alone, sign_descent),
)
