"""Losses of regression that are smooth: squares of a distance."""

from ..elementary import log1p
from .row import Loss


def residual(y: float, p: float) -> float:
    """Return p - y, the slope in z of a likelihood under its canonical link."""
    return p - y


def squared_error(y: float, p: float) -> float:
    """Half the squared distance of prediction and target.

    Definition: L = 0.5 * (y - p)^2
    Domain: every y and p.
    Derivative: dL/dp = p - y; dL/dz = p - y under the link "identity"
    Numerical form: as defined.
    Convention: with the 1/2; the reported value is the mean over outputs, as in scikit-learn.
    Source: Gauss 1809; for networks Rumelhart, Hinton and Williams 1986, eq. 3.
    """
    return 0.5 * (y - p) * (y - p)


def squared_error_curvature(y: float, p: float) -> float:
    """Return 1."""
    return 1.0


def mean_squared_error(y: float, p: float) -> float:
    """Squared distance of prediction and target.

    Definition: L = (y - p)^2
    Domain: every y and p.
    Derivative: dL/dp = 2 (p - y); dL/dz the same under the link "identity"
    Numerical form: as defined.
    Convention: without the 1/2 of "squared_error", as PyTorch's MSELoss; the reported value is the
        mean over outputs.
    Source: Legendre 1805; Widrow and Hoff 1960, "Adaptive switching circuits".
    """
    return (y - p) * (y - p)


def mean_squared_error_slope(y: float, p: float) -> float:
    """Return 2 (p - y)."""
    return 2.0 * (p - y)


def mean_squared_error_curvature(y: float, p: float) -> float:
    """Return 2."""
    return 2.0


def squared_log_error(y: float, p: float) -> float:
    """Squared distance of logarithms, so that factors count and not differences.

    Definition: L = (log(1 + y) - log(1 + p))^2
    Domain: y >= 0, p > -1.
    Derivative: dL/dp = 2 (log(1 + p) - log(1 + y)) / (1 + p);
        dL/dz = 2 (log(1 + p) - log(1 + y)) * p / (1 + p) under the link "exp"
    Numerical form: log1p, which keeps small numbers' digits; p / (1 + p) as 1 - 1 / (1 + p), which
        is 1 where p overflows.
    Convention: natural logarithms, no 1/2; the reported value is the mean over outputs, as
        scikit-learn's mean_squared_log_error.
    Source: scikit-learn's and Keras's mean squared logarithmic error.
    """
    return (log1p(y) - log1p(p)) * (log1p(y) - log1p(p))


def squared_log_error_slope(y: float, p: float) -> float:
    """Return 2 (log(1 + p) - log(1 + y)) / (1 + p)."""
    return 2.0 * (log1p(p) - log1p(y)) / (1.0 + p)


def squared_log_error_slope_in_sum(y: float, p: float) -> float:
    """Return 2 (log(1 + p) - log(1 + y)) * p / (1 + p), the slope in z where p = exp(z)."""
    return 2.0 * (log1p(p) - log1p(y)) * (1.0 - 1.0 / (1.0 + p))


def squared_log_error_curvature(y: float, p: float) -> float:
    """Return 2 (1 - log(1 + p) + log(1 + y)) / (1 + p)^2."""
    return 2.0 * (1.0 - log1p(p) + log1p(y)) / ((1.0 + p) * (1.0 + p))


EVERY_LINK = ("identity", "exp", "softplus", "logistic", "softmax")
NON_NEGATIVE = ("exp", "softplus", "logistic", "softmax")

ROWS = (
    Loss(
        "squared_error",
        squared_error,
        residual,
        "identity",
        residual,
        "mean",
        squared_error_curvature,
        EVERY_LINK,
    ),
    Loss(
        "mean_squared_error",
        mean_squared_error,
        mean_squared_error_slope,
        "identity",
        mean_squared_error_slope,
        "mean",
        mean_squared_error_curvature,
        EVERY_LINK,
    ),
    Loss(
        "squared_log_error",
        squared_log_error,
        squared_log_error_slope,
        "exp",
        squared_log_error_slope_in_sum,
        "mean",
        squared_log_error_curvature,
        NON_NEGATIVE,
        "non-negative",
    ),
)
