"""`chainrule fit`: learn a column of a table, save the model."""

import sys
import time
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.exceptions import DataError, DivergenceError
from chainrule.formulas import ACTIVATIONS

from .interrupt import one_interrupt
from .options import (
    batch_rows,
    check_model_place,
    check_names,
    check_not_input,
    complete_activation,
    complete_task,
    hidden_sizes,
    mute,
)


def fit(
    data: Annotated[
        Path,
        typer.Argument(
            help="Table: .csv .tsv .jsonl, these also as .gz or .zst; .parquet .arrow .feather"
        ),
    ],
    target: Annotated[
        str, typer.Option("--target", "-t", metavar="COLUMN", help="Column to learn.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to save the model.")] = Path(
        "model.chainrule"
    ),
    task: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_task,
            help="auto, classification or regression; auto goes by the column.",
        ),
    ] = "auto",
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column to leave out; may be given several times."),
    ] = None,
    hidden: Annotated[
        str,
        typer.Option(
            metavar="64,64", help="Units of the hidden layers, or none for no hidden layer."
        ),
    ] = "64,64",
    activation: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_activation,
            help=f"Of the hidden layers: {', '.join(ACTIVATIONS)}.",
        ),
    ] = "relu",
    epochs: Annotated[int, typer.Option(help="At most so many passes over the rows.")] = 200,
    patience: Annotated[int, typer.Option(help="Passes without progress before stopping.")] = 20,
    learning_rate: Annotated[float, typer.Option(help="Of the Adam optimizer.")] = 0.001,
    batch_size: Annotated[
        str,
        typer.Option(metavar="ROWS", help="Rows a step; auto is 32 to 256, by the number of rows."),
    ] = "auto",
    alpha: Annotated[float, typer.Option(help="Strength of the L2 penalty.")] = 0.0001,
    test_fraction: Annotated[
        float, typer.Option(help="Rows held out to score the model; 0 for none.")
    ] = 0.2,
    validation_fraction: Annotated[
        float, typer.Option(help="Training rows that decide when to stop; 0 for none.")
    ] = 0.15,
    seed: Annotated[
        int,
        typer.Option(
            help="Decides the rows held out, the first weights and the order of the rows; "
            "the same seed gives the same model."
        ),
    ] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Replace --out even if it is no chainrule model.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Learn one column of a table from the others, and save the model.

    A fifth of the rows is held out to score the model; it has not seen them. Of the training
    rows a part decides when to stop, and the weights of the best epoch are kept. Ctrl-C stops
    early and saves the best model so far.

    For example:

    * `chainrule fit examples/penguins.csv --target species`
    * `chainrule fit houses.parquet --target price --out houses.chainrule --hidden 128,128`
    * `chainrule fit wine.csv -t quality --task regression --ignore id --seed 1`
    """
    from chainrule.exceptions import TrainingInterruptedWarning

    begin = time.perf_counter()
    mute(quiet)
    check_names(task, activation)
    check_not_input(out, data=data)
    check_model_place(out, force=force)
    sizes, batch = hidden_sizes(hidden), batch_rows(batch_size)

    from chainrule.tables import TableModel
    from chainrule.tables.settings import check_settings

    model = TableModel(
        target,
        task=task,
        hidden=sizes,
        activation=activation,
        learning_rate=learning_rate,
        batch_size=batch,
        alpha=alpha,
        epochs=epochs,
        patience=patience,
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        seed=seed,
    )
    check_settings(model.get_params())
    frame = _read(data, target, ignore or [])
    with one_interrupt(model):
        with warnings.catch_warnings():
            # The summary tells of it.
            warnings.simplefilter("ignore", TrainingInterruptedWarning)
            _train(model, frame, quiet=quiet)
        model.save(out)
        if not quiet:
            from .report import summary

            typer.echo(summary(model, data, out, time.perf_counter() - begin))


def _read(data: Path, target: str, ignore: list[str]) -> Any:
    from chainrule.tables import read_table
    from chainrule.tables.frames import find_column

    frame = read_table(data)
    find_column(frame, target, "target")
    if target in ignore:
        raise DataError(
            f"ignore must not name the target, got {target!r} for both. Choose one of the two."
        )
    for name in ignore:
        find_column(frame, name, "ignore")
    return frame.drop(*ignore)


def _train(model: Any, frame: Any, *, quiet: bool) -> None:
    from .progress import progress

    with progress(sys.stderr, model, quiet=quiet) as on_epoch:
        try:
            model.fit(frame, on_epoch=on_epoch)
        except DivergenceError as error:
            raise DivergenceError(
                f"{error} Nothing was saved: on the command line, pass a smaller --learning-rate."
            ) from error
    if not quiet and model.report_["end"] == "interrupted":
        epochs = model.report_["epochs"]
        typer.echo(f"chainrule: interrupted after {epochs} epochs; keeping the best.", err=True)
