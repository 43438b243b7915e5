"""Activations that weight x by a smooth gate between 0 and 1."""

from ..elementary import erf, exp, tanh
from .row import Activation
from .saturating import logistic

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
        absolute, about |x| roundings of 1, as in PyTorch.
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
    """Return (1 + t) / 2 + x * (1 - t * t) * u' / 2."""
    t = tanh(gelu_argument(x))
    return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * gelu_argument_slope(x)


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
    Numerical form: one quotient, x / (1 + exp(-x)).
    Convention: beta = 1 in Swish's x * s(beta * x).
    Source: Elfwing, Uchibe and Doya 2018, "Sigmoid-weighted linear units", section 2.
    """
    return x / (1.0 + exp(-x))


def silu_slope(x: float, y: float) -> float:
    """Return s + y * (1 - s) with s the logistic sigmoid of x."""
    s = logistic(x)
    return s + y * (1.0 - s)


def silu_curvature(x: float, y: float) -> float:
    """Return s * (1 - s) * (2 + x * (1 - 2 s)) with s the logistic sigmoid of x."""
    s = logistic(x)
    return s * (1.0 - s) * (2.0 + x * (1.0 - 2.0 * s))


def mish(x: float) -> float:
    """Weight x by the tanh of its softplus.

    Definition: y = x * t, t = tanh(log(1 + exp(x)))
    Domain: finite x (at -inf the product inf * 0 is NaN).
    Derivative: dy/dx = t + x * t', t' = 4 e * (1 + e) / (e * e + 2 e + 2)^2, e = exp(x)
    Numerical form: t = (e * e + 2 e) / (e * e + 2 e + 2), one exponential in place of three
        elementary functions; for x > 0 both sides are divided by e * e, so that nothing overflows
        and, for negative x, relative accuracy is kept.
    Convention: as PyTorch's Mish.
    Source: Misra 2019, "Mish: a self regularized non-monotonic activation function".
    """
    return x * mish_gate(x)


def mish_gate(x: float) -> float:
    """Return t = tanh(softplus(x))."""
    n = exp(-abs(x))
    top = 1.0 + 2.0 * n if x > 0.0 else n * (n + 2.0)
    rest = 2.0 * n * n if x > 0.0 else 2.0
    return top / (top + rest)


def mish_gate_slope(x: float) -> float:
    """Return t' = dt/dx."""
    n = exp(-abs(x))
    denominator = mish_denominator(x, n)
    return 4.0 * (1.0 + n) * (n * n if x > 0.0 else n) / (denominator * denominator)


def mish_denominator(x: float, n: float) -> float:
    """Return e * e + 2 e + 2 from n = exp(-|x|), for x > 0 divided by e * e."""
    return 1.0 + 2.0 * n * (1.0 + n) if x > 0.0 else 2.0 + n * (2.0 + n)


def mish_slope(x: float, y: float) -> float:
    """Return t + x * t'."""
    return mish_gate(x) + x * mish_gate_slope(x)


def mish_curvature(x: float, y: float) -> float:
    """Return 2 t' + x * t'', t'' = t' * (1 + s - 4 e * (1 + e) / (e * e + 2 e + 2)), s logistic."""
    n = exp(-abs(x))
    quotient = (1.0 + n) * (1.0 if x > 0.0 else n) / mish_denominator(x, n)
    return mish_gate_slope(x) * (2.0 + x * (1.0 + logistic(x) - 4.0 * quotient))


ROWS = (
    Activation("gelu", gelu, gelu_slope, gelu_curvature),
    Activation("gelu_tanh", gelu_tanh, gelu_tanh_slope, gelu_tanh_curvature),
    Activation("silu", silu, silu_slope, silu_curvature),
    Activation("mish", mish, mish_slope, mish_curvature),
)
