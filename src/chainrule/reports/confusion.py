"""Which classes are taken for which, and how well each one is found."""

import numpy as np
from numpy.typing import NDArray

from .class_scores import tally
from .inputs import Answers
from .report import ClassRow, ConfusedPair, Confusion
from .words import shown

# More classes than this make a matrix nobody reads.
MOST_IN_MATRIX = 15
MOST_PAIRS = 12


def confusion(answers: Answers) -> Confusion:
    """Count the rows by true and predicted class."""
    size = len(answers.labels)
    cells = np.bincount(answers.true * size + answers.guess, minlength=size * size)
    counts = cells.reshape(size, size)
    labels = tuple(shown(label) for label in answers.labels)
    matrix = tuple(tuple(row) for row in counts.tolist()) if size <= MOST_IN_MATRIX else None
    return Confusion(labels, matrix, _pairs(counts, labels))


def _pairs(counts: NDArray[np.intp], labels: tuple[str, ...]) -> tuple[ConfusedPair, ...]:
    """Most confused first; of equal ones, the order of the classes."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]
    pairs = [divmod(int(cell), len(labels)) for cell in order]
    return tuple(
        ConfusedPair(labels[i], labels[j], int(wrong[i, j]), float(wrong[i, j] / counts[i].sum()))
        for i, j in pairs
        if wrong[i, j]
    )


def class_rows(answers: Answers, train: NDArray[np.intp]) -> tuple[ClassRow, ...]:
    """Describe each class; `train` holds the codes of the training rows. Frequent ones first."""
    counts = tally(answers)
    train_rows = np.bincount(train, minlength=len(answers.labels))
    order = np.argsort(-(train_rows + counts.rows), kind="stable")
    return tuple(
        ClassRow(
            shown(answers.labels[k]),
            int(train_rows[k]),
            int(counts.rows[k]),
            float(counts.found[k] / counts.rows[k]) if counts.rows[k] else None,
            float(counts.found[k] / counts.named[k]) if counts.named[k] else None,
        )
        for k in order
    )
