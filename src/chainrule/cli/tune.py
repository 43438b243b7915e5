"""`chainrule tune`: find the settings for a table by cross-validation, save the best model."""

import math
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.exceptions import DataError

from .arguments import (
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
from .options import check_folder, check_not_input

# Lines of the table of trials.
MOST_SHOWN = 5


def tune(
    data: TableFile,
    target: Target,
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
    out: Out = Path("model.chainrule"),
    report: Page = None,
    preset: Annotated[str, preset_option("Where to start from")] = "fast",
    task: Task = "auto",
    target_transform: TargetTransform = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Any scorer of scikit-learn; it chooses settings and epochs."
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="At most so many passes over the rows, in each fit.")
    ] = None,
    embeddings: Embeddings = None,
    kind: Kinds = None,
    ignore: Ignored = None,
    test_fraction: TestFraction = 0.2,
    seed: Annotated[int, typer.Option(help="Decides all that is random.")] = 0,
    force: ReplaceAny = False,
    quiet: Quiet = False,
) -> None:
    """Find a network's structure and settings for a table, and save the best model.

    What is given as an option is not searched for. Each trial is scored by cross-validation on the
    rows that are not held out; the first has the preset's own settings. The best are fitted again
    on all of these rows, and the model is scored on the rows held out, which the search has not
    seen. Ctrl-C ends the search and keeps the best so far; with --study the same command goes on
    later.

    For example:

    * `chainrule tune houses.csv --target price --trials 50 --study houses.study`
    * `chainrule tune wine.csv -t quality --preset default --time-limit 3600 --metric roc_auc_ovr`
    """
    job = Job(
        data, target, out, report, preset, task, kind, ignore, test_fraction, seed, quiet, force
    )
    job.check(embeddings=embeddings, target_transform=target_transform)
    for name, value, least in (("trials", trials, 1), ("cv", folds, 2)):
        if value < least:
            raise DataError(
                f"{name} must be a whole number of at least {least}, got {value}. Choose another."
            )
    if time_limit is not None and not 0 < time_limit < math.inf:
        raise DataError(
            f"time_limit must be a number of seconds above 0, got {time_limit}. Choose another."
        )
    if study is not None:
        check_folder(study, "study")
        check_not_input(study, "study", data=data, model=out)

    from chainrule.tables.search.study import import_optuna, open_study
    from chainrule.tables.search.tuning import settings_of

    import_optuna()
    model = job.model(
        eval_metric=metric,
        epochs=epochs,
        embeddings=embeddings,
        target_transform=target_transform,
    )
    frame = job.read()
    problem = _problem(model, frame, metric, folds)
    try:
        found = open_study(problem, study)
        _search(problem, found, trials, time_limit, quiet=quiet)
    except OSError as error:
        raise DataError(
            f"study must be a file that can be written, got {str(study)!r} "
            f"({error.strerror or error}). Make room, and the same command goes on from there."
        ) from error
    best = _best(problem, found, quiet=quiet)
    model.set_params(settings=settings_of(problem, best))
    job.train_and_save(model, frame)
    job.tell(model, frame)


def _problem(model: Any, frame: Any, metric: str | None, folds: int) -> Any:
    """The rows that a fit would train on."""
    from chainrule.tables.search.problem import METRICS, Problem

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
    from chainrule.tables.search.study import finished
    from chainrule.tables.search.tuning import search

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


def _best(problem: Any, study: Any, *, quiet: bool) -> Any:
    """The best trial; the best few are printed."""
    from chainrule.tables.search.study import finished

    done = finished(study)
    if not done:
        raise DataError(
            "trials must have one that ends, got none: all diverged. Try another preset."
        )
    if not quiet:
        typer.echo(_table(problem, done, len(study.trials)))
    return done[0]


def _table(problem: Any, done: list[Any], trials: int) -> str:
    from chainrule.reports.words import number
    from chainrule.tables.search.tuning import found_in

    from .describing import aligned

    def shown(value: Any) -> str:
        if isinstance(value, tuple):
            return "-".join(map(str, value))
        return number(value) if isinstance(value, float) else str(value)

    found = [found_in(problem, trial) for trial in done[:MOST_SHOWN]]
    rows = [["trial", "score", *found[0]]]
    for trial, settings in zip(done, found, strict=False):
        rows.append([str(trial.number), number(trial.value), *map(shown, settings.values())])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) for row in rows]
    head = f"{len(done)} of {trials} trials scored on all folds; the best:"
    return aligned([("search", head), *(("", line) for line in lines)])
