"""`chainrule fit`: learn a column of a table, save the model."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from .columns import column_kinds
from .fitting import check_report, read, tell, train_and_save
from .options import (
    PRESETS,
    check_choices,
    check_places,
    complete_activation,
    complete_preset,
    complete_task,
    hidden_sizes,
    mute,
)

_NETWORK = "The network, where the preset's is not wanted"
_ROWS = "Rows"


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
    report: Annotated[
        Path | None,
        typer.Option(metavar="PAGE.html", help="Also write the report as a page, opens offline."),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            "-p",
            metavar="NAME",
            autocompletion=complete_preset,
            help=f"How much care to take: {', '.join(PRESETS)}.",
        ),
    ] = "default",
    task: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_task,
            help="auto, classification or regression; auto goes by the column.",
        ),
    ] = "auto",
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=KIND",
            help="What a column is, where it looks like something else: zip=categorical; may be "
            "given several times.",
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column to leave out; may be given several times."),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Train at most about so long.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Any scorer of scikit-learn; it chooses the best epoch."),
    ] = None,
    balanced: Annotated[
        bool, typer.Option("--balanced", help="Let rare classes weigh as much as frequent ones.")
    ] = False,
    calibrate: Annotated[
        bool | None,
        typer.Option(
            "--calibrate/--no-calibrate", help="Make probabilities as sure as they are right."
        ),
    ] = None,
    ensemble: Annotated[
        int | None, typer.Option(metavar="N", help="Average so many networks.")
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option("--cv", metavar="N", help="A network for each of so many parts of the rows."),
    ] = None,
    hidden: Annotated[
        str | None,
        typer.Option(
            metavar="64,64",
            help="Units of the hidden layers, or none for no hidden layer.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    activation: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_activation,
            help="Of the hidden layers.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="At most so many passes over the rows.", rich_help_panel=_NETWORK),
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="The first, or largest, one.", rich_help_panel=_NETWORK)
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="ROWS", help="Rows a step.", rich_help_panel=_NETWORK)
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(help="Share of units silenced in training.", rich_help_panel=_NETWORK),
    ] = None,
    test_fraction: Annotated[
        float,
        typer.Option(help="Rows held out to score the model; 0 for none.", rich_help_panel=_ROWS),
    ] = 0.2,
    validation_fraction: Annotated[
        float | None,
        typer.Option(help="Training rows that choose the best epoch.", rich_help_panel=_ROWS),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            help="Decides the rows held out, the first weights and the order of the rows; "
            "the same seed gives the same model."
        ),
    ] = 0,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace --out and --report whatever they are."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Learn one column of a table from the others, and save the model.

    A fifth of the rows is held out to score the model; it has not seen them. Of the training
    rows a part chooses the best epoch, whose weights are kept. Ctrl-C stops early and saves the
    best model so far.

    For example:

    * `chainrule fit examples/penguins.csv --target species`
    * `chainrule fit houses.parquet --target price --preset best --report houses.html`
    * `chainrule fit wine.csv -t quality --task regression --ignore id --kind year=categorical`
    """
    begin = time.perf_counter()
    mute(quiet)
    check_choices(task=task, preset=preset, activation=activation)
    check_places(data, out, report, force=force)
    check_report(report, test_fraction)
    settings: dict[str, Any] = {
        "preset": preset,
        "column_kinds": column_kinds(kind or []),
        "time_limit": time_limit,
        "eval_metric": metric,
        "class_weight": "balanced" if balanced else None,
        "calibrate": calibrate,
        "n_ensemble": ensemble,
        "cv": folds,
        "hidden_layer_sizes": None if hidden is None else hidden_sizes(hidden),
        "activation": activation,
        "epochs": epochs,
        "learning_rate_init": learning_rate,
        "batch_size": batch_size,
        "dropout": dropout,
        "validation_fraction": validation_fraction,
    }

    from chainrule.tables import TableModel
    from chainrule.tables.model_settings import check_model_settings

    given = {name: value for name, value in settings.items() if value not in (None, {})}
    model = TableModel(target, task=task, test_fraction=test_fraction, seed=seed, settings=given)
    check_model_settings(model)
    frame = read(data, target, ignore or [], given.get("column_kinds", {}))
    train_and_save(model, frame, out, quiet=quiet)
    tell(model, frame, data, out, report, time.perf_counter() - begin, quiet=quiet)
