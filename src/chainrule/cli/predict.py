"""`chainrule predict`: a prediction for every row of a table."""

from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.exceptions import DataError

from .guard import show
from .options import check_folder, check_not_input, check_not_there, load_table_model, mute

WRITERS = {
    ".csv": "write_csv",
    ".tsv": "write_csv",
    ".parquet": "write_parquet",
    ".arrow": "write_ipc",
    ".feather": "write_ipc",
    ".jsonl": "write_ndjson",
}


def predict(
    model: Annotated[Path, typer.Argument(help="Model file, made by chainrule fit.")],
    data: Annotated[Path, typer.Argument(help="Table with the columns of training.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where to write; - writes CSV to the screen.")
    ] = Path("predictions.csv"),
    proba: Annotated[
        bool, typer.Option("--proba", help="Also the probability of every class.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace --out if it exists.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Predict the target of every row, in the order of the rows.

    The output has one column, named like the target; with --proba also one for each class. The
    table may have other columns, in any order. A file that exists is replaced only with --force.

    For example:

    * `chainrule predict model.chainrule new.csv`
    * `chainrule predict model.chainrule new.parquet --proba --out answers.parquet`
    """
    mute(quiet)
    to_screen = str(out) == "-"
    if not to_screen:
        check_not_input(out, model=model, data=data)
        check_folder(out)
        _check_kind(out)
        check_not_there(out, force=force)
    loaded = load_table_model(model)
    frame = loaded.read(data)
    _tell_unknown(loaded.encoder_.encode(frame).unknown, quiet=quiet)
    table = _predictions(loaded, frame, proba=proba)
    if to_screen:
        show(table.write_csv(), end="")
        return
    content = _content(table, out)
    _write(out, content)
    if not quiet:
        typer.echo(f"{len(table):,} predictions of {loaded.target} in {out}")


def _check_kind(out: Path) -> None:
    if out.suffix.lower() not in WRITERS:
        raise DataError(
            f"out must end in one of {', '.join(WRITERS)}, got {str(out)!r}. Choose one of these."
        )


def _tell_unknown(unknown: dict[str, int], *, quiet: bool) -> None:
    if quiet:
        return
    for name, count in unknown.items():
        typer.echo(
            f"note: column {name!r} has {count:,} values that training did not have; "
            "they count as none of its levels.",
            err=True,
        )


def _predictions(model: Any, frame: Any, *, proba: bool) -> Any:
    from chainrule.tables.reading import import_polars

    pl = import_polars()
    columns = {model.target: model.predict(frame)}
    if proba:
        probability = model.predict_proba(frame)
        for label, column in zip(model.classes_, probability.T, strict=True):
            columns[f"probability of {label}"] = column
    return pl.DataFrame({name: values.tolist() for name, values in columns.items()})


def _content(table: Any, out: Path) -> bytes:
    import io

    suffix = out.suffix.lower()
    options = {"separator": "\t"} if suffix == ".tsv" else {}
    buffer = io.BytesIO()
    getattr(table, WRITERS[suffix])(buffer, **options)
    return buffer.getvalue()


def _write(out: Path, content: bytes) -> None:
    from chainrule.files import write_atomically

    try:
        write_atomically(out, content)
    except OSError as error:
        raise DataError(
            f"out must be a file that can be written, got {str(out)!r} "
            f"({error.strerror or error}). Nothing was changed; choose another place."
        ) from error
