"""`chainrule evaluate`: report on how a model does on a table with known targets."""

from pathlib import Path
from typing import Annotated

import typer

from .arguments import ModelFile, Page
from .guard import show
from .options import check_page, mute
from .table_models import load_to_evaluate


def evaluate(
    model: ModelFile,
    data: Annotated[
        Path, typer.Argument(help="Table with the columns of training and the target.")
    ],
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            "-t",
            metavar="COLUMN",
            help="Column with the known answers, for a model saved in Python.",
        ),
    ] = None,
    report: Page = None,
    force: Annotated[bool, typer.Option("--force", help="Replace --report if it exists.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the scores only, a line each.")
    ] = False,
) -> None:
    """Report on rows whose target is known, beside a model that looks at no column.

    Intervals hold the score that very many such rows would give, 95 times of 100.
    Rows that the model was trained on flatter it; pass others.

    For example:

    * `chainrule evaluate model.chainrule new.csv`
    * `chainrule evaluate model.chainrule new.csv --report new.html`
    """
    mute(quiet)
    if report is not None:
        check_page(report, force=force, data=data, model=model)

    from .describing import aligned
    from .judging import evaluation, print_and_write, score_lines

    loaded = load_to_evaluate(model, target)
    known = loaded.known_rows(data)
    whole = report is not None or not quiet
    found = evaluation(loaded, known, quiet=quiet, importances=whole)
    if quiet:
        show("\n".join(score_lines(found)))
        for caution in found.cautions:
            typer.echo(f"chainrule: note: {caution}", err=True)
    else:
        left_out = f", {known.missing:,} more left out (no target)" if known.missing else ""
        rows = f"{len(known.target):,} rows of {data.name}{left_out}"
        show(aligned([("data", f"{rows}, to predict {loaded.target}")]))
    print_and_write(found, report, quiet=quiet, force=force)
    if report is not None and not quiet:
        show(aligned([("report", str(report))]))
