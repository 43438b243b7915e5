"""Losses of regression that grow like the distance: medians, quantiles, few large errors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import inf

from ..given import number
from .row import Loss, RowLoss, Vector
from .squares import EVERY_LINK


def absolute_error(y: float, p: float) -> float:
    """Distance of prediction and target, least at the median.

    Definition: L = |y - p|
    Domain: every y and p.
    Derivative: dL/dp = sign(p - y); dL/dz the same under the link "identity"
    Numerical form: as defined.
    Convention: slope 0 where p = y, as in PyTorch's L1Loss; no 1/2, so half of it is "quantile" at
        level 0.5; the reported value is the mean over outputs.
    Source: Boscovich 1757; Bloomfield and Steiger 1983, "Least absolute deviations".
    """
    return abs(y - p)


def absolute_error_slope(y: float, p: float) -> float:
    """Return the sign of p - y; NaN stays NaN."""
    return 1.0 if p > y else (-1.0 if p < y else p - y)


def no_curvature(y: float, p: float) -> float:
    """Return 0: the loss is made of straight lines."""
    return 0.0


@dataclass(frozen=True)
class Huber:
    """The loss "huber": squares up to the distance `delta`, straight lines beyond.

    Parameters
    ----------
    delta : float, default=1.35
        In units of y. For normal errors of deviation 1, 1.35 keeps 95 % of the efficiency of least
        squares (Huber 1981, "Robust statistics"); scikit-learn's HuberRegressor has it too.
    """

    delta: float = 1.35

    def __post_init__(self) -> None:
        if not 0.0 < number(self.delta) < inf:
            raise ValueError(
                f"delta must be positive, got {self.delta!r}. Give the distance beyond which "
                "errors count in proportion."
            )

    def row(self) -> Loss:
        """Return the formulas of this delta."""
        return _huber(float(self.delta))


@cache
def _huber(delta: float) -> Loss:
    half = 0.5 * delta

    def huber(y: float, p: float) -> float:
        """Square small distances and take large ones in proportion.

        Definition: L = 0.5 * (y - p)^2 for |y - p| <= delta, otherwise
            delta * (|y - p| - delta / 2)
        Domain: every y and p; delta > 0.
        Derivative: dL/dp = min(max(p - y, -delta), delta); dL/dz the same under "identity"
        Numerical form: as defined; both branches meet with one slope.
        Convention: with the 1/2, as PyTorch's HuberLoss; the reported value is the mean over
            outputs.
        Source: Huber 1964, "Robust estimation of a location parameter".
        """
        r = abs(y - p)
        return delta * (r - half) if r > delta else 0.5 * r * r

    def slope(y: float, p: float) -> float:
        """Return p - y, clipped to [-delta, delta]."""
        r = p - y
        return delta if r > delta else (-delta if r < -delta else r)

    def curvature(y: float, p: float) -> float:
        """One for distances up to delta."""
        return 0.0 if abs(y - p) > delta else 1.0

    return Loss("huber", huber, slope, "identity", slope, "mean", curvature, EVERY_LINK)


@dataclass(frozen=True)
class Quantile:
    """The loss "quantile": predict the number below which a share `level` of the targets lies.

    Parameters
    ----------
    level : float, default=0.5
        In (0, 1); 0.5 is the median.
    """

    level: float = 0.5

    def __post_init__(self) -> None:
        _check_level(self.level)

    def row(self) -> Loss:
        """Return the formulas of this level."""
        return _quantile(float(self.level))


@cache
def _quantile(level: float) -> Loss:
    def quantile(y: float, p: float) -> float:
        """Weigh errors on either side of the prediction by the share wanted there.

        Definition: L = level * (y - p) for y >= p, otherwise (1 - level) * (p - y)
        Domain: every y and p; 0 < level < 1.
        Derivative: dL/dp = -level for p < y, 1 - level for p > y; dL/dz the same under "identity"
        Numerical form: as defined.
        Convention: slope 0 where p = y; also called pinball loss; the reported value is the mean
            over outputs.
        Source: Koenker and Bassett 1978, "Regression quantiles".
        """
        return level * (y - p) if p < y else (1.0 - level) * (p - y)

    def slope(y: float, p: float) -> float:
        """Return -level or 1 - level; NaN stays NaN."""
        return 1.0 - level if p > y else (-level if p < y else p - y)

    return Loss("quantile", quantile, slope, "identity", slope, "mean", no_curvature, EVERY_LINK)


@dataclass(frozen=True)
class Quantiles:
    """The loss "quantiles": several quantiles of each target at once.

    Parameters
    ----------
    levels : tuple of float, default=(0.1, 0.5, 0.9)
        Each in (0, 1), increasing.
    """

    levels: Sequence[float] = (0.1, 0.5, 0.9)

    def __post_init__(self) -> None:
        levels = tuple(self.levels) if isinstance(self.levels, Iterable) else ()
        for level in levels:
            _check_level(level)
        if not levels or not all(a < b for a, b in pairwise(levels)):
            raise ValueError(
                f"levels must be increasing, got {self.levels!r}. Give each level once, the "
                "smallest first."
            )
        object.__setattr__(self, "levels", tuple(float(level) for level in levels))

    def row(self) -> RowLoss:
        """Return the formulas of these levels."""
        return _quantiles(tuple(self.levels))


@cache
def _quantiles(levels: tuple[float, ...]) -> RowLoss:
    count = len(levels)

    def quantiles(y: Vector, p: Vector) -> float:
        """Predict several quantiles of each target: the sum of their losses.

        Definition: L = sum over targets t and levels k of level_k * (y_t - p_tk) for y_t >= p_tk,
            otherwise (1 - level_k) * (p_tk - y_t), p = (p_11, ..., p_1K, p_21, ...)
        Domain: every y and p; 0 < level < 1.
        Derivative: dL/dp_tk = -level_k for p_tk < y_t, 1 - level_k for p_tk > y_t
        Numerical form: as defined.
        Convention: all levels of the first target come first; slope 0 where p = y; the reported
            value is the mean over outputs. Nothing keeps the quantiles from crossing.
        Source: Koenker and Bassett 1978, "Regression quantiles".
        """
        total: float = 0.0 * p[0]
        for k in range(p.size):
            level = levels[k % count]
            distance = y[k // count] - p[k]
            total = total + (level * distance if distance > 0.0 else (level - 1.0) * distance)
        return total

    def slope(y: Vector, p: Vector, out: Vector) -> None:
        """Write -level or 1 - level for each output; NaN stays NaN."""
        for k in range(p.size):
            level = levels[k % count]
            r = p[k] - y[k // count]
            out[k] = 1.0 - level if r > 0.0 else (-level if r < 0.0 else r)

    def outputs(n_targets: int) -> int:
        """One output for each target and level."""
        return n_targets * count

    return RowLoss("quantiles", quantiles, slope, "identity", EVERY_LINK, outputs, "mean", "real")


def _check_level(level: float) -> None:
    if not 0.0 < number(level) < 1.0:
        raise ValueError(
            f"level must be in (0, 1), got {level!r}. It is the share of targets below the "
            "quantile."
        )


ROWS: tuple[Loss | RowLoss, ...] = (
    Loss(
        "absolute_error",
        absolute_error,
        absolute_error_slope,
        "identity",
        absolute_error_slope,
        "mean",
        no_curvature,
        EVERY_LINK,
    ),
    Huber().row(),
    Quantile().row(),
    Quantiles().row(),
)
