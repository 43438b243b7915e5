"""Adam and its relatives: a running mean of gradients over the root of one of their squares."""

from ..elementary import sqrt
from .rule import Optimizer, OptimizerSettings


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


def corrected_constants(
    t: int, settings: OptimizerSettings
) -> tuple[float, float, float, float, float, float, float]:
    """Return what adam_constants does, with the correction of sqrt(v) apart, last."""
    return (
        settings.learning_rate / (1.0 - settings.beta_1**t),
        settings.beta_1,
        1.0 - settings.beta_1,
        settings.beta_2,
        1.0 - settings.beta_2,
        settings.epsilon,
        1.0 / sqrt(1.0 - settings.beta_2**t),
    )


def adamw(
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
    correction: float,
) -> tuple[float, float, float]:
    """Adam's step beside a decay of the weights that the gradient's size does not scale.

    Definition: m and v as in adam; w := w - rate * m / (sqrt(v) * correction + epsilon),
        rate = learning_rate / (1 - beta_1^t), correction = 1 / sqrt(1 - beta_2^t). Before it, the
        engine takes the decay w := w - learning_rate * weight_decay * w.
    Domain: 0 <= beta_1, beta_2 < 1; epsilon > 0; t counts from 1.
    Derivative: none; g is the gradient of the batch's mean loss, without the decay.
    Numerical form: both corrections once a step.
    Convention: epsilon is added after the bias correction, and the decay is multiplied by the
        learning rate, as in PyTorch; the paper multiplies it by the schedule's factor alone.
    Source: Loshchilov and Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """
    m = beta_1 * m + complement_1 * g
    v = beta_2 * v + complement_2 * (g * g)
    return w - rate * m / (sqrt(v) * correction + epsilon), m, v


def amsgrad(
    w: float,
    g: float,
    m: float,
    v: float,
    largest: float,
    rate: float,
    beta_1: float,
    complement_1: float,
    beta_2: float,
    complement_2: float,
    epsilon: float,
    correction: float,
) -> tuple[float, float, float, float]:
    """Adam with a denominator that never falls.

    Definition: m and v as in adam; largest := max(largest, v);
        w := w - rate * m / (sqrt(largest) * correction + epsilon)
    Domain: 0 <= beta_1, beta_2 < 1; epsilon > 0; t counts from 1.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: both corrections once a step.
    Convention: with Adam's bias corrections, epsilon after them, as in PyTorch; the paper has
        neither corrections nor epsilon.
    Source: Reddi, Kale and Kumar 2018, "On the convergence of Adam and beyond", algorithm 2.
    """
    m = beta_1 * m + complement_1 * g
    v = beta_2 * v + complement_2 * (g * g)
    largest = largest if largest > v else v
    return w - rate * m / (sqrt(largest) * correction + epsilon), m, v, largest


# Dozat's schedule: the momentum rises from half of beta_1 to beta_1, by 0.96 every 250 steps.
MOMENTUM_BASE = 0.96
MOMENTUM_DECAY = 0.004

# So many momenta, none above 0.506, have a product below 1e-18: a rounding of 1, whatever beta_1.
MOMENTA_THAT_COUNT = 64


def nadam_momentum(t: int, beta_1: float) -> float:
    """Return the momentum of step t, beta_1 * (1 - 0.96^(0.004 t) / 2)."""
    share: float = MOMENTUM_BASE ** (t * MOMENTUM_DECAY)
    return beta_1 * (1.0 - 0.5 * share)


def nadam_product(t: int, beta_1: float) -> float:
    """Return the product of the momenta of the steps 1 to t."""
    if t > MOMENTA_THAT_COUNT:
        return 0.0
    product = 1.0
    for step in range(1, t + 1):
        product *= nadam_momentum(step, beta_1)
    return product


def nadam_constants(
    t: int, settings: OptimizerSettings
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """Return what corrected_constants does, its rate uncorrected, and the shares of g and m."""
    now = nadam_momentum(t, settings.beta_1)
    following = nadam_momentum(t + 1, settings.beta_1)
    product = nadam_product(t, settings.beta_1)
    return (
        settings.learning_rate,
        settings.beta_1,
        1.0 - settings.beta_1,
        settings.beta_2,
        1.0 - settings.beta_2,
        settings.epsilon,
        1.0 / sqrt(1.0 - settings.beta_2**t),
        (1.0 - now) / (1.0 - product),
        following / (1.0 - product * following),
    )


def nadam(
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
    correction: float,
    gradient_share: float,
    mean_share: float,
) -> tuple[float, float, float]:
    """Adam that looks one step ahead, as Nesterov's momentum does.

    Definition: m and v as in adam;
        w := w - rate * ((1 - now) / (1 - product) * g + next / (1 - product * next) * m)
        / (sqrt(v) * correction + epsilon), now and next the momenta of this step and the next one,
        product that of all momenta so far
    Domain: 0 < beta_1 < 1, 0 <= beta_2 < 1; epsilon > 0; t counts from 1.
    Derivative: none; g is the gradient of the batch's mean loss.
    Numerical form: the shares of g and m are worked out once a step. The product, which halves at
        least from step to step at first, is left out after 64 steps, where it vanishes beside 1.
    Convention: momentum beta_1 * (1 - 0.96^(0.004 t) / 2), epsilon after the correction, learning
        rate 0.002, as in PyTorch. Where a course changes beta_1, the product takes that at hand.
    Source: Dozat 2016, "Incorporating Nesterov momentum into Adam".
    """
    m = beta_1 * m + complement_1 * g
    v = beta_2 * v + complement_2 * (g * g)
    step = rate * (gradient_share * g + mean_share * m) / (sqrt(v) * correction + epsilon)
    return w - step, m, v


ROWS = (
    Optimizer("adam", 2, adam_constants, adam),
    Optimizer("amsgrad", 3, corrected_constants, amsgrad),
    Optimizer("adamw", 2, corrected_constants, adamw),
    Optimizer("nadam", 2, nadam_constants, nadam, {"learning_rate": 0.002}),
)
