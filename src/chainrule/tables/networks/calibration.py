"""Temperature scaling: probabilities made sharper or softer until they are as sure as right."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

# No sensible network is further from calibrated than a factor of 100 in its logits.
_LOG_BOUND = float(np.log(100.0))
_LEAST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Held:
    """The rows that a network has not seen, and its outputs for them."""

    rows: NDArray[np.int64]
    outputs: NDArray[Any]


def mean_of(held: Sequence[Held], rows: int) -> NDArray[Any]:
    """The mean outputs for `rows` rows of networks that have not seen them; NaN where all have."""
    total = np.zeros((rows, held[0].outputs.shape[1]), held[0].outputs.dtype)
    count = np.zeros((rows, 1), total.dtype)
    for part in held:
        total[part.rows] += part.outputs
        count[part.rows] += 1
    with np.errstate(invalid="ignore"):
        mean: NDArray[Any] = total / count
    return mean


def ensemble_temperature(
    held: Sequence[Held], codes: NDArray[Any], weight: NDArray[Any] | None = None
) -> float:
    """The temperature for the mean of all networks.

    A mean is softer than what it is the mean of, so it is judged by rows that none of the networks
    has seen. They are few, so they only tell how the two temperatures differ:

    Definition: T = T_one(all rows held) * T_mean(shared rows) / T_one(shared rows)
    Convention: without shared rows (as in cross-validation) T_one, which suits single networks.
    Source: to average first and calibrate then, Rahaman and Thiery 2021, "Uncertainty
        quantification and deep ensembles", section 4; the ratio is chainrule's own.
    """

    def single(parts: Sequence[Held]) -> float:
        rows = np.concatenate([part.rows for part in parts])
        outputs = np.concatenate([part.outputs for part in parts])
        weights = None if weight is None else weight[rows]
        return temperature_of(outputs, codes[rows], weights, distinct=len(np.unique(rows)))

    shared = reduce(np.intersect1d, [part.rows for part in held])
    one = single(held)
    if not len(shared) or len(held) == 1:
        return one
    there = [Held(shared, part.outputs[np.searchsorted(part.rows, shared)]) for part in held]
    weights = None if weight is None else weight[shared]
    together = np.mean([part.outputs for part in there], axis=0)
    return one * temperature_of(together, codes[shared], weights) / single(there)


def temperature_of(
    probability: NDArray[Any],
    codes: NDArray[Any],
    weight: NDArray[Any] | None = None,
    distinct: int | None = None,
) -> float:
    """The T > 0 for which softmax(log(p) / T) has the smallest log loss on these rows.

    One row more than there are is taken for wrong, or rows without a mistake would make every
    probability 0 or 1; `distinct` is the number of rows where some come several times. Sources:
    Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks"; for the row
    more, Platt 1999, "Probabilistic outputs for support vector machines".
    """
    logits = np.log(np.maximum(probability.astype(np.float64), _LEAST))
    count, classes = probability.shape
    wrong = 1.0 / ((distinct or count) + 2)
    target = np.full((count, classes), wrong / (classes - 1))
    target[np.arange(count), codes] = 1.0 - wrong
    if weight is not None and weight.any():
        target *= weight[:, None].astype(np.float64)
    total = target.sum()

    def log_loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -float((target * scaled).sum() / total)

    found = minimize_scalar(log_loss, bounds=(-_LOG_BOUND, _LOG_BOUND), method="bounded")
    return float(np.exp(found.x))


def with_temperature(probability: NDArray[Any], temperature: float) -> NDArray[Any]:
    """The probabilities softmax(log(p) / T)."""
    if temperature == 1.0:
        return probability
    logits = np.log(np.maximum(probability.astype(np.float64), _LEAST))
    scaled: NDArray[Any] = softmax(logits / temperature, axis=1).astype(probability.dtype)
    return scaled
