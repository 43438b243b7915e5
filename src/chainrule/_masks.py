"""Masked arrays of NumPy, whose masks `numpy.asarray` drops without a word."""

from typing import Any

import numpy as np

from chainrule.exceptions import DataError


def refuse_masked(values: Any, name: str) -> None:
    """Refuse an array with masked values: what lies under a mask must not be trained on."""
    if not isinstance(values, np.ma.MaskedArray) or not np.ma.is_masked(values):
        return
    places = np.argwhere(np.ma.getmaskarray(values))
    where = ", ".join(f"{axis} {place}" for axis, place in zip(_AXES, places[0], strict=False))
    raise DataError(
        f"{name} must have no masked values, got {len(places)}, the first in {where}. Fill them "
        f"({name}.filled(...)), or leave these rows out."
    )


_AXES = ("row", "column")
