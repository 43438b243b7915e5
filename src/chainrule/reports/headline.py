"""What a report says in sentences."""

from chainrule.tables.recipes import CLASSIFICATION

from .class_scores import ACCURACY
from .number_scores import MEDIAN, R2, RMSE
from .report import Report, Score
from .words import counted, number, percent, scored


def title(report: Report) -> str:
    """Say what is predicted, by what, from how many rows."""
    return (
        f"{report.target}: {report.task} by {report.model}, "
        f"{counted(report.train_rows, 'row')} in training, {report.test_rows:,} {scored(report)}"
    )


def headline(report: Report) -> str:
    """Say how good the model is, and how good simpler ones are."""
    scores = {score.name: score for score in report.scores}
    say = _classification if report.task == CLASSIFICATION else _regression
    return say(report, scores)


def _classification(report: Report, scores: dict[str, Score]) -> str:
    score = scores[ACCURACY]
    right = report.test_rows - report.mistakes.wrong
    own = (
        f"Of {_rows(report)}, the model names {right:,} right: "
        f"{percent(score.value)}{_between(score)}. "
    )
    trivial = f"Always naming the most frequent class gets {percent(score.trivial)}"
    if score.linear is None:
        return f"{own}{trivial}."
    return f"{own}{trivial}, {report.linear} {percent(score.linear)}."


def _regression(report: Report, scores: dict[str, Score]) -> str:
    own = (
        f"On {_rows(report)}, half of the predictions are off by less than "
        f"{number(scores[MEDIAN].value)}. "
    )
    if R2 not in scores:
        return f"{own}The root mean squared error is {number(scores[RMSE].value)}."
    score = scores[R2]
    explained = f"The model explains {percent(score.value)} of the variance{_between(score)}"
    if score.linear is None:
        return f"{own}{explained}."
    return f"{own}{explained}, {report.linear} {percent(score.linear)}."


def _rows(report: Report) -> str:
    rows = counted(report.test_rows, "row")
    return f"{rows} not seen in training" if report.held_out else rows


def _between(score: Score) -> str:
    if score.low is None or score.high is None:
        return ""
    return f" (95 % interval {100 * score.low:.1f} to {percent(score.high)})"


def importances_note(report: Report) -> str:
    """Say what was measured."""
    found = report.importances
    note = (
        f"How much worse the {found.score} gets when the column is shuffled: mean and deviation "
        f"of {found.repeats} shuffles, {found.rows:,} of the rows."
    )
    return note if found.complete else f"{note} The time allowed was not enough for all shuffles."
