"""Scores of a fitted model on rows with known targets, with intervals, beside the trivial model."""

from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.reports import class_scores, number_scores
from chainrule.reports.comparison import compare
from chainrule.reports.inputs import Answers, Part, predict_classes, predict_numbers, read_part
from chainrule.reports.report import Score
from chainrule.reports.words import score_interval, score_value

from .report import TRIVIAL


def scores_of(model: Any, features: Any, target: Any) -> tuple[Score, ...]:
    """The scores of a `TableModel` for these rows."""
    part = read_part(features, target, model.task_, "test")
    return _numbers(model, part) if model.task_ == "regression" else _classes(model, part)


def _classes(model: Any, part: Part) -> tuple[Score, ...]:
    own = predict_classes(model.model_, part, model.classes_.tolist(), part.target)
    return compare(
        class_scores.values(own),
        lambda name: class_scores.interval(name, own, model.seed),
        {},
        class_scores.values(_trivial(own, model.trivial_)),
        higher_is_better=class_scores.HIGHER_IS_BETTER,
    )


def _trivial(own: Answers, shares: list[float]) -> Answers:
    """Always the shares of the classes."""
    rows = len(own.true)
    guess = np.full(rows, int(np.argmax(shares)))
    return replace(own, guess=guess, probability=np.tile(shares, (rows, 1)))


def _numbers(model: Any, part: Part) -> tuple[Score, ...]:
    prediction = predict_numbers(model.model_, part)
    mean = np.full(len(part), model.trivial_[0])
    return compare(
        number_scores.values(part.target, prediction),
        lambda name: number_scores.interval(name, part.target, prediction, model.seed),
        {},
        number_scores.values(part.target, mean),
        higher_is_better=(number_scores.R2,),
        in_units=(number_scores.RMSE, number_scores.MAE, number_scores.MEDIAN),
    )


def score_lines(scores: tuple[Score, ...], task: str) -> list[str]:
    """A head, and a line for each score."""
    head = f"{'':<22}{'model':>10}{'95 % interval':>24}{'trivial':>10}   ({TRIVIAL[task]})"
    return [
        head,
        *(
            f"{score.name:<22}{score_value(score, score.value):>10}"
            f"{score_interval(score):>24}{score_value(score, score.trivial):>10}"
            for score in scores
        ),
    ]
