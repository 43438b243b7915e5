"""Whether targets, loss and output link belong together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError

from ..links import LINKS
from ..registry import lookup
from .row import Loss, RowLoss

# target: (what is said, what to do instead).
_RULES = {
    "non-negative": ("at least 0", "Take the loss 'squared_error' for targets of either sign."),
    "positive": ("above 0", "Take the loss 'poisson' for zeros, 'squared_error' for either sign."),
    "probability": ("in [0, 1]", "Code each label as 0 or 1, or take another loss."),
    "sign": ("-1 or 1", "Code the two classes so, or take the loss 'binary_log_loss' for 0 and 1."),
}
# How far the sum of a float32 row of probabilities may lie from 1.
_SUM_TOLERANCE = 1e-4


def check_target(row: Loss | RowLoss, y: NDArray[Any]) -> None:
    """Refuse targets outside the loss's domain; NaN passes, since it marks a missing label.

    Parameters
    ----------
    row : Loss or RowLoss
    y : ndarray of shape (rows,) or (rows, targets)
        As the loss reads it; class numbers of an integer type pass for the target "class".

    Raises
    ------
    DataError
        Names the first target that is outside.
    """
    if row.target == "class":
        _check_classes(row, y)
    elif row.target in _RULES:
        wrong = np.argwhere(_outside(row.target, y))
        if len(wrong):
            place = tuple(int(index) for index in wrong[0])
            rule, advice = _RULES[row.target]
            where = "row {}" if len(place) == 1 else "row {}, column {}"
            raise DataError(
                f"y must be {rule} for the loss {row.name!r}, got {y[place]} in "
                f"{where.format(*place)} (counted from 0). {advice}"
            )


def _outside(target: str, y: NDArray[Any]) -> NDArray[np.bool_]:
    match target:
        case "non-negative":
            outside = y < 0
        case "positive":
            outside = y <= 0
        case "probability":
            outside = (y < 0) | (y > 1)
        case _:
            outside = (np.abs(y) != 1) & ~np.isnan(y)
    return np.asarray(outside)


def _check_classes(row: Loss | RowLoss, y: NDArray[Any]) -> None:
    if np.issubdtype(y.dtype, np.integer) and y.ndim == 1:
        return
    rows = y.reshape(len(y), -1)
    outside = (rows < 0).any(axis=1) | (abs(rows.sum(axis=1) - 1.0) > _SUM_TOLERANCE)
    wrong = np.argwhere(outside)
    if len(wrong):
        place = int(wrong[0, 0])
        raise DataError(
            f"y must be rows of probabilities that add up to 1 for the loss {row.name!r}, got "
            f"{rows[place]} in row {place} (counted from 0). Give a one-hot row for each class, or "
            "take the loss 'binary_log_loss' for several labels at once."
        )


def check_link(row: Loss | RowLoss, link: str) -> None:
    """Refuse an output link whose range does not lie in the loss's domain.

    Raises
    ------
    ValueError
        Says which links fit the loss, and which losses fit the link.
    """
    lookup(LINKS, "link", link)
    allowed = row.links or (row.link,)
    if link not in allowed:
        names = " or ".join(map(repr, allowed))
        raise ValueError(
            f"link must be {names} for the loss {row.name!r}, got {link!r}. {_other_loss(link)}"
        )


# The loss that a link usually belongs to.
_LOSS_OF_LINK = {
    "identity": "squared_error",
    "logistic": "binary_log_loss",
    "softmax": "log_loss",
    "exp": "poisson",
    "softplus": "gamma",
}


def _other_loss(link: str) -> str:
    if link in _LOSS_OF_LINK:
        return f"Leave the link out, or take the loss {_LOSS_OF_LINK[link]!r}."
    return "Leave the link out."
