"""Activations that weight x by a smooth gate between 0 and 1.

Slopes take the gate back from y = x * gate by a quotient, which is cheaper than erf, exp or tanh.
"""

from ..elementary import erf, exp, tanh
from .row import Activation
from .saturating import logistic

# 1 / sqrt(2) and 1 / sqrt(2 * pi), rounded to double precision.
SQRT_HALF = 0.7071067811865476
INVERSE_SQRT_TWO_PI = 0.3989422804014327

# Below this |x| every gate here is 1/2 to rounding, and y may have lost digits to underflow.
NEAR_ZERO = 1e-20


def gate_of(x: float, y: float) -> float:
    """Return the gate y / x, 1/2 near 0."""
    return y / x if abs(x) > NEAR_ZERO else 0.5


def gelu(x: float) -> float:
    """Weight x by the probability that a standard normal variable lies below it.

    Definition: y = x * Phi(x), Phi(x) = (1 + erf(x / sqrt(2))) / 2
    Domain: finite x (at -inf the product 0 * inf is NaN).
    Derivative: dy/dx = Phi(x) + x * exp(-x * x / 2) / sqrt(2 * pi)
    Numerical form: as defined. For x below -3 the sum 1 + erf cancels, so the error there is
        absolute, about |x| roundings of 1, as in PyTorch. The slope spares an erf by Phi(x) = y / x
        (1/2 near 0).
    Convention: the exact form, not the tanh approximation.
    Source: Hendrycks and Gimpel 2016, "Gaussian error linear units", section 2.
    """
    return 0.5 * x * (1.0 + erf(x * SQRT_HALF))


def gelu_slope(x: float, y: float) -> float:
    """Phi(x) = y / x plus x times the normal density."""
    return gate_of(x, y) + x * (INVERSE_SQRT_TWO_PI * exp(-0.5 * x * x))


def gelu_curvature(x: float, y: float) -> float:
    """Return the normal density times (2 - x * x)."""
    return INVERSE_SQRT_TWO_PI * exp(-0.5 * x * x) * (2.0 - x * x)


# sqrt(2 / pi), and the factor of x^3 that Hendrycks and Gimpel fitted.
SQRT_TWO_OVER_PI = 0.7978845608028654
GELU_CUBIC = 0.044715


def gelu_tanh(x: float) -> float:
    """Weight x by a tanh that is close to the normal distribution function.

    Definition: y = x * (1 + tanh(u)) / 2, u = sqrt(2 / pi) * (x + 0.044715 * x^3)
    Domain: finite x whose cube is finite (at -inf the product inf * 0 is NaN).
    Derivative: dy/dx = (1 + t) / 2 + x * (1 - t * t) * u' / 2, t = tanh(u),
        u' = sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)
    Numerical form: as defined. For x below -3 the sum 1 + t cancels, so the error there is
        absolute, about |x| roundings of 1, as in PyTorch. The slope spares a tanh by the gate
        q = (1 + t) / 2 = y / x (1/2 near 0), (1 - t * t) / 4 = q * (1 - q), to an absolute error
        of at most a hundred roundings of 1, where |x| is about 6 and u' large.
    Convention: PyTorch's GELU(approximate="tanh"), within 5e-4 of the exact form "gelu".
    Source: Hendrycks and Gimpel 2016, "Gaussian error linear units", section 2.
    """
    return 0.5 * x * (1.0 + tanh(gelu_argument(x)))


def gelu_argument(x: float) -> float:
    """Return u, of which gelu_tanh takes the tanh."""
    return SQRT_TWO_OVER_PI * (x + GELU_CUBIC * x * x * x)


def gelu_argument_slope(x: float) -> float:
    """Return du/dx."""
    return SQRT_TWO_OVER_PI * (1.0 + 3.0 * GELU_CUBIC * x * x)


def gelu_tanh_slope(x: float, y: float) -> float:
    """Return q + 2 x * q * (1 - q) * u', where x * q = y."""
    q = gate_of(x, y)
    return q + 2.0 * y * (1.0 - q) * gelu_argument_slope(x)


