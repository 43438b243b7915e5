"""Losses that are negative log-likelihoods of a target's distribution."""

from ..elementary import exp, log, machine_epsilon
from .row import Loss, RowLoss, Vector
from .squares import residual


def log_loss(y: float, p: float) -> float:
    """One class's share of the negative log-likelihood of a multinomial target.

    Definition: L = -y * log(p), summed over the classes
    Domain: 0 <= y <= 1 with the row's sum 1; p in [0, 1].
    Derivative: dL/dp = -y / p; dL/dz = p - y under the link "softmax"
    Numerical form: p is clipped to [eps, 1 - eps], eps the machine epsilon of its type, so that a
        wrong certainty costs a finite amount.
    Convention: natural logarithm, no label smoothing; the slopes ignore the clipping (p is
        replaced, not its derivative); clipped as in scikit-learn.
    Source: Bridle 1990, "Probabilistic interpretation of feedforward classification network
        outputs".
    """
    return -y * log(inside_unit_interval(p))


def log_loss_slope(y: float, p: float) -> float:
    """Return -y / p."""
    return -y / inside_unit_interval(p)


def log_loss_curvature(y: float, p: float) -> float:
    """Return y / (p * p)."""
    q = inside_unit_interval(p)
    return y / (q * q)


def binary_log_loss(y: float, p: float) -> float:
    """Negative log-likelihood of a two-valued target, for two classes and for each of many labels.

    Definition: L = -y * log(p) - (1 - y) * log(1 - p)
    Domain: 0 <= y <= 1; p in [0, 1].
    Derivative: dL/dp = (p - y) / (p * (1 - p)); dL/dz = p - y under the link "logistic"
    Numerical form: p is clipped to [eps, 1 - eps] as in log_loss, so both logarithms are finite.
    Convention: summed over the outputs, as scikit-learn does for multilabel targets.
    Source: Cox 1958, "The regression analysis of binary sequences".
    """
    q = inside_unit_interval(p)
    return -y * log(q) - (1.0 - y) * log(1.0 - q)


def binary_log_loss_slope(y: float, p: float) -> float:
    """Return (p - y) / (p * (1 - p))."""
    q = inside_unit_interval(p)
    return (q - y) / (q * (1.0 - q))


def binary_log_loss_curvature(y: float, p: float) -> float:
    """Return y / p^2 + (1 - y) / (1 - p)^2."""
    q = inside_unit_interval(p)
    return y / (q * q) + (1.0 - y) / ((1.0 - q) * (1.0 - q))


def inside_unit_interval(p: float) -> float:
    """Clip p to [eps, 1 - eps] with the machine epsilon of its type; NaN stays NaN."""
    epsilon = machine_epsilon(p)
    return epsilon if p < epsilon else (1.0 - epsilon if p > 1.0 - epsilon else p)


def poisson(y: float, p: float) -> float:
    """Half the deviance of a Poisson target with mean p.

    Definition: L = y * log(y / p) - y + p, with 0 * log(0) = 0
    Domain: y >= 0, p > 0.
    Derivative: dL/dp = 1 - y / p; dL/dz = p - y under the link "exp"
    Numerical form: the logarithm of the quotient, since log(y) - log(p) cancels for a good
        prediction.
    Convention: with the terms that depend on y alone, so a perfect prediction costs 0, as in
        scikit-learn; half the deviance.
    Source: Nelder and Wedderburn 1972, "Generalized linear models", section 1.3.
    """
    return (y * log(y / p) if y != 0.0 else 0.0) - y + p


def poisson_slope(y: float, p: float) -> float:
    """Return 1 - y / p."""
    return 1.0 - y / p


def poisson_curvature(y: float, p: float) -> float:
    """Return y / (p * p)."""
    return y / (p * p)


