"""Say what is wrong with a file of JSON lines, and where."""

import json
from pathlib import Path

from chainrule.exceptions import DataError

from .lines import decoded_lines


def explain(file: Path, error: Exception) -> DataError:
    """Make the error for a refused file: with the first line that is no JSON object."""
    for number, line in decoded_lines(file):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            return _bad_line(file, number, "no complete JSON value")
        if not isinstance(row, dict):
            return _bad_line(file, number, f"a JSON {type(row).__name__}")
    reason = str(error).splitlines()[0]
    return DataError(
        f"data must be JSON lines, got {str(file)!r} ({reason}). "
        "Give every row the same names with values of the same kind."
    )


def _bad_line(file: Path, number: int, what: str) -> DataError:
    return DataError(
        f"data must hold one JSON object a line, got {what} in line {number} of {str(file)!r}. "
        "Correct that line, or write the file again."
    )
