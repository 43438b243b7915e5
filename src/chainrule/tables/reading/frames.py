"""Take any table for a narwhals data frame, and say clearly what is wrong with it."""

import os
from collections import Counter
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

import narwhals as nw
from narwhals.exceptions import DuplicateError
from scipy.sparse import issparse

from chainrule.exceptions import DataError

from ..values.series import Series

Frame = nw.DataFrame[Any]


def as_frame(data: Any, as_text: Collection[str] = ()) -> Frame:
    """Take a path, a frame of pandas, polars, pyarrow or another that narwhals knows, or rows.

    Rows (a 2-d array, lists of values) and a pandas frame whose column names are no text get the
    names x0, x1, ...
    """
    if isinstance(data, str | os.PathLike):
        from .files import read_table

        return read_table(data, as_text)
    if is_array(data):
        from .arrays import from_rows

        return from_rows(data)
    frame = nw.from_native(data)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    frame = _with_text_names(frame)
    check_names(frame.columns, "the frame")
    return check_frame(frame, "the frame")


def is_array(data: Any) -> bool:
    """Tell whether the columns of `data` have no names: scikit-learn's rule for frames."""
    if isinstance(data, str | os.PathLike):
        return False
    if issparse(data):
        raise DataError(
            "data must be dense, got a sparse matrix: sparse input is not supported. "
            "Use .toarray() to convert it."
        )
    try:
        known = nw.from_native(data, pass_through=True) is not data
    except DuplicateError:
        # pyarrow's `columns` are the values.
        check_names(getattr(data, "column_names", None) or data.columns, "the frame")
        raise
    return not known and not isinstance(data, nw.DataFrame | nw.LazyFrame)


def has_names(data: Any) -> bool:
    """Tell whether `data` names its columns with text."""
    if isinstance(data, str | os.PathLike):
        return True
    if is_array(data):
        return False
    return all(isinstance(name, str) for name in nw.from_native(data).columns)


def _with_text_names(frame: Frame) -> Frame:
    text = [isinstance(name, str) for name in frame.columns]
    if all(text):
        return frame
    levels = [name for name in frame.columns if isinstance(name, tuple)]
    if levels:
        raise DataError(
            f"column names must have one level, got {levels[0]!r}. With pandas: "
            "frame.columns = ['_'.join(map(str, name)) for name in frame.columns]."
        )
    if any(text):
        raise DataError(
            f"column names must all be text, or none, got {frame.columns[text.index(False)]!r} "
            "besides text. With pandas: frame.columns = frame.columns.astype(str)."
        )
    native = frame.to_native().copy(deep=False)
    native.columns = [f"x{i}" for i in range(len(text))]
    return nw.from_native(native, eager_only=True)


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