def gamma(y: float, p: float) -> float:
    """Half the deviance of a gamma-distributed target with mean p.

    Definition: L = log(p / y) + y / p - 1
    Domain: y > 0, p > 0.
    Derivative: dL/dp = (1 - y / p) / p; dL/dz = 1 - y / p under the link "exp"
    Numerical form: the logarithm of the quotient, since log(p) - log(y) cancels for a good
        prediction.
    Convention: with the terms that depend on y alone, so a perfect prediction costs 0; half the
        deviance, the shape parameter left out. The link "exp" is the usual one; the canonical link
        of the gamma distribution would be 1 / p.
    Source: Nelder and Wedderburn 1972, "Generalized linear models".
    """
    return log(p / y) + y / p - 1.0


def gamma_slope(y: float, p: float) -> float:
    """Return (1 - y / p) / p."""
    return (1.0 - y / p) / p


def gamma_slope_in_sum(y: float, p: float) -> float:
    """Return 1 - y / p, the slope in z where p = exp(z)."""
    return 1.0 - y / p


def gamma_curvature(y: float, p: float) -> float:
    """Return (2 y / p - 1) / (p * p)."""
    return (2.0 * y / p - 1.0) / (p * p)


def gaussian_likelihood(y: Vector, p: Vector) -> float:
    """Negative log-likelihood of normal targets whose mean and variance are both predicted.

    Definition: L = sum over targets k of 0.5 * (s_k + (y_k - m_k)^2 * exp(-s_k)),
        p = (m_1, ..., m_n, s_1, ..., s_n) with the means m and the log variances s
    Domain: every y and p.
    Derivative: dL/dm_k = (m_k - y_k) * exp(-s_k);
        dL/ds_k = 0.5 * (1 - (y_k - m_k)^2 * exp(-s_k))
    Numerical form: the logarithm of the variance is predicted, so no output needs to be positive
        and nothing is divided.
    Convention: the constant 0.5 * log(2 pi) a target is left out, as in PyTorch's
        GaussianNLLLoss(full=False); summed over the targets.
    Source: Nix and Weigend 1994, "Estimating the mean and variance of the target probability
        distribution".
    """
    total: float = 0.5 * p[y.size] + 0.5 * (y[0] - p[0]) * (y[0] - p[0]) * exp(-p[y.size])
    for k in range(1, y.size):
        s = p[y.size + k]
        total = total + 0.5 * s + 0.5 * (y[k] - p[k]) * (y[k] - p[k]) * exp(-s)
    return total


def gaussian_likelihood_slope(y: Vector, p: Vector, out: Vector) -> None:
    """Write (m - y) / v for the means and 0.5 * (1 - (y - m)^2 / v) for the log variances."""
    for k in range(y.size):
        precision = exp(-p[y.size + k])
        distance = p[k] - y[k]
        out[k] = distance * precision
        out[y.size + k] = 0.5 - 0.5 * distance * distance * precision


def mean_and_variance(n_targets: int) -> int:
    """Two outputs for each target."""
    return 2 * n_targets


IN_UNIT_INTERVAL = ("logistic", "softmax")
POSITIVE = ("exp", "softplus", *IN_UNIT_INTERVAL)

ROWS: tuple[Loss | RowLoss, ...] = (
    Loss(
        "log_loss",
        log_loss,
        log_loss_slope,
        "softmax",
        residual,
        "sum",
        log_loss_curvature,
        ("softmax", "logistic"),
        "class",
    ),
    Loss(
        "binary_log_loss",
        binary_log_loss,
        binary_log_loss_slope,
        "logistic",
        residual,
        "sum",
        binary_log_loss_curvature,
        IN_UNIT_INTERVAL,
        "probability",
    ),
    Loss(
        "poisson",
        poisson,
        poisson_slope,
        "exp",
        residual,
        "sum",
        poisson_curvature,
        POSITIVE,
        "non-negative",
    ),
    Loss(
        "gamma",
        gamma,
        gamma_slope,
        "exp",
        gamma_slope_in_sum,
        "sum",
        gamma_curvature,
        POSITIVE,
        "positive",
    ),
    RowLoss(
        "gaussian_likelihood",
        gaussian_likelihood,
        gaussian_likelihood_slope,
        "identity",
        ("identity",),
        mean_and_variance,
        "sum",
        "real",
    ),
)
