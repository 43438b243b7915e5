"""`chainrule tune`: find the settings for a table by cross-validation, save the best model."""

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.exceptions import DataError

from .columns import column_kinds
from .fitting import check_report, read, tell, train_and_save
from .options import (
    PRESETS,
    check_choices,
    check_folder,
    check_not_input,
    check_places,
    complete_preset,
    complete_task,
    mute,
)

# Lines of the table of trials.
MOST_SHOWN = 5


def tune(
    data: Annotated[
        Path,
        typer.Argument(
            help="Table: .csv .tsv .jsonl, these also as .gz or .zst; .parquet .arrow .feather"
        ),
    ],
    target: Annotated[
        str, typer.Option("--target", "-t", metavar="COLUMN", help="Column to learn.")
    ],
    trials: Annotated[
        int, typer.Option(metavar="N", help="Settings to try, those of the study file included.")
    ] = 30,
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Begin no further trial after so long.")
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Keep the trials here (Optuna's journal), and go on from there."
        ),
    ] = None,
    folds: Annotated[int, typer.Option("--cv", metavar="N", help="Parts of the rows.")] = 3,
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
            help=f"Where to start from: {', '.join(PRESETS)}.",
        ),
    ] = "fast",
    task: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_task,
            help="auto, classification or regression; auto goes by the column.",
        ),
    ] = "auto",
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Any scorer of scikit-learn; it chooses settings and epochs."
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="At most so many passes over the rows, in each fit.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=KIND",
            help="What a column is, where it looks like something else; several times.",
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column to leave out; may be given several times."),
    ] = None,
    test_fraction: Annotated[
        float, typer.Option(help="Rows held out to score the best model; 0 for none.")
    ] = 0.2,
    seed: Annotated[int, typer.Option(help="Decides all that is random.")] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Replace --out and --report whatever they are.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Find a network's structure and settings for a table, and save the best model.

    Each trial is scored by cross-validation on the rows that are not held out; the first has the
    preset's own settings. The best are fitted again on all of these rows, and the model is scored
    on the rows held out, which the search has not seen. Ctrl-C ends the search and keeps the best
    so far; with --study the same command goes on later.

    For example:

    * `chainrule tune houses.csv --target price --trials 50 --study houses.study`
    * `chainrule tune wine.csv -t quality --preset default --time-limit 3600 --metric roc_auc_ovr`
    """
    begin = time.perf_counter()
    mute(quiet)
    check_choices(task=task, preset=preset, activation=None)
    check_places(data, out, report, force=force)
    check_report(report, test_fraction)
    for name, value, least in (("trials", trials, 1), ("cv", folds, 2)):
        if value < least:
            raise DataError(
                f"{name} must be a whole number of at least {least}, got {value}. Choose another."
            )
    if study is not None:
        check_folder(study, "study")
        check_not_input(study, "study", data=data, model=out)

    from chainrule.tables import TableModel
    from chainrule.tables.model_settings import check_model_settings
    from chainrule.tables.tuning import import_optuna, open_study, settings_of

    import_optuna()
    kinds = column_kinds(kind or [])
    fixed = {"preset": preset, "column_kinds": kinds, "eval_metric": metric, "epochs": epochs}
    given = {name: value for name, value in fixed.items() if value not in (None, {})}
    model = TableModel(target, task=task, test_fraction=test_fraction, seed=seed, settings=given)
    check_model_settings(model)
    frame = read(data, target, ignore or [], kinds)
    problem = _problem(model, frame, metric, folds)
    found = open_study(problem, study)
    _search(problem, found, trials, time_limit, quiet=quiet)
    best = _best(found, quiet=quiet)
    model.set_params(settings=settings_of(problem, best))
    train_and_save(model, frame, out, quiet=quiet)
    tell(model, frame, data, out, report, time.perf_counter() - begin, quiet=quiet)


def _problem(model: Any, frame: Any, metric: str | None, folds: int) -> Any:
    """The rows that a fit would train on."""
    from chainrule.tables.tuning import METRICS, Problem

    model.decide_task(frame)
    features, values = model.parts(frame).train
    if len(values) < folds:
        raise DataError(
            f"cv must be at most the {len(values)} rows to search on, got {folds}. Add rows."
        )
    settings = model.settings
    return Problem(
        features=features,
        target=values,
        task=model.task_,
        preset=settings["preset"],
        metric=metric or METRICS[model.task_],
        folds=folds,
        seed=model.seed,
        settings=settings,
    )


def _search(problem: Any, study: Any, trials: int, seconds: float | None, *, quiet: bool) -> None:
    from chainrule.tables.tuning import finished, search

    from .progress import trials_told

    with trials_told(sys.stderr, trials, quiet=quiet) as on_trial:
        try:
            search(problem, study, trials, seconds, on_trial)
        except KeyboardInterrupt:
            done = finished(study)
            if not done:
                raise
            if not quiet:
                typer.echo(
                    f"chainrule: interrupted after {len(done)} trials; fitting the best so far.",
                    err=True,
                )


def _best(study: Any, *, quiet: bool) -> Any:
    """The best trial; the best few are printed."""
    from chainrule.tables.tuning import finished

    done = finished(study)
    if not done:
        raise DataError(
            "trials must have one that ends, got none: all diverged. Try another preset."
        )
    if not quiet:
        typer.echo(_table(done, len(study.trials)))
    return done[0]


def _table(done: list[Any], trials: int) -> str:
    from chainrule.reports.words import number

    from .report import aligned

    names = list(done[0].params)
    rows = [["trial", "score", *names]]
    for trial in done[:MOST_SHOWN]:
        shown = [
            number(value) if isinstance(value, float) else str(value)
            for value in (trial.params.get(name) for name in names)
        ]
        rows.append([str(trial.number), number(trial.value), *shown])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) for row in rows]
    head = f"{len(done)} of {trials} trials scored on all folds; the best:"
    return aligned([("search", head), *(("", line) for line in lines)])
