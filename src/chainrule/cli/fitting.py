"""What `fit` and `tune` do alike: read the table, train with progress, save, tell."""

import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from chainrule.exceptions import DataError, DivergenceError

from .columns import check_columns, drop_ignored
from .interrupt import one_interrupt


def read(data: Path, target: str, ignore: list[str], kinds: dict[str, str]) -> Any:
    """Read the table, without the columns to leave out."""
    from chainrule.tables import read_table

    frame = read_table(data, [name for name, kind in kinds.items() if kind != "numeric"])
    check_columns(frame, target, ignore, kinds)
    return drop_ignored(frame, target, ignore)


def check_report(page: Path | None, test_fraction: float) -> None:
    """Refuse, before any work, a report that could not be made."""
    if page is None:
        return
    if test_fraction == 0:
        raise DataError("report must have rows to report on, got --test-fraction 0. Hold some out.")
    from chainrule.reports.extras import require

    require(("matplotlib", "jinja2"), "report", "a report as a page")


def train_and_save(model: Any, frame: Any, out: Path, *, quiet: bool) -> None:
    """Train a `TableModel` and save it; Ctrl-C ends the training early."""
    with one_interrupt(model):
        _train(model, frame, quiet=quiet)
        model.save(out)


def _train(model: Any, frame: Any, *, quiet: bool) -> None:
    from chainrule.exceptions import TrainingInterruptedWarning

    from .progress import progress

    with progress(sys.stderr, model, quiet=quiet) as on_progress, warnings.catch_warnings():
        # The summary tells of it.
        warnings.simplefilter("ignore", TrainingInterruptedWarning)
        try:
            model.fit(frame, on_progress=on_progress)
        except DivergenceError as error:
            raise DivergenceError(
                f"{error} Nothing was saved: on the command line, pass a smaller --learning-rate."
            ) from error
    if not quiet and model.report_["end"] == "interrupted":
        epochs = max(model.report_["epochs"])
        typer.echo(f"chainrule: interrupted after {epochs} epochs; keeping the best.", err=True)


def tell(
    model: Any,
    frame: Any,
    data: Path,
    out: Path,
    page: Path | None,
    seconds: float,
    *,
    quiet: bool,
) -> None:
    """Print the summary and the report of a saved model, and write the page."""
    try:
        _tell(model, frame, data, out, page, seconds, quiet=quiet)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(
            f"interrupted; there is no report, but the model is saved in {out}."
        ) from interrupt


def _tell(
    model: Any,
    frame: Any,
    data: Path,
    out: Path,
    page: Path | None,
    seconds: float,
    *,
    quiet: bool,
) -> None:
    from .report import next_steps, summary

    if not quiet:
        typer.echo(summary(model, data, out, seconds))
    if page is not None or not quiet:
        _report(model, frame, page, quiet=quiet)
    if not quiet:
        typer.echo(next_steps(data, out, page))


def _report(model: Any, frame: Any, page: Path | None, *, quiet: bool) -> None:
    from chainrule.reports import print_report, write_html

    from .held_out import report_of

    found = report_of(model, frame, quiet=quiet)
    if found is not None and not quiet and sys.stdout is not None:
        # The summary has told what the columns are.
        print_report(replace(found, columns=()), sys.stdout)
    if page is None:
        return
    if found is None:
        raise DataError(
            "report must have rows to report on, got too few rows to hold any out. Add rows. The "
            "model was saved."
        )
    write_html(found, page)
