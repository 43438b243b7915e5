"""`chainrule fit`: learn a column of a table, save the model."""

from pathlib import Path
from typing import Annotated

import typer

from .arguments import (
    NETWORK,
    Embeddings,
    Ignored,
    Kinds,
    Out,
    Page,
    Quiet,
    ReplaceAny,
    TableFile,
    Target,
    TargetTransform,
    Task,
    TestFraction,
    preset_option,
)
from .fitting import Job
from .options import complete_activation, hidden_sizes


def fit(
    data: TableFile,
    target: Target,
    out: Out = Path("model.chainrule"),
    report: Page = None,
    preset: Annotated[str, preset_option("How much care to take")] = "default",
    task: Task = "auto",
    target_transform: TargetTransform = None,
    kind: Kinds = None,
    ignore: Ignored = None,
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
            rich_help_panel=NETWORK,
        ),
    ] = None,
    activation: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_activation,
            help="Of the hidden layers.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    embeddings: Embeddings = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="At most so many passes over the rows.", rich_help_panel=NETWORK),
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="The first, or largest, one.", rich_help_panel=NETWORK)
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="ROWS", help="Rows a step.", rich_help_panel=NETWORK)
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(help="Share of units silenced in training.", rich_help_panel=NETWORK),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(help="How much each step shrinks the weights.", rich_help_panel=NETWORK),
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(
            help="Share of a label that all classes divide in training.", rich_help_panel=NETWORK
        ),
    ] = None,
    test_fraction: TestFraction = 0.2,
    validation_fraction: Annotated[
        float | None,
        typer.Option(help="Share of the training rows that choose the best epoch."),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            help="Decides the rows held out, the first weights and the order of the rows; "
            "the same seed gives the same model."
        ),
    ] = 0,
    force: ReplaceAny = False,
    quiet: Quiet = False,
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
    job = Job(
        data, target, out, report, preset, task, kind, ignore, test_fraction, seed, quiet, force
    )
    job.check(activation=activation, embeddings=embeddings, target_transform=target_transform)
    model = job.model(
        time_limit=time_limit,
        eval_metric=metric,
        class_weight="balanced" if balanced else None,
        target_transform=target_transform,
        calibrate=calibrate,
        n_ensemble=ensemble,
        cv=folds,
        hidden_layer_sizes=None if hidden is None else hidden_sizes(hidden),
        activation=activation,
        embeddings=embeddings,
        epochs=epochs,
        learning_rate_init=learning_rate,
        batch_size=batch_size,
        dropout=dropout,
        weight_decay=weight_decay,
        label_smoothing=label_smoothing,
        validation_fraction=validation_fraction,
    )
    frame = job.read()
    job.train_and_save(model, frame)
    job.tell(model, frame)
