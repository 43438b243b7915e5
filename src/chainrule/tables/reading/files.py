"""Read a table from a file: CSV, TSV, Parquet, Arrow/Feather and JSON lines."""

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from chainrule.exceptions import DataError

from .arrow_stream import is_arrow_stream
from .delimited import read_delimited
from .frames import Frame, check_frame, nearest
from .lines import literal

if TYPE_CHECKING:
    import polars as pl


def read_table(path: str | os.PathLike[str], as_text: Collection[str] = ()) -> Frame:
    """Read the file `path`, its kind told by its name.

    Columns named in `as_text` stay text though they look like numbers, where the file does not
    say what they are (CSV). Raises `DataError`, whose message says what to do, for everything
    that keeps the file from being a table with at least one row.
    """
    file = Path(path)
    check_file(file)
    import_polars()
    try:
        table = reader_of(file)(file, as_text)
    except MemoryError as error:
        raise DataError(
            f"data must fit in memory, got {str(file)!r}. Pass fewer rows or columns."
        ) from error
    return check_frame(nw.from_native(table, eager_only=True), str(file))


def import_polars() -> Any:
    """Import polars, or say how to get it."""
    try:
        import polars
    except ImportError as error:
        raise DataError(
            "polars must be installed to read files, got no module of that name. "
            'Run: pip install "chainrule[cli]"'
        ) from error
    return polars


def check_file(file: Path) -> None:
    """Refuse what is no file with anything in it that can be read."""
    if file.is_dir():
        raise DataError(f"data must be a file, got the folder {str(file)!r}. Name a file in it.")
    if not file.exists():
        raise DataError(
            f"data must be an existing file, got {str(file)!r}.{_neighbours(file)}"
            " Check the name and the folder."
        )
    if not file.is_file():
        # Opening a pipe waits for a writer, and what it gives can be read only once.
        raise DataError(
            f"data must be a regular file, got {str(file)!r}, which is a device or a pipe. "
            "Save the table to a file first, and name that."
        )
    try:
        with file.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        raise DataError(
            f"data must be a file that can be read, got {str(file)!r} ({error.strerror}). "
            "Change its permissions, or copy it to a place of yours."
        ) from error
    if empty:
        raise DataError(
            f"data must hold a table, got {str(file)!r}, which is empty. Export the table again."
        )


def _neighbours(file: Path) -> str:
    try:
        names = [other.name for other in file.parent.iterdir() if other.is_file()]
    except OSError:
        return ""
    # File names share their endings, so likeness begins higher than for columns.
    return nearest(file.name, names, cutoff=0.8)


def reader_of(file: Path) -> Callable[[Path, Collection[str]], Any]:
    """The function that reads a file of the kind that its name tells."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
        readers = _TEXT_READERS
    else:
        readers = {**_TEXT_READERS, **_BINARY_READERS}
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in readers:
        raise DataError(
            f"data must be a file whose name ends in {', '.join(_TEXT_READERS)} (these also with "
            f".gz or .zst) or {', '.join(_BINARY_READERS)}, got {file.name!r}. "
            "Rename it, or save the table as CSV."
        )
    return readers[suffix]


def read_parquet(file: Path, as_text: Collection[str]) -> "pl.DataFrame":
    """Read a Parquet file."""
    import polars as pl

    return _reading(file, "a Parquet file", lambda: pl.read_parquet(literal(file)))


def read_arrow(file: Path, as_text: Collection[str]) -> "pl.DataFrame":
    """Read an Arrow file or stream."""
    import polars as pl

    # A stream has no footer, and polars has another function for it.
    def read() -> "pl.DataFrame":
        return pl.read_ipc_stream(file) if is_arrow_stream(file) else pl.read_ipc(literal(file))

    return _reading(file, "an Arrow (Feather version 2) file", read)


def read_json_lines(file: Path, as_text: Collection[str]) -> "pl.DataFrame":
    """Read a JSON object a line."""
    import polars as pl

    from .json_lines import explain

    try:
        return pl.read_ndjson(literal(file), infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError, RuntimeError) as error:
        raise explain(file, error) from error


def _reading(file: Path, what: str, read: Callable[[], "pl.DataFrame"]) -> "pl.DataFrame":
    import polars as pl

    try:
        return read()
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"data must be {what}, got {str(file)!r} ({reason}). "
            "Export it again, or rename it if it is of another kind."
        ) from error


_TEXT_READERS: dict[str, Callable[[Path, Collection[str]], Any]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".tab": read_delimited,
    ".txt": read_delimited,
    ".data": read_delimited,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
}
_BINARY_READERS: dict[str, Callable[[Path, Collection[str]], Any]] = {
    ".parquet": read_parquet,
    ".pq": read_parquet,
    ".arrow": read_arrow,
    ".feather": read_arrow,
    ".ipc": read_arrow,
}
