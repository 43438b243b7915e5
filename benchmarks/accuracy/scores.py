"""What is measured on the test part."""

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error


def of_numbers(y: np.ndarray, predicted: np.ndarray) -> dict[str, float | None]:
    """Return a regressor's scores: the error is the root mean squared error."""
    return {"error": float(root_mean_squared_error(y, predicted)), "log_loss": None, "auc": None}


def of_probabilities(
    y: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray
) -> dict[str, float | None]:
    """Return a classifier's scores: the error is the share of wrong predictions.

    AUC: of the second class for two classes, the mean of one class against the rest for more.
    """
    codes = np.arange(probabilities.shape[1])
    p = np.asarray(probabilities, dtype=np.float64)
    p /= p.sum(axis=1, keepdims=True)  # float32 rows sum to one only nearly
    every_class = set(np.unique(y)) == set(codes)
    auc = None
    if every_class and len(codes) == 2:
        auc = float(roc_auc_score(y, p[:, 1]))
    elif every_class:
        auc = float(roc_auc_score(y, p, multi_class="ovr", labels=codes))
    return {
        "error": float(np.mean(predicted != y)),
        "log_loss": float(log_loss(y, p, labels=codes)),
        "auc": auc,
    }
