"""How large the first weights of a layer are.

A row of `INITIALIZERS` gives `scale(fan_in, fan_out, activation_name)`: the bound of a uniform
distribution on [-scale, scale] or the standard deviation of a normal one. A new one is one
function and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Distribution = Literal["uniform", "normal"]
BiasRule = Literal["zeros", "positive", "same", "normal", "he+5"]


class NormalSource(Protocol):
    """What draws: NumPy's RandomState and Generator have this method."""

    def normal(self, loc: float, scale: float, size: Any) -> NDArray[Any]:
        """Draw from a normal distribution."""


@dataclass(frozen=True)
class Initializer:
    """The distribution of a layer's first weights.

    `bias` is how the biases begin where none of `BIAS_RULES` is chosen for them.
    `matrix(random, shape)` draws a whole matrix where its entries depend on each other; `scale` is
    then the deviation of one entry. `data_dependent` says that training rescales the weights on the
    first rows, until each sum has variance 1.
    """

    name: str
    scale: Callable[[int, int, str], float]
    distribution: Distribution
    bias: BiasRule
    matrix: Callable[[NormalSource, tuple[int, int]], NDArray[Any]] | None = None
    data_dependent: bool = False


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


# Between -0.05 and 0.05, as Mitchell 1997 has it.
SMALL_BOUND = 0.05
# The deviation of Krizhevsky, Sutskever and Hinton 2012.
SMALL_DEVIATION = 0.01


def small_uniform(fan_in: int, fan_out: int, activation: str) -> float:
    """Start near 0, where every unit is nearly linear, uniform.

    Definition: bound = 0.05
    Domain: every layer; deep networks lose the signal (its size falls layer by layer).
    Derivative: none.
    Numerical form: none is needed.
    Convention: the bound is the same for every layer; biases are drawn alike.
    Source: Mitchell 1997, "Machine learning", table 4.2.
    """
    return SMALL_BOUND


def small_normal(fan_in: int, fan_out: int, activation: str) -> float:
    """Start near 0, where every unit is nearly linear, normal.

    Definition: standard deviation = 0.01
    Domain: every layer; deep networks lose the signal (its size falls layer by layer).
    Derivative: none.
    Numerical form: none is needed.
    Convention: the deviation is the same for every layer; biases start at 0.
    Source: Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional
        neural networks", section 5.
    """
    return SMALL_DEVIATION


def orthogonal(fan_in: int, fan_out: int, activation: str) -> float:
    """Keep every length through a linear layer, forwards or backwards: orthonormal columns or rows.

    Definition: W^T W = I where fan_in >= fan_out, W W^T = I otherwise; one entry has the deviation
        sqrt(1 / max(fan_in, fan_out))
    Domain: fan_in, fan_out >= 1.
    Derivative: none.
    Numerical form: the Q of a normal matrix's QR decomposition, its columns' signs those of R's
        diagonal, so that every orthogonal matrix is as likely (Mezzadri 2007).
    Convention: gain 1 whatever the activation, as PyTorch's orthogonal_.
    Source: Saxe, McClelland and Ganguli 2014, "Exact solutions to the nonlinear dynamics of
        learning in deep linear neural networks".
    """
    return sqrt(1.0 / max(fan_in, fan_out))


def orthogonal_matrix(random: NormalSource, shape: tuple[int, int]) -> NDArray[Any]:
    """Draw a matrix with orthonormal columns, or rows where it is wider than high."""
    longer, shorter = max(shape), min(shape)
    q, r = np.linalg.qr(random.normal(0.0, 1.0, (longer, shorter)))
    q = q * np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
    return q if shape[0] >= shape[1] else q.T


def lsuv(fan_in: int, fan_out: int, activation: str) -> float:
    """Start orthogonal, then give each layer's sums variance 1 on the first rows, layer by layer.

    Definition: W orthogonal, then W := W / deviation(x W) over rows and units, x the layer's input
    Domain: fan_in, fan_out >= 1; rows whose sums differ.
    Derivative: none.
    Numerical form: that of orthogonal.
    Convention: one factor a layer; the rescaling is done by training.
    Source: Mishkin and Matas 2016, "All you need is a good init", algorithm 1.
    """
    return orthogonal(fan_in, fan_out, activation)


