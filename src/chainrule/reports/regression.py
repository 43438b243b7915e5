"""What a report says of a regression."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from . import number_scores
from .comparison import Values, compare, score_references
from .inputs import Part, Trained, predict_numbers
from .mistakes import wrong_numbers
from .reference import Reference, answer_numbers
from .report import Report
from .residuals import number_range, residuals
from .words import scored

SAME_TARGET = "The targets scored are all the same, so that R squared is not defined."


def add_regression(
    report: Report,
    model: Any,
    train: Trained,
    test: Part,
    *,
    row_numbers: Sequence[int],
    columns: Sequence[str],
    kinds: Mapping[str, str],
    seed: int,
) -> Report:
    """Predict the rows to score and add all that follows; `columns` are shown of wrong rows.

    `kinds` says what the model took the columns for.
    """
    own = predict_numbers(model, test)

    def score(reference: Reference) -> Values:
        return number_scores.values(test.target, answer_numbers(reference, test.features))

    values = number_scores.values(test.target, own)
    linear, trivial, notes = score_references(
        train.features, train.target, report.task, seed, kinds, score
    )
    scores = compare(
        values,
        lambda name: number_scores.interval(name, test.target, own, seed),
        linear,
        trivial,
        higher_is_better=(number_scores.R2,),
        in_units=(number_scores.RMSE, number_scores.MAE, number_scores.MEDIAN),
    )
    # Without the rows trained on, all that is known of their targets is the mean.
    past = () if train.features is None else (("training", train.target),)
    parts = (*past, (scored(report), test.target))
    undefined = () if number_scores.R2 in values else (SAME_TARGET,)
    wrong = int((~np.isfinite(own)).sum())
    infinite = (f"{wrong:,} of the predictions are not finite.",) if wrong else ()
    return replace(
        report,
        ranges=tuple(number_range(part, target) for part, target in parts),
        scores=scores,
        notes=(*undefined, *infinite, *notes, number_scores.METHODS),
        residuals=residuals(test.target, own, seed),
        mistakes=wrong_numbers(test.target, own, test.features, row_numbers, columns),
    )
