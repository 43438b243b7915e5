"""`chainrule evaluate`: score a model on a table with known targets."""

from pathlib import Path
from typing import Annotated

import typer

from .options import load_table_model


def evaluate(
    model: Annotated[Path, typer.Argument(help="Model file, made by chainrule fit.")],
    data: Annotated[
        Path, typer.Argument(help="Table with the columns of training and the target.")
    ],
) -> None:
    """Score a model on rows whose target is known.

    Rows that the model was trained on flatter it; pass others.

    For example:

    * `chainrule evaluate model.chainrule new.csv`
    """
    from .report import aligned, scores

    loaded = load_table_model(model)
    result = loaded.evaluate(data)
    rows = result["rows"] - result["rows_without_target"]
    without = result["rows_without_target"]
    left_out = f", {without:,} more left out (no target)" if without else ""
    lines = [("score", f"{loaded.target} of {rows:,} rows of {data.name}{left_out}")]
    if loaded.task_ == "classification" and "log_loss" not in result["scores"]:
        lines.append(("note", "some labels were not in training; they count as wrong answers"))
    typer.echo(aligned([*lines, *scores(result["scores"], result["trivial"], loaded.task_)]))
