"""Area under the ROC curve, one class against the rest, with DeLong's standard error."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def auc(true: NDArray[np.intp], probability: NDArray[np.float64]) -> tuple[float, float | None]:
    """Return the AUC and its standard error (None where a class has too few rows for one).

    For a class, the AUC is the chance that a row of the class is given a higher probability
    of it than a row of another class, ties counting half::

        AUC = mean over i in class, j not in it of [p_i > p_j] + [p_i = p_j] / 2
        V_i = share of the others below row i        (i in the class)
        V_j = share of the class above row j         (j not in it)
        error^2 = sum_i (V_i - AUC)^2 / (m (m - 1)) + sum_j (V_j - AUC)^2 / (n (n - 1))

    With more than two classes it is the mean over the classes that the rows have, and a row's
    deviations add up over the classes, so that their correlation counts. NaN with one class.
    Source: DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988).
    """
    columns = [1] if probability.shape[1] == 2 else range(probability.shape[1])
    found = [_one(true == k, probability[:, k]) for k in columns if 0 < (true == k).mean() < 1]
    if not found:
        return np.nan, None
    value = float(np.mean([area for area, _ in found]))
    deviation = np.mean([row_deviations for _, row_deviations in found], axis=0)
    error = float(np.sqrt(np.sum(deviation**2)))
    return value, error if np.isfinite(error) else None


def _one(
    positive: NDArray[np.bool_], score: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    m, n = int(positive.sum()), int((~positive).sum())
    below = np.empty(len(score))
    ranks = rankdata(score)
    below[positive] = (ranks[positive] - rankdata(score[positive])) / n
    below[~positive] = 1 - (ranks[~positive] - rankdata(score[~positive])) / m
    area = float(below[positive].mean())
    with np.errstate(invalid="ignore", divide="ignore"):
        # A single row of a kind gives 0 / 0: nothing is known of its spread.
        scale = np.where(positive, np.sqrt(m * (m - 1.0)), np.sqrt(n * (n - 1.0)))
        return area, (below - area) / scale
