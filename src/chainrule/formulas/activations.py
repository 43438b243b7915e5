"""Activation functions of one number, each with its slope beside it.

A row of `ACTIVATIONS` holds `value(x) -> y` and `slope(x, y) -> dy/dx`, where `y = value(x)`; a
slope uses whichever of the two makes it cheap. A new activation is two functions and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .elementary import erf, exp, expm1, log1p, tanh


@dataclass(frozen=True)
class Activation:
    """A function of one number with its derivative at x, given x and y = value(x)."""

    name: str
    value: Callable[[float], float]
    slope: Callable[[float, float], float]


def identity(x: float) -> float:
    """Pass x on unchanged.

    Definition: y = x
    Domain: every x.
    Derivative: dy/dx = 1
    Numerical form: none is needed.
    Convention: as scikit-learn's "identity".
    Source: the linear unit, Widrow and Hoff 1960, "Adaptive switching circuits".
    """
    return x


def identity_slope(x: float, y: float) -> float:
    """Return 1."""
    return 1.0


def logistic(x: float) -> float:
    """Squash x to (0, 1), the logistic sigmoid.

    Definition: y = 1 / (1 + exp(-x))
    Domain: every x; 0 at -inf, 1 at inf.
    Derivative: dy/dx = y * (1 - y)
    Numerical form: as defined. Where exp(-x) overflows, the quotient is 0, and for negative x the
        relative accuracy is kept, which (1 + tanh(x/2)) / 2 would lose.
    Convention: as scikit-learn's "logistic", also called sigmoid.
    Source: Verhulst 1845; for networks Rumelhart, Hinton and Williams 1986, eq. 2.
    """
    return 1.0 / (1.0 + exp(-x))


def logistic_slope(x: float, y: float) -> float:
    """Return y * (1 - y)."""
    return y * (1.0 - y)


def hyperbolic_tangent(x: float) -> float:
    """Squash x to (-1, 1).

    Definition: y = tanh(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x))
    Domain: every x; -1 at -inf, 1 at inf.
    Derivative: dy/dx = 1 - y * y
    Numerical form: the elementary tanh. The slope's absolute error is one rounding of 1; its
        relative error grows where |y| is near 1.
    Convention: as scikit-learn's "tanh".
    Source: LeCun, Bottou, Orr and Mueller 1998, "Efficient BackProp", section 4.4.
    """
    return tanh(x)


def hyperbolic_tangent_slope(x: float, y: float) -> float:
    """Return 1 - y * y."""
    return 1.0 - y * y


def hard_tanh(x: float) -> float:
    """Clip x to [-1, 1].

    Definition: y = min(max(x, -1), 1)
    Domain: every x; NaN stays NaN.
    Derivative: dy/dx = 1 for |x| < 1, otherwise 0
    Numerical form: two selections, exact.
    Convention: slope 0 at both kinks, as PyTorch's Hardtanh.
    Source: Collobert 2004, "Large scale machine learning", thesis, University of Paris VI.
    """
    return -1.0 if x < -1.0 else (1.0 if x > 1.0 else x)


def hard_tanh_slope(x: float, y: float) -> float:
    """One strictly inside (-1, 1)."""
    return 1.0 if abs(x) < 1.0 else 0.0


def relu(x: float) -> float:
    """Keep the positive part of x, the rectified linear unit.

    Definition: y = max(x, 0)
    Domain: every x; NaN stays NaN, so that a diverged network is noticed.
    Derivative: dy/dx = 1 for x > 0, otherwise 0
    Numerical form: one selection, exact; written with x <= 0 because then NaN falls through.
    Convention: slope 0 at the kink, as scikit-learn and PyTorch.
    Source: Nair and Hinton 2010, "Rectified linear units improve restricted Boltzmann machines".
    """
    return 0.0 if x <= 0.0 else x


def relu_slope(x: float, y: float) -> float:
    """One where the unit is active."""
    return 1.0 if y > 0.0 else 0.0


# The slope for negative x that Maas et al. 2013 use.
LEAK = 0.01


def leaky_relu(x: float) -> float:
    """Keep the positive part and a hundredth of the negative part.

    Definition: y = x for x > 0, otherwise 0.01 * x
    Domain: every x.
    Derivative: dy/dx = 1 for x > 0, otherwise 0.01
    Numerical form: one selection.
    Convention: the leak is 0.01 and holds at the kink too, as in PyTorch.
    Source: Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve acoustic models".
    """
    return x if x > 0.0 else LEAK * x


def leaky_relu_slope(x: float, y: float) -> float:
    """One or the leak."""
    return 1.0 if x > 0.0 else LEAK


def elu(x: float) -> float:
    """Keep the positive part and let the negative part saturate at -1.

    Definition: y = x for x > 0, otherwise exp(x) - 1
    Domain: every x; -1 at -inf.
    Derivative: dy/dx = 1 for x > 0, otherwise exp(x) = y + 1
    Numerical form: expm1, since exp(x) - 1 cancels near 0; the slope y + 1 spares an exponential,
        with an absolute error of one rounding of 1.
    Convention: alpha = 1, the default of PyTorch's ELU.
    Source: Clevert, Unterthiner and Hochreiter 2016, "Exponential linear units", eq. 15.
    """
    return x if x > 0.0 else expm1(x)


def elu_slope(x: float, y: float) -> float:
    """One, or y + 1 on the negative side."""
    return 1.0 if x > 0.0 else y + 1.0


# The fixed point of mean 0 and variance 1, Klambauer et al. 2017, appendix A1,
# solved to double precision.
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772
SELU_FLOOR = SELU_SCALE * SELU_ALPHA


def selu(x: float) -> float:
    """Scale an exponential linear unit so that mean 0 and variance 1 reproduce themselves.

    Definition: y = s * x for x > 0, otherwise s * a * (exp(x) - 1)
    Domain: every x; -s * a at -inf.
    Derivative: dy/dx = s for x > 0, otherwise s * a * exp(x) = y + s * a
    Numerical form: expm1, since exp(x) - 1 cancels near 0; the slope spares an exponential as
        elu's does.
    Convention: s = 1.0507..., a = 1.6732...; the slope at the kink is that of the negative side, s
        * a.
    Source: Klambauer et al. 2017, "Self-normalizing neural networks", eq. 2.
    """
    return SELU_SCALE * x if x > 0.0 else SELU_FLOOR * expm1(x)


def selu_slope(x: float, y: float) -> float:
    """Return the scale, or y plus the floor's depth on the negative side."""
    return SELU_SCALE if x > 0.0 else y + SELU_FLOOR


