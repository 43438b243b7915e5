"""Soft weight sharing: the weights come from a mixture of Gaussians that is learned with them.

The mixture is one vector of three parts, a number for each component: x, m and u, from which come
the proportions pi = softmax(x), the means m and the variances v = smallest^2 + exp(2 u). What each
weight needs of them is worked out once a step (`terms_of`): the logarithm of pi N(m | m, v), m
itself, and the precision 1 / v.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from ..elementary import exp, log
from ..given import number, whole
from ..registry import lookup

Vector = NDArray[np.floating]

LOG_2_PI = 1.8378770664093453


def terms_of(mixture: Vector, smallest: float, terms: Vector) -> None:
    """Write the logarithms of the components' peaks, their means and their precisions."""
    count = mixture.size // 3
    largest = mixture[0]
    for j in range(1, count):
        largest = max(largest, mixture[j])
    total = 0.0
    for j in range(count):
        total += exp(mixture[j] - largest)
    for j in range(count):
        variance = smallest * smallest + exp(2.0 * mixture[2 * count + j])
        share = mixture[j] - largest - log(total)
        terms[j] = share - 0.5 * (LOG_2_PI + log(variance))
        terms[count + j] = mixture[count + j]
        terms[2 * count + j] = 1.0 / variance


def log_density(w: float, peak: float, mean: float, precision: float) -> float:
    """Pull each weight towards the clusters that it probably belongs to.

    Definition: R = -log sum_j pi_j N(w | m_j, v_j), pi = softmax(x), v_j = smallest^2 + exp(2 u_j);
        x, m and u are learned with the weights.
    Domain: every w; smallest > 0.
    Derivative: dR/dw = -sum_j r_j (m_j - w) / v_j with the responsibilities
        r_j = pi_j N(w | m_j, v_j) / sum_k pi_k N(w | m_k, v_k).
    Numerical form: this gives log(pi N(w | m, v)) = peak - (w - m)^2 / (2 v) of one component; the
        largest is taken out of the sum, so that a weight far from every mean gives neither log 0
        nor 0 / 0.
    Convention: as a sum over weights; biases are left out. A Gaussian that closed in on a single
        weight would gain without limit, so no width falls below `smallest`.
    Source: Nowlan and Hinton 1992, "Simplifying neural networks by soft weight-sharing"; Bishop
        2006, "Pattern recognition and machine learning", section 5.5.7.
    """
    d = w - mean
    return peak - 0.5 * d * d * precision


def pull(w: float, mean: float, precision: float) -> float:
    """Return (m - w) / v: a weight is drawn so to a component's mean, and the mean away from it."""
    return (mean - w) * precision


def push(w: float, mean: float, precision: float) -> float:
    """Return 1 - (w - m)^2 / v: positive where a narrower component would fit a weight better."""
    d = w - mean
    return 1.0 - d * d * precision


def mixture_slope(mixture: Vector, terms: Vector, sums: Vector, slope: Vector) -> None:
    """Write dR/dx, dR/dm and dR/du, given sums over weights of r, r `pull` and r `push`.

    dR/dx_j = n pi_j - sum r_j for n weights, dR/dm_j = sum r_j (m_j - w) / v_j and
    dR/du_j = exp(2 u_j) / v_j sum r_j (1 - (w - m_j)^2 / v_j).
    """
    count = mixture.size // 3
    weights = 0.0
    for j in range(count):
        weights += sums[j]
    for j in range(count):
        precision = terms[2 * count + j]
        share = exp(terms[j] + 0.5 * (LOG_2_PI - log(precision)))
        slope[j] = weights * share - sums[j]
        slope[count + j] = sums[count + j]
        free = exp(2.0 * mixture[2 * count + j]) * precision
        slope[2 * count + j] = free * sums[2 * count + j]


@dataclass(frozen=True)
class WeightPrior:
    """A mixture as the distribution of the weights, learned with them.

    `terms` works out what the densities need: for each component three numbers, of which
    `log_density` takes all and `pull` and `push` the last two. `own_slope` makes the slope at the
    mixture's parameters of their sums.
    """

    name: str
    terms: Callable[[Vector, float, Vector], None]
    log_density: Callable[[float, float, float, float], float]
    pull: Callable[[float, float, float], float]
    push: Callable[[float, float, float], float]
    own_slope: Callable[[Vector, Vector, Vector, Vector], None]


WEIGHT_PRIORS: dict[str, WeightPrior] = {
    row.name: row
    for row in (WeightPrior("soft_sharing", terms_of, log_density, pull, push, mixture_slope),)
}


@dataclass(frozen=True)
class SoftSharing:
    """Settings of soft weight sharing.

    Parameters
    ----------
    components : int, default=5
        Gaussians in the mixture. Their means start evenly over the range of the first weights, with
        equal proportions and widths that reach from one mean to the next.
    strength : float or None, default=None
        Of the penalty on the mean loss; like `l1` and `l2` it does not depend on the size of a
        batch. None: 1 / n for n rows, so that the weights are those of largest posterior
        probability under this prior.
    smallest_width : float, default=0.01
        No Gaussian becomes narrower. Without this one could close in on a single weight, where its
        density grows without limit.
    rate : float, default=1.0
        Times the learning rate of the mixture's parameters. All weights pull at them at once, so a
        solver whose steps grow with the slope ("sgd") may want less than 1.
    """

    components: int = 5
    strength: float | None = None
    smallest_width: float = 0.01
    rate: float = 1.0

    def __post_init__(self) -> None:
        if not whole(self.components) >= 1:
            raise ValueError(
                f"components must be at least 1, got {self.components!r}. Give a whole number of "
                "Gaussians; 3 to 10 are usual."
            )
        if self.strength is not None and not 0.0 <= number(self.strength) < inf:
            raise ValueError(
                f"strength must be at least 0 or None, got {self.strength!r}. None is 1 / rows."
            )
        for setting in ("smallest_width", "rate"):
            value = getattr(self, setting)
            if not 0.0 < number(value) < inf:
                usual = {"smallest_width": 0.01, "rate": 1.0}[setting]
                raise ValueError(f"{setting} must be positive, got {value!r}. {usual} is usual.")

    @property
    def row(self) -> WeightPrior:
        """Its formulas."""
        return WEIGHT_PRIORS["soft_sharing"]

    def strength_for(self, rows: float) -> float:
        """The strength, for rows of so much weight in all."""
        return 1.0 / rows if self.strength is None else self.strength


def weight_prior_of(prior: str | SoftSharing) -> SoftSharing:
    """Settings given by name or as they are."""
    if isinstance(prior, SoftSharing):
        return prior
    lookup(WEIGHT_PRIORS, "weight_prior", prior)
    return SoftSharing()
