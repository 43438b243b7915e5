"""The rows that a model is most wrong about."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables.reading.frames import Frame
from chainrule.tables.values.series import is_missing

from .class_scores import of_true_class
from .inputs import Answers
from .report import Mistake, Mistakes
from .words import number, shown

MOST_ROWS = 10
MOST_COLUMNS = 6


def wrong_classes(
    answers: Answers, features: Frame, numbers: Sequence[int], columns: Sequence[str]
) -> Mistakes:
    """Of the rows named wrongly, those whose true class was thought least likely."""
    wrong = np.flatnonzero(answers.true != answers.guess)
    sizes: list[float | None] = [None] * len(wrong)
    if answers.probability is not None:
        given = of_true_class(answers)[wrong]
        order = np.argsort(given, kind="stable")
        wrong, sizes = wrong[order], given[order].tolist()
    names = [shown(label) for label in answers.labels]
    texts = [(names[answers.true[row]], names[answers.guess[row]]) for row in wrong[:MOST_ROWS]]
    return _mistakes(wrong, texts, sizes, features, numbers, columns)


def wrong_numbers(
    true: NDArray[np.float64],
    prediction: NDArray[np.float64],
    features: Frame,
    numbers: Sequence[int],
    columns: Sequence[str],
) -> Mistakes:
    """Take the rows with the largest errors, above or below; predictions that are NaN first."""
    with np.errstate(over="ignore", invalid="ignore"):
        errors = prediction - true
    size = np.where(np.isnan(errors), np.inf, np.abs(errors))
    order = np.argsort(-size, kind="stable")
    wrong = order[size[order] > 0]
    texts = [(number(true[row]), number(prediction[row])) for row in wrong[:MOST_ROWS]]
    return _mistakes(wrong, texts, errors[wrong].tolist(), features, numbers, columns)


def _mistakes(
    wrong: NDArray[np.intp],
    texts: list[tuple[str, str]],
    sizes: Sequence[float | None],
    features: Frame,
    numbers: Sequence[int],
    columns: Sequence[str],
) -> Mistakes:
    worst = wrong[:MOST_ROWS]
    cells = [list(map(value, features[name][worst].to_list())) for name in columns]
    rows = tuple(
        Mistake(int(numbers[row]), *texts[i], sizes[i], tuple(column[i] for column in cells))
        for i, row in enumerate(worst)
    )
    return Mistakes(tuple(shown(name) for name in columns), rows, len(wrong))


def value(cell: Any) -> str:
    """Show one value of a table; nothing where it is missing."""
    if is_missing(cell):
        return ""
    if isinstance(cell, float | np.floating):
        return f"{cell:.6g}"
    return shown(cell)
