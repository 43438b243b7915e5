"""`chainrule evaluate`: score a model on a table with known targets."""

from pathlib import Path
from typing import Annotated

import typer

from .guard import show
from .options import load_table_model, mute


def evaluate(
    model: Annotated[Path, typer.Argument(help="Model file, made by chainrule fit.")],
    data: Annotated[
        Path, typer.Argument(help="Table with the columns of training and the target.")
    ],
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the scores only, a line each.")
    ] = False,
) -> None:
    """Score a model on rows whose target is known.

    Rows that the model was trained on flatter it; pass others.

    For example:

    * `chainrule evaluate model.chainrule new.csv`
    """
    from .report import aligned, scores

    mute(quiet)
    loaded = load_table_model(model)
    result = loaded.evaluate(data)
    found = scores(result["scores"], result["trivial"], loaded.task_)
    if quiet:
        show("\n".join(text for _, text in found[1:]))
        return
    rows = result["rows"] - result["rows_without_target"]
    without = result["rows_without_target"]
    left_out = f", {without:,} more left out (no target)" if without else ""
    lines = [("score", f"{loaded.target} of {rows:,} rows of {data.name}{left_out}")]
    if loaded.task_ == "classification" and "log_loss" not in result["scores"]:
        lines.append(("note", "some labels were not in training; they count as wrong answers"))
    show(aligned([*lines, *found]))
