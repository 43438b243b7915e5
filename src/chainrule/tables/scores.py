"""How good predictions are, beside those of a model that looks at no column."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = dict[str, float]


def classification_scores(
    labels: NDArray[Any], classes: NDArray[Any], probability: NDArray[Any]
) -> Scores:
    """Accuracy, and the log loss when every label is one of `classes`.

    A label that training did not have counts as a wrong answer.
    """
    guess = classes[probability.argmax(axis=1)]
    scores = {"accuracy": float(np.mean(guess == labels))}
    code = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    if (classes[code] == labels).all():
        # A float32 probability of 0 would cost infinity; its resolution near 1 is this step.
        least = float(np.finfo(np.float32).eps)
        own = probability[np.arange(len(labels)), code].astype(np.float64)
        scores["log_loss"] = float(-np.log(own.clip(least, 1.0)).mean())
    return scores


def regression_scores(values: NDArray[Any], prediction: NDArray[Any]) -> Scores:
    """R squared (where the values differ), root mean squared error and mean absolute error."""
    error = values.astype(np.float64) - prediction
    squared = float(np.mean(error * error))
    spread = float(np.var(values))
    scores = {"r2": 1.0 - squared / spread} if spread > 0 else {}
    return {**scores, "rmse": float(np.sqrt(squared)), "mae": float(np.abs(error).mean())}


def trivial_classification(labels: NDArray[Any], classes: NDArray[Any], share: Any) -> Scores:
    """Scores of always giving the training rows' shares of the classes."""
    probability = np.broadcast_to(np.asarray(share), (len(labels), len(classes)))
    return classification_scores(labels, classes, probability)


def trivial_regression(values: NDArray[Any], mean: float) -> Scores:
    """Scores of always giving the training rows' mean."""
    return regression_scores(values, np.full(len(values), mean))
