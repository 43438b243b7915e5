"""What a report says of a classification."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import class_scores
from .calibration import calibration
from .comparison import Values, compare, score_references
from .confusion import class_rows, confusion
from .inputs import Answers, Part, Trained, codes, predict_classes
from .mistakes import wrong_classes
from .reference import Reference, answer_classes
from .report import Report

NO_PROBABILITY = (
    "The model gives no (finite) probabilities: log loss, Brier score, AUC and calibration are "
    "left out."
)
UNKNOWN_LABELS = (
    "Some labels were not in training; they count as wrong answers, and the scores of "
    "probabilities are not defined."
)
ONE_CLASS = "The rows scored are all of one class, so that the AUC is not defined."


def add_classification(
    report: Report,
    model: Any,
    train: Trained,
    test: Part,
    *,
    known: Sequence[Any],
    row_numbers: Sequence[int],
    columns: Sequence[str],
    kinds: Mapping[str, str],
    seed: int,
) -> Report:
    """Predict the rows to score and add all that follows; `columns` are shown of wrong rows.

    `kinds` says what the model took the columns for.
    """
    own = predict_classes(model, test, known, train.target)
    train_codes = codes(train.target, own.labels)

    def score(reference: Reference) -> Values:
        return class_scores.values(answer_classes(reference, test.features, own))

    values = class_scores.values(own)
    linear, trivial, notes = score_references(
        train.features, train_codes, report.task, seed, kinds, score
    )
    scores = compare(
        values,
        lambda name: class_scores.interval(name, own, seed),
        linear,
        trivial,
        higher_is_better=class_scores.HIGHER_IS_BETTER,
    )
    return replace(
        report,
        classes=class_rows(own, train_codes),
        scores=scores,
        notes=(*_undefined(own, values), *notes, class_scores.METHODS),
        confusion=confusion(own),
        calibration=calibration(own),
        mistakes=wrong_classes(own, test.features, row_numbers, columns),
    )


def _undefined(own: Answers, values: Values) -> tuple[str, ...]:
    if own.probability is None:
        return (NO_PROBABILITY,)
    if not class_scores.scorable(own).all():
        return (UNKNOWN_LABELS,)
    return () if class_scores.AUC in values else (ONE_CLASS,)
