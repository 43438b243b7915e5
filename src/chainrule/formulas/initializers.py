"""How large the first weights of a layer are.

A row of `INITIALIZERS` gives `scale(fan_in, fan_out, activation_name)`: the bound of a uniform
distribution on [-scale, scale] or the standard deviation of a normal one. A new one is one
function and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Literal

Distribution = Literal["uniform", "normal"]
BiasRule = Literal["zeros", "same"]


@dataclass(frozen=True)
class Initializer:
    """The distribution of a layer's first weights; `bias` "same" draws the biases from it too."""

    name: str
    scale: Callable[[int, int, str], float]
    distribution: Distribution
    bias: BiasRule


def scikit_learn(fan_in: int, fan_out: int, activation: str) -> float:
    """Bound the weights as scikit-learn's multilayer perceptron does.

    Definition: bound = sqrt(c / (fan_in + fan_out)), c = 2 for the activation "logistic",
        otherwise 6
    Domain: fan_in + fan_out >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: biases are drawn from the same distribution.
    Source: Glorot and Bengio 2010, eq. 16, with scikit-learn's factor for the logistic activation.
    """
    factor = 2.0 if activation == "logistic" else 6.0
    return sqrt(factor / (fan_in + fan_out))


def glorot_uniform(fan_in: int, fan_out: int, activation: str) -> float:
    """Keep variances both forwards and backwards through a linear layer, uniform.

    Definition: bound = sqrt(6 / (fan_in + fan_out)), variance 2 / (fan_in + fan_out)
    Domain: fan_in + fan_out >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: gain 1 whatever the activation; also called Xavier.
    Source: Glorot and Bengio 2010, "Understanding the difficulty of training", eq. 16.
    """
    return sqrt(6.0 / (fan_in + fan_out))


def glorot_normal(fan_in: int, fan_out: int, activation: str) -> float:
    """Keep variances both forwards and backwards through a linear layer, normal.

    Definition: standard deviation = sqrt(2 / (fan_in + fan_out))
    Domain: fan_in + fan_out >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: gain 1 whatever the activation; the normal distribution is not truncated.
    Source: Glorot and Bengio 2010, eq. 12.
    """
    return sqrt(2.0 / (fan_in + fan_out))


def he_uniform(fan_in: int, fan_out: int, activation: str) -> float:
    """Keep variances forwards through rectified units, uniform.

    Definition: bound = sqrt(6 / fan_in), variance 2 / fan_in
    Domain: fan_in >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: the gain of ReLU, sqrt(2), whatever the activation; also called Kaiming.
    Source: He et al. 2015, "Delving deep into rectifiers", eq. 10.
    """
    return sqrt(6.0 / fan_in)


def he_normal(fan_in: int, fan_out: int, activation: str) -> float:
    """Keep variances forwards through rectified units, normal.

    Definition: standard deviation = sqrt(2 / fan_in)
    Domain: fan_in >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: the gain of ReLU, sqrt(2), whatever the activation; not truncated.
    Source: He et al. 2015, "Delving deep into rectifiers", eq. 10.
    """
    return sqrt(2.0 / fan_in)


def lecun_uniform(fan_in: int, fan_out: int, activation: str) -> float:
    """Keep variances forwards through a linear layer, uniform.

    Definition: bound = sqrt(3 / fan_in), variance 1 / fan_in
    Domain: fan_in >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: gain 1 whatever the activation.
    Source: LeCun, Bottou, Orr and Mueller 1998, "Efficient BackProp", eq. 16.
    """
    return sqrt(3.0 / fan_in)


def lecun_normal(fan_in: int, fan_out: int, activation: str) -> float:
    """Keep variances forwards through a linear layer, normal; what SELU asks for.

    Definition: standard deviation = sqrt(1 / fan_in)
    Domain: fan_in >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: gain 1 whatever the activation; not truncated.
    Source: LeCun, Bottou, Orr and Mueller 1998, "Efficient BackProp", eq. 16.
    """
    return sqrt(1.0 / fan_in)


INITIALIZERS: dict[str, Initializer] = {
    row.name: row
    for row in (
        Initializer("scikit-learn", scikit_learn, "uniform", "same"),
        Initializer("glorot_uniform", glorot_uniform, "uniform", "zeros"),
        Initializer("glorot_normal", glorot_normal, "normal", "zeros"),
        Initializer("he_uniform", he_uniform, "uniform", "zeros"),
        Initializer("he_normal", he_normal, "normal", "zeros"),
        Initializer("lecun_uniform", lecun_uniform, "uniform", "zeros"),
        Initializer("lecun_normal", lecun_normal, "normal", "zeros"),
    )
}
