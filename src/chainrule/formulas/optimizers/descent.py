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


# Growth, shrinkage, smallest and largest step: PyTorch's; the first two are also the paper's.
GROWTH = 1.2
SHRINKAGE = 0.5
SMALLEST_STEP = 1e-6
LARGEST_STEP = 50.0


def rprop(
    w: float, g: float, previous: float, size: float, learning_rate: float
) -> tuple[float, float, float]:
    """Step by a size that grows while the gradient's sign stays and shrinks when it changes.

    Definition: size := min(1.2 * size, 50) where g * previous > 0,
        max(0.5 * size, 1e-6) and g := 0 where g * previous < 0;
        w := w - sign(g) * size; previous := g
    Domain: learning_rate > 0, the first size of every weight. The gradient is that over all rows,
        since a sign that changes with the batch says nothing.
    Derivative: none; g is the gradient of the mean loss.
    Numerical form: signs are compared, because the product of two gradients may underflow.
    Convention: iRprop-: no step back after a change of sign. The iRprop+ of the same paper takes
        the last step back where the loss rose, which a rule of one weight does not see.
    Source: Igel and Huesken 2003, "Empirical evaluation of the improved Rprop learning algorithms";
        Riedmiller and Braun 1993.
    """
    turn = sign(g) * sign(previous)
    before = learning_rate if size == 0.0 else size
    grown = GROWTH * before if GROWTH * before < LARGEST_STEP else LARGEST_STEP
    shrunk = SHRINKAGE * before if SHRINKAGE * before > SMALLEST_STEP else SMALLEST_STEP
    size = grown if turn > 0.0 else (shrunk if turn < 0.0 else before)
    g = 0.0 * g if turn < 0.0 else g
    return w - sign(g) * size, g, size


ROWS = (
    Optimizer("sgd", 0, rate_alone, sgd),
    Optimizer("momentum", 1, momentum_constants, momentum),
    Optimizer("nesterov", 1, momentum_constants, nesterov),
    Optimizer("sign", 0, rate_alone, sign_descent),
    Optimizer("rprop", 2, rate_alone, rprop, {"learning_rate": 0.01}, full_batch=True),
)