def gelu_tanh_curvature(x: float, y: float) -> float:
    """Return (1 - t * t) * (u' + x * (u'' / 2 - t * u' * u')), u'' / 2 = 3 * 0.044715 * c * x."""
    t = tanh(gelu_argument(x))
    du = gelu_argument_slope(x)
    half_ddu = 3.0 * SQRT_TWO_OVER_PI * GELU_CUBIC * x
    return (1.0 - t * t) * (du + x * (half_ddu - t * du * du))


def silu(x: float) -> float:
    """Weight x by its own logistic sigmoid, also called swish.

    Definition: y = x * s, s = 1 / (1 + exp(-x))
    Domain: finite x (at -inf the product 0 * inf is NaN).
    Derivative: dy/dx = s * (1 + x * (1 - s)) = s + y * (1 - s)
    Numerical form: one quotient, x / (1 + exp(-x)). The slope spares an exponential by s = y / x
        (1/2 near 0), to an absolute error of about 2 |x| roundings of 1 for positive x.
    Convention: beta = 1 in Swish's x * s(beta * x).
    Source: Elfwing, Uchibe and Doya 2018, "Sigmoid-weighted linear units", section 2.
    """
    return x / (1.0 + exp(-x))


def silu_slope(x: float, y: float) -> float:
    """Return s + y * (1 - s) with s = y / x."""
    s = gate_of(x, y)
    return s + y * (1.0 - s)


def silu_curvature(x: float, y: float) -> float:
    """Return s * (1 - s) * (2 + x * (1 - 2 s)) with s the logistic sigmoid of x."""
    s = logistic(x)
    return s * (1.0 - s) * (2.0 + x * (1.0 - 2.0 * s))


# From here on mish is x to rounding, and the square of the exponential is far from overflow.
MISH_LARGE = 24.0


def mish(x: float) -> float:
    """Weight x by the tanh of its softplus.

    Definition: y = x * t, t = tanh(log(1 + exp(x)))
    Domain: finite x (at -inf the product inf * 0 is NaN).
    Derivative: dy/dx = t + x * t', t' = 4 e * (1 + e) / (w + 2)^2, e = exp(x), w = e * (e + 2)
    Numerical form: t = w / (w + 2), one exponential in place of three elementary functions. It is
        taken of min(x, 24), beyond which t is 1 to rounding, so that nothing overflows; for
        negative x relative accuracy is kept. In the slope e * (1 + e) / (w + 2) = t - e / (w + 2).
    Convention: as PyTorch's Mish.
    Source: Misra 2019, "Mish: a self regularized non-monotonic activation function".
    """
    w = mish_term(exp(at_most_large(x)))
    return x * (w / (w + 2.0))


def at_most_large(x: float) -> float:
    """Return min(x, 24)."""
    return MISH_LARGE if x > MISH_LARGE else x


def mish_term(e: float) -> float:
    """Return w = (1 + e)^2 - 1."""
    return e * (e + 2.0)


def mish_slope(x: float, y: float) -> float:
    """Return t + x * t'."""
    x = at_most_large(x)
    e = exp(x)
    w = mish_term(e)
    inverse = 1.0 / (w + 2.0)
    t = w * inverse
    return t + 4.0 * x * inverse * (t - e * inverse)


def mish_curvature(x: float, y: float) -> float:
    """Return 2 t' + x * t'', t'' = t' * (1 + s - 4 e * (1 + e) / (w + 2)), s = e / (1 + e)."""
    x = at_most_large(x)
    e = exp(x)
    inverse = 1.0 / (mish_term(e) + 2.0)
    quotient = e * (1.0 + e) * inverse
    return 4.0 * inverse * quotient * (2.0 + x * (1.0 + e / (1.0 + e) - 4.0 * quotient))


ROWS = (
    Activation("gelu", gelu, gelu_slope, gelu_curvature),
    Activation("gelu_tanh", gelu_tanh, gelu_tanh_slope, gelu_tanh_curvature),
    Activation("silu", silu, silu_slope, silu_curvature),
    Activation("mish", mish, mish_slope, mish_curvature),
)
