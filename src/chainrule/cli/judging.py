"""How well a `TableModel` does: on the rows that its fit held out, and on others."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.exceptions import DataError

from .describing import DIVERGED, diverged


def held_out_report(model: Any, frame: Any, *, quiet: bool) -> Any:
    """Report on the rows of `frame` that the fit held out; None if there are none."""
    if model.report_["held_out"] is None:
        return None
    parts = model.parts(frame)
    return _report(model, parts.train, parts.held_out, parts.row_numbers, quiet=quiet)


def evaluation(model: Any, known: Any, *, quiet: bool, importances: bool) -> Any:
    """Report on the `KnownRows` of a table; without `importances` in a fraction of the time."""
    return _report(
        model,
        (None, _trained_targets(model)),
        (known.features.select(_trained_columns(model, known)), known.target),
        known.row_numbers,
        quiet=quiet,
        held_out=False,
        importance_seconds=30.0 if importances else 0.0,
    )


def _report(
    model: Any, train: Any, rows: Any, row_numbers: Any, *, quiet: bool, **options: Any
) -> Any:
    from chainrule.reports import make_report

    from .progress import steps

    with steps(sys.stderr, quiet=quiet) as progress:
        return make_report(
            model.model_,
            *train,
            *rows,
            task=model.task_,
            target_name=model.target,
            columns=model.encoder_.notes(),
            curves=_curves(model),
            seed=model.seed,
            row_numbers=row_numbers,
            notes=[DIVERGED] if diverged(model) else [],
            progress=progress,
            **options,
        )


def _trained_columns(model: Any, known: Any) -> list[str]:
    """Of a table's columns those that the model looks at; all where one is lacking.

    The message about it says which there are.
    """
    names, there = set(model.encoder_.feature_names_in_), known.features.columns
    if not {column.name for column in model.encoder_.columns_} <= set(there):
        return list(there)
    return [name for name in there if name in names]


def _curves(model: Any) -> dict[str, list[float]]:
    """The curves of the first network; the others look alike."""
    fitted = model.model_
    curves = {"training loss": fitted.loss_curves_[0]}
    if fitted.validation_curves_[0]:
        curves["validation score"] = fitted.validation_curves_[0]
    return curves


def _trained_targets(model: Any) -> Any:
    """As many targets as there were in training, with their shares of classes or their mean."""
    rows = model.report_["rows_training"]
    if model.task_ == "regression":
        return np.full(rows, model.trivial_[0])
    counts = np.rint(np.array(model.trivial_) * rows).astype(int)
    return np.repeat(model.classes_, counts)


def print_and_write(report: Any, page: Path | None, *, quiet: bool, force: bool) -> None:
    """Print the report, and write it as a page; the columns' kinds are on the page alone.

    Unless with `force` the page replaces nothing, not even what came to its place since the
    command began.
    """
    from chainrule.reports import print_report, write_html

    if not quiet and sys.stdout is not None:
        print_report(replace(report, columns=()), sys.stdout)
    if page is None:
        return
    try:
        write_html(report, page, replace=force)
    except OSError as error:
        raise DataError(
            f"report must be a file that can be written, got {str(page)!r} "
            f"({error.strerror or error}). Choose another place; of a model that is saved "
            "`chainrule evaluate` writes a page too."
        ) from error


def score_lines(report: Any) -> list[str]:
    """A line for each score: the model's, its interval, the trivial model's."""
    from chainrule.reports import lines

    return [
        f"{name:<22}{own:>10}{interval:>24}{trivial:>10}"
        for name, own, interval, trivial in lines.scores(report).rows
    ]
