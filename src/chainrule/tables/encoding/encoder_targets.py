"""The targets that an encoder learns intervals with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError

# Of more different numbers each is a quantity.
_MOST_CLASSES = 100


def targets_of(y: Any, rows: int) -> NDArray[Any]:
    """Targets as an array of shape (rows,): whole class numbers from 0, or standardised floats."""
    if y is None:
        raise DataError(
            "y must be the target of each row where intervals=True, got None. Pass fit(X, y), or "
            "leave intervals out."
        )
    known = np.asarray(y)
    if known.shape not in ((rows,), (rows, 1)):
        raise DataError(
            f"y must have a target for each of the {rows} rows of X, got shape {known.shape}. Pass "
            "the targets of the same rows."
        )
    if known.dtype.kind == "f" and not np.isfinite(known).all():
        raise DataError(
            "y must be finite where intervals=True, got NaN or infinity. Leave these rows out."
        )
    classes, codes = np.unique(known.ravel(), return_inverse=True)
    if known.dtype.kind in "fiu":
        fractions = known.dtype.kind == "f" and bool((classes != np.round(classes)).any())
        if fractions or len(classes) > _MOST_CLASSES:
            numbers = known.ravel().astype(np.float64)
            numbers /= np.abs(numbers).max()  # squares of huge numbers would overflow
            standard: NDArray[Any] = (numbers - numbers.mean()) / (numbers.std() or 1.0)
            return standard
    return codes
