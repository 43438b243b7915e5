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
    """Score a model on rows whose target is known, beside a model that looks at no column.

    Intervals hold the score that very many such rows would give, 95 times of 100.
    Rows that the model was trained on flatter it; pass others.

    For example:

    * `chainrule evaluate model.chainrule new.csv`
    """
    import numpy as np

    from .report import aligned
    from .scores import score_lines, scores_of

    mute(quiet)
    loaded = load_table_model(model)
    features, target, missing = loaded.known_rows(data)
    found = score_lines(scores_of(loaded, features, target), loaded.task_)
    if quiet:
        show("\n".join(found[1:]))
        return
    left_out = f", {missing:,} more left out (no target)" if missing else ""
    lines = [("score", f"{loaded.target} of {len(target):,} rows of {data.name}{left_out}")]
    if loaded.task_ == "classification" and not np.isin(target, loaded.classes_).all():
        lines.append(("note", "some labels were not in training; they count as wrong answers"))
    show(aligned([*lines, *(("", line) for line in found)]))
