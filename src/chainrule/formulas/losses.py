"""Losses of one target y and one prediction p, each with its slopes beside it.

A row of `LOSSES` holds the value, its slope in p, and its slope in z where p = link(z) with the
canonical link; `reduction` says how a row's outputs are joined. A new loss is three functions and
one row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .elementary import log, machine_epsilon

Reduction = Literal["sum", "mean"]


@dataclass(frozen=True)
class Loss:
    """A loss of one output; means over samples are taken by the caller.

    `reduction` joins the outputs of a row in the reported value. The gradient is that of the sum
    over outputs for every loss, as in scikit-learn.
    """

    name: str
    value: Callable[[float, float], float]
    slope: Callable[[float, float], float]
    link: str
    canonical_slope: Callable[[float, float], float]
    reduction: Reduction


def residual(y: float, p: float) -> float:
    """Return p - y, the slope in z of every loss under its canonical link."""
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


LOSSES: dict[str, Loss] = {
    row.name: row
    for row in (
        Loss("squared_error", squared_error, residual, "identity", residual, "mean"),
        Loss("log_loss", log_loss, log_loss_slope, "softmax", residual, "sum"),
        Loss(
            "binary_log_loss", binary_log_loss, binary_log_loss_slope, "logistic", residual, "sum"
        ),
        Loss("poisson", poisson, poisson_slope, "exp", residual, "sum"),
    )
}
