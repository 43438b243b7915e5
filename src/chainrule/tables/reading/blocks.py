"""Read a file in blocks of rows, so that it may be larger than memory."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import narwhals as nw

from chainrule.exceptions import DataError

from . import delimited, json_lines
from .arrow_stream import is_arrow_stream, stream_tables
from .files import (
    check_file,
    import_polars,
    read_arrow,
    read_json_lines,
    read_parquet,
    reader_of,
)
from .frames import Frame, check_frame, check_names
from .lines import literal

if TYPE_CHECKING:
    import polars as pl

# So many that a call costs nothing beside them, and the encoder reads as many at once.
BLOCK_ROWS = 1 << 16


@dataclass(frozen=True)
class Block:
    """Some rows of a file; `first` is the number of rows before them."""

    frame: Frame
    first: int


def read_blocks(
    path: Path, columns: Collection[str], as_text: Collection[str] = (), rows: int = BLOCK_ROWS
) -> Iterator[Block]:
    """Read `path`, its kind told by its name, about `rows` rows at a time.

    Where the file has all of `columns`, only they are read. Those named in `as_text` stay text
    where the file does not say what they are; other columns of text files are numbers in each
    block where all of it are. DataError for everything that keeps the file from being a table;
    what is wrong far down shows when it is reached.
    """
    check_file(path)
    import_polars()
    first = 0
    for table in filter(len, _tables(path, columns, as_text, rows)):
        yield Block(nw.from_native(table, eager_only=True), first)
        first += len(table)
    if not first:
        import polars as pl

        check_frame(nw.from_native(pl.DataFrame({"": []}), eager_only=True), str(path))


def row_count(path: Path) -> int | None:
    """The number of rows, where the file tells it without being read."""
    import polars as pl

    lazy = _scan(path)
    return None if lazy is None else int(lazy.select(pl.len()).collect().item())


def _tables(
    path: Path, columns: Collection[str], as_text: Collection[str], rows: int
) -> "Iterator[pl.DataFrame]":
    reader = reader_of(path)
    if reader is delimited.read_delimited:
        return _delimited(path, columns, as_text, rows)
    if reader is read_json_lines:
        return _json_lines(path, columns, rows)
    lazy = _scan(path)
    return _stream(path, columns, rows) if lazy is None else _binary(path, lazy, columns, rows)


def _scan(path: Path) -> "pl.LazyFrame | None":
    """A lazy frame for a file that tells its number of rows and its columns; None for others."""
    import polars as pl

    reader = reader_of(path)
    if reader is read_parquet:
        return pl.scan_parquet(literal(path))
    if reader is not read_arrow or is_arrow_stream(path):
        return None
    return pl.scan_ipc(literal(path))


def _binary(
    path: Path, lazy: "pl.LazyFrame", columns: Collection[str], rows: int
) -> "Iterator[pl.DataFrame]":
    import polars as pl

    what = "Parquet" if reader_of(path) is read_parquet else "Arrow (Feather version 2)"
    try:
        names = lazy.collect_schema().names()
        kept = lazy.select(_wanted(names, columns))
        yield from kept.collect_batches(chunk_size=rows, maintain_order=True)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _not_whole(path, what, error) from error


def _stream(path: Path, columns: Collection[str], rows: int) -> "Iterator[pl.DataFrame]":
    import polars as pl

    try:
        for table in stream_tables(path):
            kept = table.select(_wanted(table.columns, columns))
            yield from kept.iter_slices(rows)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _not_whole(path, "Arrow (Feather version 2)", error) from error


def _not_whole(path: Path, what: str, error: Exception) -> DataError:
    return DataError(
        f"data must be a whole {what} file, got {str(path)!r} ({str(error).splitlines()[0]}). "
        "Export it again, or rename it if it is of another kind."
    )


def _json_lines(path: Path, columns: Collection[str], rows: int) -> "Iterator[pl.DataFrame]":
    """Read twice: first for what the values of each name are, as reading at once does."""
    import polars as pl

    try:
        lazy = pl.scan_ndjson(literal(path), infer_schema_length=None)
        names = lazy.collect_schema().names()
        lazy = lazy.select(_wanted(names, columns))
        yield from lazy.collect_batches(chunk_size=rows, maintain_order=True)
    except (pl.exceptions.PolarsError, OSError, RuntimeError) as error:
        raise json_lines.explain(path, error) from error


def _delimited(
    path: Path, columns: Collection[str], as_text: Collection[str], rows: int
) -> "Iterator[pl.DataFrame]":
    """Read all as text, so that no column changes its kind from block to block unnoticed."""
    import polars as pl

    from ..values.words import MISSING_WORDS

    separator = delimited.separator_of(path)
    header = delimited.header_of(path, separator)
    names = [name.strip() for name in header]
    check_names(names, str(path))
    wanted = _wanted(names, columns)
    lines = _Lines(path, separator, len(names))
    try:
        lazy = pl.scan_csv(
            literal(path), separator=separator, infer_schema=False, null_values=MISSING_WORDS
        )
        if len(lazy.collect_schema().names()) != len(names):
            raise delimited.explain(path, separator, len(names), ValueError("columns were lost"))
        renamed = lazy.rename(dict(zip(header, names, strict=True)))
        kept = renamed.select([*wanted, *({names[-1]} - {*wanted})])
        for batch in kept.collect_batches(chunk_size=rows, maintain_order=True):
            table = lines.checked(batch, names[-1]).select(wanted)
            yield table.with_columns(
                delimited.tidy(column, keep_text=column.name in as_text) for column in table
            )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise delimited.explain(path, separator, len(names), error) from error


class _Lines:
    """Looks for short and blank lines, which polars fills with missing values.

    Either leaves the last column missing, so blocks without that need no second reading.
    """

    def __init__(self, path: Path, separator: str, width: int) -> None:
        self._path, self._width = path, width
        self._records = delimited.rows_below(path, separator)
        self._behind = 0

    def checked(self, table: "pl.DataFrame", last: str) -> "pl.DataFrame":
        """Refuse short lines, and drop blank ones."""
        import polars as pl

        if self._width == 1 or not table[last].null_count():
            self._behind += len(table)
            return table
        keep = []
        for line, fields in islice(self._records, self._behind, self._behind + len(table)):
            if fields and len(fields) != self._width:
                raise delimited.ragged(self._path, line, len(fields), self._width)
            keep.append(bool(fields))
        self._behind = 0
        return table if all(keep) else table.filter(pl.Series(keep))


def _wanted(names: list[str], columns: Collection[str]) -> list[str]:
    """All names where one is lacking: the message about it says which there are."""
    there = set(names)
    return [name for name in names if name in columns] if there.issuperset(columns) else names
