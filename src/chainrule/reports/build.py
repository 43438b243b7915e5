"""Make a report: predict rows with known targets, score them, compare, explain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chainrule.exceptions import DataError
from chainrule.tables.recipes import CLASSIFICATION

from .classification import add_classification
from .curves import curves_of
from .importances import Progress, importances
from .inputs import TASKS, Part, Trained, ordered_classes, read_part, read_trained
from .mistakes import MOST_COLUMNS
from .reference import LINEAR
from .regression import add_regression
from .report import ColumnNote, Importances, Report
from .words import shown

SCORES = "scores"


def make_report(
    model: Any,
    X_train: Any,
    y_train: Any,
    X_test: Any,
    y_test: Any,
    *,
    task: str,
    target_name: str,
    columns: Sequence[tuple[str, str, str]] | None = None,
    curves: Mapping[str, Sequence[float]] | None = None,
    seed: int = 0,
    row_numbers: Sequence[int] | None = None,
    held_out: bool = True,
    importance_seconds: float = 30.0,
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Report:
    """Report on how a fitted model does on rows that it has not seen, or on others.

    Parameters
    ----------
    model : estimator
        Fitted, with scikit-learn's `predict` (and `predict_proba`, if it has probabilities) for
        data frames like `X_test`.
    X_train, X_test : data frame
        Columns of the rows that the model was trained on, and of the rows to score: pandas,
        polars, pyarrow or another that narwhals knows. Without `X_train` (None) no linear model
        stands beside, and of `y_train` the shares of the classes or the mean count alone.
    y_train, y_test : array-like
        Their targets, all known.
    task : {"classification", "regression"}
    target_name : str
        What is predicted.
    columns : sequence of (name, kind, note), default=None
        What the model took each column for, to be shown, and to be done alike in the linear model.
    curves : mapping of name to values, default=None
        A value for each epoch; by default the curves that the model keeps.
    seed : int, default=0
        Decides resamples and shuffles; the same input and seed give the same report, unless time
        runs out for the importances.
    row_numbers : sequence of int, default=None
        The numbers of the rows to score in their table; by default they count from 1.
    held_out : bool, default=True
        Whether these were kept from training; the report says so.
    importance_seconds : float, default=30.0
        After so many seconds no further column is shuffled; the report says so.
    notes : sequence of str, default=()
        Sentences that the report begins its own notes with.
    progress : callable, default=None
        Called as `progress(what, done, total)`.

    """
    train, test, numbers = _check(X_train, y_train, X_test, y_test, task, row_numbers)
    tell = progress or _nothing
    known = ordered_classes(model, train) if task == CLASSIFICATION else []
    measured = importances(
        model, test, task, known, seed=seed, seconds=importance_seconds, progress=tell
    )
    bare = Report(
        task=task,
        target=shown(target_name),
        model=type(model[-1] if hasattr(model, "steps") else model).__name__,
        linear=None if train.features is None else LINEAR[task],
        train_rows=len(train),
        test_rows=len(test),
        held_out=held_out,
        columns=tuple(ColumnNote(*map(shown, column)) for column in columns or ()),
        importances=_readable(measured),
        curves=curves_of(model, curves),
    )
    tell(SCORES, 0, 1)
    names = _columns_shown(measured, test)
    kinds = {name: kind for name, kind, _ in columns or ()}
    if task == CLASSIFICATION:
        report = add_classification(
            bare,
            model,
            train,
            test,
            known=known,
            row_numbers=numbers,
            columns=names,
            kinds=kinds,
            seed=seed,
        )
    else:
        report = add_regression(
            bare, model, train, test, row_numbers=numbers, columns=names, kinds=kinds, seed=seed
        )
    tell(SCORES, 1, 1)
    return replace(report, notes=(*notes, *report.notes))


def _nothing(what: str, done: int, total: int) -> None:
    """Say nothing."""


def _check(
    X_train: Any,
    y_train: Any,
    X_test: Any,
    y_test: Any,
    task: str,
    row_numbers: Sequence[int] | None,
) -> tuple[Trained, Part, Sequence[int]]:
    if task not in TASKS:
        raise DataError(f"task must be one of {', '.join(TASKS)}, got {task!r}. Choose one.")
    train = read_trained(X_train, y_train, task)
    test = read_part(X_test, y_test, task, "test")
    numbers = range(1, len(test) + 1) if row_numbers is None else row_numbers
    if len(numbers) != len(test):
        raise DataError(
            f"row_numbers must be as many as the {len(test)} rows of X_test, got {len(numbers)}. "
            "Leave them out to count from 1."
        )
    return train, test, numbers


def _columns_shown(measured: Importances, test: Part) -> list[str]:
    """Name the columns that matter most, or the first ones where none was measured."""
    names = [item.column for item in measured.items] or test.features.columns
    return names[:MOST_COLUMNS]


def _readable(measured: Importances) -> Importances:
    return replace(
        measured,
        items=tuple(replace(item, column=shown(item.column)) for item in measured.items),
    )
