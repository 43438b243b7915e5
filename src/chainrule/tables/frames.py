"""Take any table for a narwhals data frame, and say clearly what is wrong with it."""

import os
from collections import Counter
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

import narwhals as nw
from narwhals.exceptions import DuplicateError

from chainrule.exceptions import DataError

Frame = nw.DataFrame[Any]
Series = nw.Series[Any]


def as_frame(data: Any, as_text: Collection[str] = ()) -> Frame:
    """Take a path, or a frame of pandas, polars, pyarrow or another that narwhals knows."""
    if isinstance(data, str | os.PathLike):
        from .reading import read_table

        return read_table(data, as_text)
    try:
        frame = nw.from_native(data)
    except DuplicateError:
        # pyarrow's `columns` are the values.
        check_names(getattr(data, "column_names", None) or data.columns, "the frame")
        raise
    except TypeError as error:
        raise DataError(
            f"data must be a data frame or the path of a file, got {type(data).__name__}. "
            "Put the columns into a frame of pandas, polars or pyarrow, which names them."
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    wrong = [name for name in frame.columns if not isinstance(name, str)]
    if wrong:
        raise DataError(
            f"column names must be text, got {wrong[0]!r}. "
            "With pandas: frame.columns = frame.columns.astype(str)."
        )
    check_names(frame.columns, "the frame")
    return check_frame(frame, "the frame")


def check_names(names: Iterable[str], where: str) -> None:
    """Refuse column names that are repeated."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DataError(
            f"column names must differ, got {_quoted(repeated[:5])} more than once in {where}. "
            "Rename or drop the repeated columns."
        )


def check_frame(frame: Frame, where: str) -> Frame:
    """Refuse a table without columns or rows."""
    if not frame.columns:
        raise DataError(f"data must have columns, got none in {where}. Check what wrote it.")
    if not len(frame):
        raise DataError(
            f"data must have at least one row, got only column names in {where}. "
            "Check what wrote it."
        )
    return frame


def find_column(frame: Frame, name: str, role: str) -> Series:
    """Return the column `name`; an error offers the nearest names. `role` is what it is for."""
    if name in frame.columns:
        return frame[name]
    near = nearest(name, frame.columns)
    hint = near or f" The columns are {_quoted(frame.columns[:10])}{_more(len(frame.columns))}."
    raise DataError(f"{role} must be a column of the table, got {name!r}.{hint}")


def nearest(name: str, names: Collection[str], cutoff: float = 0.6) -> str:
    """Ask " Did you mean 'x'?" with up to three of `names`, whatever their case; else nothing."""
    by_folded = {other.casefold(): other for other in names}
    near = get_close_matches(name.casefold(), by_folded, n=3, cutoff=cutoff)
    return f" Did you mean {' or '.join(repr(by_folded[n]) for n in near)}?" if near else ""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _more(count: int, shown: int = 10) -> str:
    return f" and {count - shown} more" if count > shown else ""
