"""The lines of a text file, compressed or not, for messages that name a line."""

import glob
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from chainrule.exceptions import DataError

_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_BYTE_ORDER_MARK = "\ufeff"


def literal(file: Path) -> str:
    """Write the path for polars, which takes *, ? and [ for patterns and reads what fits them."""
    return glob.escape(str(file))


def decoded_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Give each line with its number, from 1; DataError at the first that is not UTF-8 text."""
    number = 0
    try:
        for raw in _raw_lines(file):
            number += 1
            line = raw.decode("utf-8")
            if number == 1:
                _check_text(line, file)
                line = line.removeprefix(_BYTE_ORDER_MARK)
            yield number, line
    except UnicodeDecodeError as error:
        raise DataError(
            f"data must be UTF-8 text, got another encoding in line {number} of {str(file)!r}. "
            "Save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8')."
        ) from error
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"data must be a complete compressed file, got {str(file)!r} ({error}). "
            "Compress or download it again."
        ) from error


def _check_text(line: str, file: Path) -> None:
    if "\x00" in line:
        raise DataError(
            f"data must be text, got {str(file)!r}, which is binary. "
            "Give its name the ending of its kind, or save the table as CSV."
        )
    if "\n" not in line and "\r" in line.rstrip("\r"):
        raise DataError(
            f"data must have lines that end in a line feed, got {str(file)!r}, whose lines end in "
            "a carriage return only, as on old Macs. Save it again (as 'CSV UTF-8')."
        )


def _raw_lines(file: Path) -> Iterable[bytes]:
    with file.open("rb") as stream:
        magic = stream.read(4)
        stream.seek(0)
        if magic.startswith(_GZIP):
            with gzip.open(stream) as plain:
                yield from plain
        elif magic == _ZSTANDARD:
            yield from _zstandard_lines(file)
        else:
            yield from stream


def _zstandard_lines(file: Path) -> Iterator[bytes]:
    """Lines through polars, for Python has no zstandard of its own before 3.14.

    A field separator that no text holds makes one column of whole lines.
    """
    import polars as pl

    try:
        lines = pl.scan_csv(
            literal(file), separator="\x01", quote_char=None, has_header=False, infer_schema=False
        )
        for batch in lines.collect_batches(maintain_order=True):
            for line in batch.to_series():
                yield (line or "").encode() + b"\n"
    except pl.exceptions.PolarsError as error:
        raise OSError(str(error).splitlines()[0]) from error
