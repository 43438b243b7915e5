"""95 % confidence intervals of scores; None where the rows are too few or too alike for one."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Interval = tuple[float, float] | None

CONFIDENCE = 0.95
RESAMPLES = 1000
# With fewer rows a resample is little else than the rows themselves.
FEWEST_ROWS = 10
# Of more rows as many are resampled, and the interval narrowed by the square root of the rest.
MOST_ROWS = 10_000
# Resamples drawn at once: at MOST_ROWS they take 8 MB.
BATCH = 100


def of_share(hits: int, rows: int) -> Interval:
    """Wilson's interval for a share; it serves for few rows and for shares of 0 and 1."""
    found = stats.binomtest(hits, rows).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def of_statistic(
    statistic: Callable[..., Any], samples: tuple[NDArray[Any], ...], seed: int
) -> Interval:
    """Resample the rows (bootstrap) for `statistic(*samples, axis)`."""
    rows = len(samples[0])
    if rows < FEWEST_ROWS:
        return None
    random = np.random.default_rng(seed)
    kept = random.choice(rows, min(rows, MOST_ROWS), replace=False)
    part = tuple(sample[np.sort(kept)] for sample in samples)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = stats.bootstrap(
            part,
            statistic,
            paired=True,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=BATCH,
            confidence_level=expanded_level(len(kept)),
            method="percentile",
            random_state=random,
        ).confidence_interval
        centre, own = statistic(*part, axis=-1), statistic(*samples, axis=-1)
    narrowed = np.sqrt(len(kept) / rows)
    return proper(own + (found.low - centre) * narrowed, own + (found.high - centre) * narrowed)


def of_balanced_accuracy(hits: NDArray[Any], misses: NDArray[Any], seed: int) -> Interval:
    """Resample the rows, of which only the class and whether it was found count."""
    cells = np.concatenate([hits, misses])
    rows = int(cells.sum())
    if rows < FEWEST_ROWS:
        return None
    drawn = np.random.default_rng(seed).multinomial(rows, cells / rows, size=RESAMPLES)
    found, lost = np.split(drawn, 2, axis=1)
    of_class = found + lost
    recall = np.divide(found, of_class, where=of_class > 0, out=np.full(found.shape, np.nan))
    tail = (1 - expanded_level(rows)) / 2
    low, high = np.quantile(np.nanmean(recall, axis=1), [tail, 1 - tail])
    return proper(low, high)


def of_auc(auc: float, error: float | None) -> Interval:
    """Normal on the scale of the logit, which keeps it between 0 and 1."""
    if error is None or not 0 < auc < 1:
        return None
    z = stats.norm.ppf((1 + CONFIDENCE) / 2)
    half, centre = z * error / (auc * (1 - auc)), np.log(auc / (1 - auc))
    return proper(1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre)))


def expanded_level(rows: int) -> float:
    """Confidence level to ask of percentiles so that few rows are not trusted too much.

    The percentile interval of a mean is narrower than Student's; this level makes them agree:
    tail = Phi(-sqrt(n / (n - 1)) t), t being Student's quantile with n - 1 degrees of freedom.
    Source: Hesterberg, "What teachers should know about the bootstrap", The American
    Statistician 69 (2015), section 5.3.
    """
    t = stats.t.ppf((1 + CONFIDENCE) / 2, rows - 1)
    return float(1 - 2 * stats.norm.cdf(-np.sqrt(rows / (rows - 1)) * t))


def proper(low: float, high: float) -> Interval:
    """Give the interval unless it is none: not finite, or of no width."""
    return (float(low), float(high)) if np.isfinite([low, high]).all() and low < high else None
