"""Find the columns of training in a new table, whatever it is and however they are ordered."""

import os
from collections.abc import Collection, Sequence
from typing import Any

from chainrule.exceptions import DataError
from chainrule.training.warn import warn_user

from ..reading.frames import Frame, as_frame, has_names, nearest
from ..values.series import check_type

# Columns that a message names; of more it tells the number.
_MOST_NAMED = 10


def as_trained(
    data: Any, count: int, names: Sequence[str] | None, text_columns: Collection[str], owner: str
) -> Frame:
    """Take `data` for a frame; without names, there or in training, columns go by their places.

    `count` and `names` are those of training, `names` None if it had none; messages name `owner`.
    """
    if isinstance(data, str | os.PathLike):
        return as_frame(data, text_columns)
    frame, named = as_frame(data), has_names(data)
    if named and names is not None:
        return frame
    if len(frame.columns) != count:
        raise DataError(
            f"X has {len(frame.columns)} features, but {owner} is expecting {count} features as "
            "input: without names, columns count by their places. Pass the columns of training."
        )
    _warn_of_names(owner, named=named, trained=names is not None)
    names = [f"x{i}" for i in range(count)] if names is None else names
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def check_columns(frame: Frame, wanted: Sequence[str]) -> None:
    """Refuse a table that lacks columns, and name them, or has some of types that none can be."""
    there = set(frame.columns)
    absent = [name for name in wanted if name not in there]
    if not absent:
        for name in wanted:
            check_type(frame[name])
        return
    hint = nearest(absent[0], [name for name in frame.columns if name not in wanted])
    shown = ", ".join(map(repr, absent[:_MOST_NAMED]))
    more = f" and {len(absent) - _MOST_NAMED} more" if len(absent) > _MOST_NAMED else ""
    raise DataError(
        f"data must have the columns of training, got none named {shown}{more}.{hint} "
        "Add the column (it may be empty)."
    )


def _warn_of_names(owner: str, *, named: bool, trained: bool) -> None:
    """Warn as scikit-learn does where only one of the two tables names its columns."""
    if named == trained:
        return
    what = (
        f"X has feature names, but {owner} was fitted without feature names"
        if named
        else f"X does not have valid feature names, but {owner} was fitted with feature names"
    )
    warn_user(what, UserWarning)
