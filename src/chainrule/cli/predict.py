"""`chainrule predict`: a prediction for every row of a table, whatever its size."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule._harmless import harmless
from chainrule.exceptions import DataError

from .arguments import ModelFile, Quiet
from .guard import show
from .options import check_model, check_not_input, check_place, mute
from .table_models import PREDICTION, load_table_model
from .writing import SUFFIXES, writing

# What an encoder counts: new categories, words in place of numbers, infinite numbers.
ODD = ("unknown", "stray", "infinite")


def predict(
    model: ModelFile,
    data: Annotated[Path, typer.Argument(help="Table with the columns of training.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where to write; - writes CSV to the screen.")
    ] = Path("predictions.csv"),
    proba: Annotated[
        bool, typer.Option("--proba", help="Also the probability of every class.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace --out if it exists.")] = False,
    quiet: Quiet = False,
) -> None:
    """Predict the target of every row, in the order of the rows.

    The output has one column, named like the target ("prediction" where the model was saved in
    Python and has no name for it); with --proba also one for each class. The table may have other
    columns, in any order, and may be larger than memory: it is read and written in blocks of rows.
    A file that exists is replaced only with --force.

    For example:

    * `chainrule predict model.chainrule new.csv`
    * `chainrule predict model.chainrule new.parquet --proba --out answers.parquet`
    """
    mute(quiet)
    check_model(model)
    to_screen = str(out) == "-"
    if not to_screen:
        check_not_input(out, model=model, data=data)
        _check_kind(out)
        check_place(out, force=force)
    loaded = load_table_model(model)
    if proba and loaded.task_ == "regression":
        raise DataError("proba must be left out for a regression, got --proba. Numbers have none.")
    odd: dict[str, Counter[str]] = {kind: Counter() for kind in ODD}
    with _writing(out, to_screen, force=force) as write, _bar(data, quiet=quiet) as step:
        rows = 0
        for table in _predictions(loaded, data, odd, proba=proba):
            write(table)
            rows += len(table)
            step(rows)
    _tell_odd(loaded.encoder_, odd, rows, quiet=quiet)
    if not (to_screen or quiet):
        what = "" if loaded.target == PREDICTION else f" of {loaded.target}"
        typer.echo(harmless(f"{rows:,} predictions{what} in {out}"))


def _check_kind(out: Path) -> None:
    if out.suffix.lower() not in SUFFIXES:
        raise DataError(
            f"out must end in one of {', '.join(SUFFIXES)}, got {str(out)!r}. Choose one of these."
        )


def _predictions(
    model: Any, data: Path, odd: dict[str, Counter[str]], *, proba: bool
) -> Iterator[Any]:
    """Give the predictions for each block; count the values that training did not have."""
    from chainrule.tables.reading.blocks import read_blocks

    encoder = model.encoder_
    columns = {column.name for column in encoder.columns_}
    for block in read_blocks(data, columns, encoder.text_columns()):
        answers = model.answers(block.frame, block.first)
        for kind, counts in odd.items():
            counts.update(getattr(answers.encoded, kind))
        yield _table(model, answers, proba=proba)


def _table(model: Any, answers: Any, *, proba: bool) -> Any:
    import polars as pl

    columns = {model.target: pl.Series(answers.values.tolist())}
    if proba:
        for label, column in zip(model.classes_, answers.probability.T, strict=True):
            columns[f"probability of {label}"] = pl.Series(column.astype(float))
    return pl.DataFrame(columns)


@contextmanager
def _writing(out: Path, to_screen: bool, *, force: bool) -> Iterator[Callable[[Any], None]]:
    if not to_screen:
        with writing(out, replace=force) as write:
            yield write
        return
    first = True

    def to_stdout(table: Any) -> None:
        nonlocal first
        show(table.write_csv(include_header=first), end="")
        first = False

    yield to_stdout


@contextmanager
def _bar(data: Path, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Give the function to tell how many rows are done; says nothing but on a terminal."""
    from .progress import steps

    with steps(sys.stderr, quiet=quiet) as step:
        total: int | None = None

        def tell(done: int) -> None:
            nonlocal total
            if total is None:
                total = _total(data)
            step(f"{done:,} rows", done, total)

        yield tell


def _total(data: Path) -> int:
    from chainrule.tables.reading.blocks import row_count

    # Of text files nobody knows; the bar then only moves.
    return row_count(data) or 0


def _tell_odd(encoder: Any, odd: dict[str, Counter[str]], rows: int, *, quiet: bool) -> None:
    import numpy as np

    from chainrule.tables.encoding.encoded import Encoded, warn_of_unknown

    # A note tells of every new category; the warning, of many, is in its place where it is muted.
    told = odd if quiet else odd | {"unknown": Counter()}
    warn_of_unknown(Encoded(np.empty((0, 0)), **told), encoder.columns_, rows=rows)
    for name, count in odd["unknown"].items() if not quiet else ():
        typer.echo(
            f"note: column {name!r} has {count:,} values that training did not have; "
            "they count as none of its levels.",
            err=True,
        )
