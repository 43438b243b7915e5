"""Temperature scaling: probabilities made sharper or softer until they are as sure as right."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

# No sensible network is further from calibrated than a factor of 100 in its logits.
_LOG_BOUND = float(np.log(100.0))
_LEAST = float(np.finfo(np.float32).tiny)


def temperature_of(probability: NDArray[Any], codes: NDArray[Any]) -> float:
    """The T > 0 for which softmax(log(p) / T) has the smallest log loss on these rows.

    One row more than there are is taken for wrong, or rows without a mistake would make every
    probability 0 or 1. Sources: Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern
    neural networks"; for the row more, Platt 1999, "Probabilistic outputs for support vector
    machines".
    """
    logits = np.log(np.maximum(probability.astype(np.float64), _LEAST))
    count, classes = probability.shape
    wrong = 1.0 / (count + 2)
    target = np.full((count, classes), wrong / (classes - 1))
    target[np.arange(count), codes] = 1.0 - wrong

    def log_loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -float((target * scaled).sum() / count)

    found = minimize_scalar(log_loss, bounds=(-_LOG_BOUND, _LOG_BOUND), method="bounded")
    return float(np.exp(found.x))


def with_temperature(probability: NDArray[Any], temperature: float) -> NDArray[Any]:
    """The probabilities softmax(log(p) / T)."""
    if temperature == 1.0:
        return probability
    logits = np.log(np.maximum(probability.astype(np.float64), _LEAST))
    scaled: NDArray[Any] = softmax(logits / temperature, axis=1).astype(probability.dtype)
    return scaled
