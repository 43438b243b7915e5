"""Update rules that divide each weight's gradient by the size of its past ones."""

from ..elementary import sqrt
from .rule import Optimizer, OptimizerSettings


def adagrad_constants(t: int, settings: OptimizerSettings) -> tuple[float, float]:
    """Return the learning rate and epsilon."""
    return settings.learning_rate, settings.epsilon


def adagrad(
    w: float, g: float, v: float, learning_rate: float, epsilon: float
) -> tuple[float, float]:
    """Divide by the root of the sum of all squared gradients so far.

    Definition: v := v + g * g; w := w - learning_rate * g / (sqrt(v) + epsilon)
    Domain: learning_rate > 0, epsilon > 0.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: as defined.
    Convention: epsilon outside the root and no decay of the rate, as in PyTorch, whose defaults
        0.01 and 1e-10 these are.
    Source: Duchi, Hazan and Singer 2011, "Adaptive subgradient methods".
    """
    v = v + g * g
    return w - learning_rate * g / (sqrt(v) + epsilon), v


def decaying_constants(t: int, settings: OptimizerSettings) -> tuple[float, float, float, float]:
    """Return the learning rate, rho with its complement, and epsilon."""
    return settings.learning_rate, settings.rho, 1.0 - settings.rho, settings.epsilon


def adadelta(
    w: float,
    g: float,
    v: float,
    u: float,
    learning_rate: float,
    rho: float,
    complement: float,
    epsilon: float,
) -> tuple[float, float, float]:
    """Step in the weight's own units: past steps over past gradients.

    Definition: v := rho * v + (1 - rho) * g * g; d = g * sqrt((u + epsilon) / (v + epsilon));
        u := rho * u + (1 - rho) * d * d; w := w - learning_rate * d
    Domain: 0 <= rho < 1, epsilon > 0, learning_rate > 0.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: one root of the quotient; the complement 1 - rho is taken before the numbers
        are rounded to the working precision.
    Convention: the paper has no learning rate: 1 here, with rho 0.9 and epsilon 1e-6, as in
        PyTorch.
    Source: Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1.
    """
    v = rho * v + complement * (g * g)
    d = g * sqrt((u + epsilon) / (v + epsilon))
    return w - learning_rate * d, v, rho * u + complement * (d * d)


def rmsprop(
    w: float,
    g: float,
    v: float,
    learning_rate: float,
    rho: float,
    complement: float,
    epsilon: float,
) -> tuple[float, float]:
    """Divide by the root of a running mean of squared gradients.

    Definition: v := rho * v + (1 - rho) * g * g; w := w - learning_rate * g / (sqrt(v) + epsilon)
    Domain: 0 <= rho < 1, epsilon > 0, learning_rate > 0.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: the complement 1 - rho is taken before the numbers are rounded to the working
        precision.
    Convention: epsilon outside the root, neither centred nor with momentum; learning rate 0.01 and
        rho 0.99, as in PyTorch (the lecture has 0.9).
    Source: Tieleman and Hinton 2012, "Neural networks for machine learning", lecture 6e.
    """
    v = rho * v + complement * (g * g)
    return w - learning_rate * g / (sqrt(v) + epsilon), v


ROWS = (
    Optimizer("adagrad", 1, adagrad_constants, adagrad, {"learning_rate": 0.01, "epsilon": 1e-10}),
    Optimizer(
        "adadelta",
        2,
        decaying_constants,
        adadelta,
        {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-6},
    ),
    Optimizer("rmsprop", 1, decaying_constants, rmsprop, {"learning_rate": 0.01, "rho": 0.99}),
)