# 1 / sqrt(2) and 1 / sqrt(2 * pi), rounded to double precision.
SQRT_HALF = 0.7071067811865476
INVERSE_SQRT_TWO_PI = 0.3989422804014327


def gelu(x: float) -> float:
    """Weight x by the probability that a standard normal variable lies below it.

    Definition: y = x * Phi(x), Phi(x) = (1 + erf(x / sqrt(2))) / 2
    Domain: finite x (at -inf the product 0 * inf is NaN).
    Derivative: dy/dx = Phi(x) + x * exp(-x * x / 2) / sqrt(2 * pi)
    Numerical form: as defined. For x below -3 the sum 1 + erf cancels, so the error there is
        absolute, about |x| roundings of 1, as in PyTorch.
    Convention: the exact form, not the tanh approximation.
    Source: Hendrycks and Gimpel 2016, "Gaussian error linear units", section 2.
    """
    return 0.5 * x * (1.0 + erf(x * SQRT_HALF))


def gelu_slope(x: float, y: float) -> float:
    """Phi(x) plus x times the normal density."""
    density = INVERSE_SQRT_TWO_PI * exp(-0.5 * x * x)
    return 0.5 * (1.0 + erf(x * SQRT_HALF)) + x * density


def silu(x: float) -> float:
    """Weight x by its own logistic sigmoid, also called swish.

    Definition: y = x * s, s = 1 / (1 + exp(-x))
    Domain: finite x (at -inf the product 0 * inf is NaN).
    Derivative: dy/dx = s * (1 + x * (1 - s)) = s + y * (1 - s)
    Numerical form: one quotient, x / (1 + exp(-x)).
    Convention: beta = 1 in Swish's x * s(beta * x).
    Source: Elfwing, Uchibe and Doya 2018, "Sigmoid-weighted linear units", section 2.
    """
    return x / (1.0 + exp(-x))


def silu_slope(x: float, y: float) -> float:
    """Return s + y * (1 - s) with s the logistic sigmoid of x."""
    s = logistic(x)
    return s + y * (1.0 - s)


def softplus(x: float) -> float:
    """Smooth the rectified linear unit.

    Definition: y = log(1 + exp(x))
    Domain: every x; 0 at -inf, inf at inf.
    Derivative: dy/dx = 1 / (1 + exp(-x)) = 1 - exp(-y)
    Numerical form: max(x, 0) + log1p(exp(-|x|)), whose exponential cannot overflow and whose small
        values keep their relative accuracy; the slope is -expm1(-y) for the same reason.
    Convention: beta = 1, no threshold above which PyTorch returns x itself.
    Source: Dugas et al. 2001, "Incorporating second-order functional knowledge".
    """
    return (0.0 if x <= 0.0 else x) + log1p(exp(-abs(x)))


def softplus_slope(x: float, y: float) -> float:
    """Return 1 - exp(-y) without cancellation."""
    return -expm1(-y)


ACTIVATIONS: dict[str, Activation] = {
    row.name: row
    for row in (
        Activation("identity", identity, identity_slope),
        Activation("logistic", logistic, logistic_slope),
        Activation("tanh", hyperbolic_tangent, hyperbolic_tangent_slope),
        Activation("hard_tanh", hard_tanh, hard_tanh_slope),
        Activation("relu", relu, relu_slope),
        Activation("leaky_relu", leaky_relu, leaky_relu_slope),
        Activation("elu", elu, elu_slope),
        Activation("selu", selu, selu_slope),
        Activation("gelu", gelu, gelu_slope),
        Activation("silu", silu, silu_slope),
        Activation("softplus", softplus, softplus_slope),
    )
}
