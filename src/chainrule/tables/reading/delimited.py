"""Read CSV and its relatives: find the separator, refuse ragged lines, know missing values."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.exceptions import DataError

from ..values.words import MISSING_WORDS
from .frames import check_names
from .lines import decoded_lines, literal

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = (",", ";", "\t", "|")
# Python's csv stops at 128 KiB a field; here a longer one must only be told from an open quote.
_LONGEST_FIELD = 1 << 30


def read_delimited(file: Path, as_text: Collection[str] = ()) -> "pl.DataFrame":
    """Read a file with a line of column names, then a line for each row."""
    import polars as pl

    separator = separator_of(file)
    header = header_of(file, separator)
    names = [name.strip() for name in header]
    check_names(names, str(file))
    try:
        table = pl.read_csv(
            literal(file),
            separator=separator,
            infer_schema_length=None,
            null_values=MISSING_WORDS,
            schema_overrides={
                raw: pl.String for raw, name in zip(header, names, strict=True) if name in as_text
            },
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise explain(file, separator, len(names), error) from error
    if table.width != len(names):
        raise explain(file, separator, len(names), ValueError("columns were lost"))
    table.columns = names
    table = _without_blank_lines(table, file, separator)
    return table.with_columns(
        tidy(column, keep_text=column.name in as_text)
        for column in table
        if column.dtype == pl.String
    )


def separator_of(file: Path) -> str:
    """Find the commonest separator of the first line, outside quotes; of none, the comma."""
    if file.name.lower().split(".")[1:2] in (["tsv"], ["tab"]):
        return "\t"
    header = next((line for _, line in decoded_lines(file) if line.strip()), "")
    unquoted = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=unquoted.count)


def header_of(file: Path, separator: str) -> list[str]:
    """Give the names of the columns, as they stand in the first line that is not blank."""
    for _, fields in _records(file, separator):
        if fields:
            return fields
    raise DataError(
        f"data must hold a table, got {str(file)!r}, which has only blank lines. "
        "Export the table again."
    )


def _records(file: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line on which it begins."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(
        (line for _, line in decoded_lines(file)), delimiter=separator, strict=False
    )
    begin = 1
    for fields in reader:
        yield begin, fields
        begin = reader.line_num + 1


def _without_blank_lines(table: "pl.DataFrame", file: Path, separator: str) -> "pl.DataFrame":
    """Refuse short lines and drop blank ones: polars fills both with missing values.

    Either leaves the last column missing, so most files need no second reading.
    """
    import polars as pl

    if table.width == 1 or not table.to_series(table.width - 1).null_count():
        return table
    blank = []
    for row, (line, fields) in enumerate(rows_below(file, separator)):
        if not fields:
            blank.append(row)
        elif len(fields) != table.width:
            raise ragged(file, line, len(fields), table.width)
    if not blank:
        return table
    return table.with_row_index("").filter(~pl.col("").is_in(blank)).drop("")


def rows_below(file: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give the records below the column names."""
    records = _records(file, separator)
    for _, fields in records:
        if fields:
            break
    return records


def tidy(column: "pl.Series", *, keep_text: bool) -> "pl.Series":
    """Strip the blanks around text, and take a column for numbers where all of it are numbers."""
    import polars as pl

    text = column.str.strip_chars()
    text = text.set(text.is_in(MISSING_WORDS), None)
    if keep_text or text.null_count() == len(text):
        return text
    numbers = text.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == text.null_count() else text


def explain(file: Path, separator: str, width: int, error: Exception) -> DataError:
    """Make the error for a file that polars refused: with the first line that is at fault."""
    last, last_fields = 1, 0
    for line, fields in rows_below(file, separator):
        if fields and len(fields) != width:
            return ragged(file, line, len(fields), width)
        last, last_fields = line, len(fields)
    if '"' in str(error) and last_fields:
        return DataError(
            f"data must close every quote, got an open one in line {last} of {str(file)!r}. "
            'Add the missing ".'
        )
    reason = str(error).splitlines()[0]
    return DataError(
        f"data must be a table of text, got {str(file)!r} ({reason}). Export it again."
    )


def ragged(file: Path, line: int, got: int, width: int) -> DataError:
    """Make the error for a line with too few or too many fields."""
    return DataError(
        f"data must have {width} fields in every line, as its first line has, got {got} in line "
        f"{line} of {str(file)!r}. Correct that line; quote a field that holds the separator."
    )
