"""Scores of a classification."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.tables.scores import log_losses as minus_logarithms

from . import intervals
from .auc import auc
from .inputs import Answers
from .intervals import Interval

ACCURACY, BALANCED, AUC = "accuracy", "balanced accuracy", "AUC"
LOG_LOSS, BRIER = "log loss", "Brier score"
HIGHER_IS_BETTER = (ACCURACY, BALANCED, AUC)
METHODS = (
    "95 % intervals: accuracy by Wilson, AUC by DeLong, the others by resampling the rows "
    f"{intervals.RESAMPLES:,} times (bootstrap, percentiles)."
)


@dataclass(frozen=True)
class ClassTally:
    """By label: rows, how many of them were found, and how many rows were given that label."""

    rows: NDArray[np.intp]
    found: NDArray[np.intp]
    named: NDArray[np.intp]


def tally(answers: Answers) -> ClassTally:
    """Count."""
    size = len(answers.labels)
    right = answers.true == answers.guess
    return ClassTally(
        np.bincount(answers.true, minlength=size),
        np.bincount(answers.true[right], minlength=size),
        np.bincount(answers.guess, minlength=size),
    )


def values(answers: Answers) -> dict[str, float]:
    """Return the scores that are defined; those of probabilities need them for every label."""
    counts = tally(answers)
    there = counts.rows > 0
    found = {
        ACCURACY: float(counts.found.sum() / len(answers.true)),
        BALANCED: float(np.mean(counts.found[there] / counts.rows[there])),
    }
    if answers.probability is not None and scorable(answers).all():
        area, _ = auc(answers.true, answers.probability)
        found |= {AUC: area} if np.isfinite(area) else {}
        found[LOG_LOSS] = float(log_losses(answers).mean())
        found[BRIER] = float(brier_scores(answers).mean())
    return found


def interval(name: str, answers: Answers, seed: int) -> Interval:
    """Return the confidence interval of one of the scores of `values`."""
    counts = tally(answers)
    if name == ACCURACY:
        return intervals.of_share(int(counts.found.sum()), len(answers.true))
    if name == BALANCED:
        return intervals.of_balanced_accuracy(counts.found, counts.rows - counts.found, seed)
    if name == AUC:
        assert answers.probability is not None
        return intervals.of_auc(*auc(answers.true, answers.probability))
    losses = log_losses(answers) if name == LOG_LOSS else brier_scores(answers)
    return intervals.of_statistic(np.mean, (losses,), seed)


def scorable(answers: Answers) -> NDArray[np.bool_]:
    """Tell the rows whose true class the model knows."""
    return answers.true < answers.known


def of_true_class(answers: Answers) -> NDArray[np.float64]:
    """Return the probability given to each row's true class; 0 for one the model does not know."""
    assert answers.probability is not None
    columns = np.minimum(answers.true, answers.known - 1)
    given = answers.probability[np.arange(len(columns)), columns]
    return np.where(scorable(answers), given, 0.0)


def log_losses(answers: Answers) -> NDArray[np.float64]:
    """Return -ln p of each row's true class."""
    return minus_logarithms(of_true_class(answers))


def brier_scores(answers: Answers) -> NDArray[np.float64]:
    """Return each row's squared distance of the probabilities from the truth.

    Of two classes only the second counts, so that the score is from 0 to 1, as usual; of more,
    the squares of all are added, from 0 to 2.
    """
    assert answers.probability is not None
    truth = np.zeros_like(answers.probability)
    truth[np.arange(len(truth)), answers.true] = 1
    squared = (answers.probability - truth) ** 2
    scores: NDArray[np.float64] = squared[:, 1] if answers.known == 2 else squared.sum(axis=1)
    return scores
