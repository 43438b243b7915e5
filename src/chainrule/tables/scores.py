"""How good predictions are, beside those of a model that looks at no column."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = dict[str, float]
# A float32 probability of 0 would cost infinity; its resolution near 1 is this step.
LEAST = float(np.finfo(np.float32).eps)


def log_losses(probability: NDArray[Any]) -> NDArray[np.float64]:
    """-ln p of the probability given to each row's true class."""
    losses: NDArray[np.float64] = -np.log(probability.astype(np.float64).clip(LEAST, 1.0))
    return losses


def r2(true: NDArray[Any], prediction: NDArray[Any], axis: int = -1) -> Any:
    """Share of the variance that the prediction explains: 1 - squared errors / squared spread."""
    errors = np.sum((true - prediction) ** 2, axis=axis)
    spread = np.sum((true - np.mean(true, axis=axis, keepdims=True)) ** 2, axis=axis)
    return 1 - errors / spread


def rmse(true: NDArray[Any], prediction: NDArray[Any], axis: int = -1) -> Any:
    """Root of the mean squared error."""
    return np.sqrt(np.mean((true - prediction) ** 2, axis=axis))


def mae(true: NDArray[Any], prediction: NDArray[Any], axis: int = -1) -> Any:
    """Mean absolute error."""
    return np.mean(np.abs(true - prediction), axis=axis)


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
        own = probability[np.arange(len(labels)), code]
        scores["log_loss"] = float(log_losses(own).mean())
    return scores


def regression_scores(values: NDArray[Any], prediction: NDArray[Any]) -> Scores:
    """R squared (where the values differ), root mean squared error and mean absolute error."""
    true = values.astype(np.float64)
    scores = {"r2": float(r2(true, prediction))} if np.var(true) > 0 else {}
    return {**scores, "rmse": float(rmse(true, prediction)), "mae": float(mae(true, prediction))}


def trivial_classification(labels: NDArray[Any], classes: NDArray[Any], share: Any) -> Scores:
    """Scores of always giving the training rows' shares of the classes."""
    probability = np.broadcast_to(np.asarray(share), (len(labels), len(classes)))
    return classification_scores(labels, classes, probability)


def trivial_regression(values: NDArray[Any], mean: float) -> Scores:
    """Scores of always giving the training rows' mean."""
    return regression_scores(values, np.full(len(values), mean))
