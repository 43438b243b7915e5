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
from .words import counted, shown

# New classes that a note names; of more it tells the number.
MOST_NAMED = 5
NO_PROBABILITY = (
    "The model gives no (finite) probabilities: log loss, Brier score, AUC and calibration are "
    "left out."
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

    values, cautions = class_scores.values(own), _new_classes(own)
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
        notes=(*cautions, *_undefined(own, values), *notes, class_scores.METHODS),
        cautions=cautions,
        confusion=confusion(own),
        calibration=calibration(own),
        mistakes=wrong_classes(own, test.features, row_numbers, columns),
    )


def _undefined(own: Answers, values: Values) -> tuple[str, ...]:
    if own.probability is None:
        return (NO_PROBABILITY,)
    alone = class_scores.scorable(own).all() and class_scores.AUC not in values
    return (ONE_CLASS,) if alone else ()


def _new_classes(own: Answers) -> tuple[str, ...]:
    """Say which classes the model cannot name, for it has not seen them."""
    rows = class_scores.tally(own).rows[own.known :].tolist()
    found = [
        f"'{shown(label)}' ({counted(count, 'row')})"
        for label, count in zip(own.labels[own.known :], rows, strict=True)
        if count
    ]
    if not found:
        return ()
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    undefined = "" if own.probability is None else ", and scores of probabilities are not defined"
    return (
        f"Some labels were not in training: {', '.join(found[:MOST_NAMED])}{more}. They count as "
        f"wrong answers{undefined}.",
    )