def fan_in_uniform(fan_in: int, fan_out: int, activation: str) -> float:
    """Bound weights and biases by the number of inputs alone.

    Definition: bound = sqrt(1 / fan_in), variance 1 / (3 fan_in)
    Domain: fan_in >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: biases are drawn from the same distribution, as in PyTorch's Linear.
    Source: LeCun, Bottou, Orr and Mueller 1998, "Efficient BackProp", with PyTorch's bound.
    """
    return sqrt(1.0 / fan_in)


def zeros(fan_in: int, fan_out: int, activation: str) -> float:
    """Start at 0: for a last layer, so that the first prediction is the same for every row.

    Definition: W = 0
    Domain: a layer whose units differ by their targets; hidden units would stay alike for ever.
    Derivative: none.
    Numerical form: none is needed.
    Convention: biases too.
    Source: Holzmueller, Grinsztajn and Steinwart 2024, "Better by default" (RealMLP-TD-S).
    """
    return 0.0


def ntk(fan_in: int, fan_out: int, activation: str) -> float:
    """Draw weights and biases as the NTK parametrisation does.

    Definition: standard deviation = sqrt(1 / fan_in), that of a standard normal W in
        y = x W / sqrt(fan_in) + b
    Domain: fan_in >= 1.
    Derivative: none.
    Numerical form: as defined.
    Convention: the root is inside W, which `Dense(ntk=True)` makes up for while training; biases
        are standard normal.
    Source: Jacot, Gabriel and Hongler 2018, "Neural tangent kernel"; RealMLP-TD-S.
    """
    return sqrt(1.0 / fan_in)


def realmlp(fan_in: int, fan_out: int, activation: str) -> float:
    """Draw as RealMLP does, then give each unit's sum variance 1 on the first rows.

    Definition: standard deviation = sqrt(1 / fan_in), then W_k := W_k / deviation(x W_k) for each
        unit k; bias "he+5": minus a random convex combination of the unit's sums on 5 rows
    Domain: fan_in >= 1; rows whose sums differ.
    Derivative: none.
    Numerical form: as defined; the first deviation does not matter once the rows are rescaled.
    Convention: one factor a unit; the rescaling and the bias are done by training.
    Source: Holzmueller, Grinsztajn and Steinwart 2024, "Better by default", section 3.
    """
    return ntk(fan_in, fan_out, activation)


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
        Initializer("fan_in_uniform", fan_in_uniform, "uniform", "same"),
        Initializer("ntk", ntk, "normal", "normal"),
        Initializer("zeros", zeros, "uniform", "zeros"),
        Initializer("small_uniform", small_uniform, "uniform", "same"),
        Initializer("small_normal", small_normal, "normal", "zeros"),
        Initializer("orthogonal", orthogonal, "normal", "zeros", orthogonal_matrix),
        Initializer("lsuv", lsuv, "normal", "zeros", orthogonal_matrix, data_dependent=True),
        Initializer("realmlp", realmlp, "normal", "he+5", data_dependent=True),
    )
}

POSITIVE_BIAS = 0.1
BIAS_RULES: dict[str, str] = {
    "zeros": "0",
    "positive": "0.1, where rectified units begin alive (Goodfellow, Bengio and Courville 2016, "
    '"Deep learning", section 8.4)',
    "same": "drawn from the distribution of the weights (scikit-learn, PyTorch)",
    "normal": "standard normal (Jacot, Gabriel and Hongler 2018)",
    "he+5": "minus a random convex combination of the unit's sums on 5 rows, so that each kink "
    "lies among the rows (RealMLP, 2024)",
}


def bias_rule(initializer: str, chosen: str | None = None) -> str:
    """Return how biases begin: the rule chosen, or that of the weights' initializer."""
    return INITIALIZERS[initializer].bias if chosen is None else chosen
