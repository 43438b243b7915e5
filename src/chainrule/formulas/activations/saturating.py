"""Activations that stay within bounds, and the identity that they bend."""

from ..elementary import exp, tanh
from .row import Activation


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


def identity_curvature(x: float, y: float) -> float:
    """Return 0."""
    return 0.0


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


def logistic_curvature(x: float, y: float) -> float:
    """Return y * (1 - y) * (1 - 2 y)."""
    return y * (1.0 - y) * (1.0 - 2.0 * y)


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


def hyperbolic_tangent_curvature(x: float, y: float) -> float:
    """Return -2 y * (1 - y * y)."""
    return -2.0 * y * (1.0 - y * y)


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


def hard_tanh_curvature(x: float, y: float) -> float:
    """Return 0."""
    return 0.0


def sign(x: float) -> float:
    """Say on which side of 0 x lies.

    Definition: y = 1 for x > 0, -1 for x < 0, 0 at 0
    Domain: every x; NaN stays NaN.
    Derivative: dy/dx = 0, so nothing before it can learn
    Numerical form: two selections, exact.
    Convention: 0 at 0; the slope there is 0 too, as in PyTorch.
    Source: Rosenblatt 1958, "The perceptron", whose units answer so.
    """
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


def sign_slope(x: float, y: float) -> float:
    """Return 0."""
    return 0.0


def sign_curvature(x: float, y: float) -> float:
    """Return 0."""
    return 0.0


def step(x: float) -> float:
    """Fire where x is positive, the threshold unit.

    Definition: y = 1 for x > 0, otherwise 0
    Domain: every x; NaN stays NaN.
    Derivative: dy/dx = 0, so nothing before it can learn
    Numerical form: two selections, exact.
    Convention: 0 at 0, so a unit fires only above its threshold.
    Source: McCulloch and Pitts 1943, "A logical calculus of the ideas immanent in nervous
        activity".
    """
    return 1.0 if x > 0.0 else (0.0 if x <= 0.0 else x)


def step_slope(x: float, y: float) -> float:
    """Return 0."""
    return 0.0


def step_curvature(x: float, y: float) -> float:
    """Return 0."""
    return 0.0


ROWS = (
    Activation("identity", identity, identity_slope, identity_curvature),
    Activation("logistic", logistic, logistic_slope, logistic_curvature),
    Activation(
        "tanh",
        hyperbolic_tangent,
        hyperbolic_tangent_slope,
        hyperbolic_tangent_curvature,
    ),
    Activation("hard_tanh", hard_tanh, hard_tanh_slope, hard_tanh_curvature),
    Activation("sign", sign, sign_slope, sign_curvature),
    Activation("step", step, step_slope, step_curvature),
)
