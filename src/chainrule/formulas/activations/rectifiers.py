"""Activations that keep the positive part of x."""

from ..elementary import exp, expm1, log1pexp
from .row import Activation


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


def relu_curvature(x: float, y: float) -> float:
    """Return 0."""
    return 0.0


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


def leaky_relu_curvature(x: float, y: float) -> float:
    """Return 0."""
    return 0.0


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


def elu_curvature(x: float, y: float) -> float:
    """Return 0, or y + 1 on the negative side."""
    return 0.0 if x > 0.0 else y + 1.0


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


def selu_curvature(x: float, y: float) -> float:
    """Return 0, or y plus the floor's depth on the negative side."""
    return 0.0 if x > 0.0 else y + SELU_FLOOR


def softplus(x: float) -> float:
    """Smooth the rectified linear unit.

    Definition: y = log(1 + exp(x))
    Domain: every x; 0 at -inf, inf at inf.
    Derivative: dy/dx = 1 / (1 + exp(-x)) = 1 - exp(-y)
    Numerical form: the elementary log1pexp, which cannot overflow and whose small values keep their
        relative accuracy; the slope is -expm1(-y) for the same reason.
    Convention: beta = 1, no threshold above which PyTorch returns x itself.
    Source: Dugas et al. 2001, "Incorporating second-order functional knowledge".
    """
    return log1pexp(x)


def softplus_slope(x: float, y: float) -> float:
    """Return 1 - exp(-y) without cancellation."""
    return -expm1(-y)


def softplus_curvature(x: float, y: float) -> float:
    """Return s * (1 - s) with the slope s, and 1 - s = exp(-y)."""
    return -expm1(-y) * exp(-y)


ROWS = (
    Activation("relu", relu, relu_slope, relu_curvature),
    Activation("leaky_relu", leaky_relu, leaky_relu_slope, leaky_relu_curvature),
    Activation("elu", elu, elu_slope, elu_curvature),
    Activation("selu", selu, selu_slope, selu_curvature),
    Activation("softplus", softplus, softplus_slope, softplus_curvature),
)
