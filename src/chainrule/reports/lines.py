"""The tables of a report as text, for the terminal and for the page alike."""

from dataclasses import dataclass

from chainrule.tables.recipes import CLASSIFICATION

from .report import Report
from .words import number, percent, score_interval, score_value, scored


@dataclass(frozen=True)
class Lines:
    """A table: the first `texts` of the columns are text, the others numbers."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1


def scores(report: Report) -> Lines:
    """Give the scores beside those of the simpler models."""
    linear = () if report.linear is None else (report.linear,)
    heads = ("score", "model", "95 % interval", *linear, "trivial")
    rows = tuple(
        (
            score.name,
            score_value(score, score.value),
            score_interval(score),
            *(score_value(score, score.linear) for _ in linear),
            score_value(score, score.trivial),
        )
        for score in report.scores
    )
    return Lines("Scores beside those of simpler models", heads, rows)


def target(report: Report) -> Lines:
    """Give the classes, or the range of the numbers."""
    return _classes(report) if report.task == CLASSIFICATION else _ranges(report)


def _classes(report: Report) -> Lines:
    heads = ("class", "training", "share", scored(report), "recall", "precision")
    rows = tuple(
        (
            row.label,
            f"{row.train_rows:,}",
            percent(row.train_rows / report.train_rows),
            f"{row.test_rows:,}",
            percent(row.recall),
            percent(row.precision),
        )
        for row in report.classes
    )
    return Lines("Rows of each class, and how well it is found", heads, rows)


def _ranges(report: Report) -> Lines:
    heads = ("rows", "count", "least", "25 %", "median", "75 %", "most", "mean")
    rows = tuple(
        (
            r.part,
            f"{r.rows:,}",
            *map(number, (r.least, r.quarter, r.median, r.three_quarters, r.most, r.mean)),
        )
        for r in report.ranges
    )
    return Lines(f"Values of {report.target}", heads, rows)


def confused_pairs(report: Report) -> Lines:
    """Give the classes that are taken for others, most rows first."""
    pairs = report.confusion.pairs if report.confusion else ()
    rows = tuple((p.true, p.predicted, f"{p.rows:,}", percent(p.share)) for p in pairs)
    return Lines(
        "Most confused classes", ("true", "taken for", "rows", "of the class"), rows, texts=2
    )


def calibration(report: Report) -> Lines:
    """Give for each bin of the probability how often the event came to pass."""
    heads = ("predicted", "came to pass", "95 % interval", "rows")
    rows = tuple(
        (
            percent(b.predicted),
            percent(b.observed),
            f"{100 * b.low:.1f} to {percent(b.high)}",
            f"{b.rows:,}",
        )
        for b in (report.calibration.bins if report.calibration else ())
    )
    return Lines("Predicted probability, and how often it came to pass", heads, rows, texts=0)


def errors(report: Report) -> Lines:
    """Give the mean and the quantiles of the errors."""
    heads, rows = ("errors", "predicted - true"), []
    if report.residuals is not None:
        ends = {0.0: "least", 0.5: "median", 1.0: "most"}
        rows = [
            (ends.get(share, f"{100 * share:g} %"), number(error))
            for share, error in report.residuals.quantiles
        ]
        rows.append(("mean", number(report.residuals.mean)))
    return Lines("Quantiles of the errors", heads, tuple(rows))


def tenths(report: Report) -> Lines:
    """Give predicted and true means in groups of similar prediction."""
    groups = report.residuals.groups if report.residuals else ()
    rows = tuple((number(g.predicted), number(g.true), f"{g.rows:,}") for g in groups)
    heads = ("mean predicted", "mean true", "rows")
    return Lines("Predicted and true, by tenths of the prediction", heads, rows, texts=0)


def importances(report: Report) -> Lines:
    """Give the importances, with the deviation of the shuffles."""
    rows = tuple(
        (item.column, number(item.mean), f"± {number(item.deviation)}")
        for item in report.importances.items
    )
    return Lines("Importance of the columns", ("column", "worse by", "deviation"), rows)


def curves(report: Report) -> Lines:
    """Give where each curve begins, ends and is best."""
    rows = tuple(
        (
            curve.name,
            number(curve.values[0]),
            number(curve.values[-1]),
            number((min if curve.is_loss else max)(curve.values)),
            f"{len(curve.values):,}",
        )
        for curve in report.curves
    )
    return Lines("Learning curves", ("curve", "first", "last", "best", "epochs"), rows)


def mistakes(report: Report) -> Lines:
    """Give the rows that the model is most wrong about, with some of their values."""
    found = report.mistakes
    classes = report.task == CLASSIFICATION
    heads = ("row", "true", "predicted", "given to true" if classes else "error")
    write = percent if classes else number
    rows = tuple((f"{m.row:,}", m.true, m.predicted, write(m.size), *m.values) for m in found.rows)
    return Lines("Rows it is most wrong about", (*heads, *found.columns), rows, texts=0)


def columns(report: Report) -> Lines:
    """Give what each column was taken for."""
    rows = tuple((column.name, column.kind, column.note) for column in report.columns)
    return Lines("What each column was taken for", ("column", "kind", "note"), rows, texts=3)
