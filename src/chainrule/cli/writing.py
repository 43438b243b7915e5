"""Write a table block by block into a file that appears only when it is complete."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from chainrule.exceptions import DataError
from chainrule.files.atomic import take_place

Write = Callable[[Any], None]


def _csv(table: Any, stream: IO[bytes], *, first: bool) -> None:
    table.write_csv(stream, include_header=first)


def _tsv(table: Any, stream: IO[bytes], *, first: bool) -> None:
    table.write_csv(stream, include_header=first, separator="\t")


def _json_lines(table: Any, stream: IO[bytes], *, first: bool) -> None:
    table.write_ndjson(stream)


APPEND = {".csv": _csv, ".tsv": _tsv, ".jsonl": _json_lines}
# Written at the end from parts: these have a directory of what they hold.
AT_ONCE = {".parquet": "sink_parquet", ".arrow": "sink_ipc", ".feather": "sink_ipc"}
SUFFIXES = (*APPEND, *AT_ONCE)


@contextmanager
def writing(out: Path, *, replace: bool = True) -> Iterator[Write]:
    """Give the function that writes a block.

    Blocks go to a temporary folder beside `out`; at the end the file takes its place in one step.
    When anything fails, Ctrl-C too, the folder is removed and `out` is as it was. Without `replace`
    it must not be there.
    """
    target = Path(os.path.realpath(out))
    folder = target.with_name(f".{target.name[:40]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        folder.mkdir()
        whole = folder / f"whole{out.suffix.lower()}"
        with _blocks(whole) as write:
            yield write
        take_place(whole, target, replace=replace)
    except FileExistsError as error:
        raise DataError(
            f"out must not name a file that exists, got {str(out)!r}, which came meanwhile. "
            "Choose another name, or pass --force to replace it."
        ) from error
    except OSError as error:
        raise DataError(
            f"out must be a file that can be written, got {str(out)!r} "
            f"({error.strerror or error}). Nothing was changed; choose another place."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _blocks(whole: Path) -> Iterator[Write]:
    if whole.suffix in AT_ONCE:
        parts: list[Path] = []

        def keep(table: Any) -> None:
            parts.append(whole.with_name(f"{len(parts)}.ipc"))
            table.write_ipc(parts[-1])

        yield keep
        _join(parts, whole)
        return
    append, first = APPEND[whole.suffix], True
    with whole.open("xb") as stream:

        def write(table: Any) -> None:
            nonlocal first
            append(table, stream, first=first)
            first = False

        yield write
        stream.flush()
        os.fsync(stream.fileno())


def _join(parts: list[Path], whole: Path) -> None:
    import polars as pl

    from chainrule.tables.reading.lines import literal

    getattr(pl.scan_ipc([literal(part) for part in parts]), AT_ONCE[whole.suffix])(whole)
