"""Losses of targets y and predictions p, each with its derivatives beside it.

A row of `LOSSES` is a `Loss` of one output or a `RowLoss` of a row of them. A new loss is a few
functions and one row. Losses with settings (`Huber(delta=2.0)`) stand in `LOSSES` with their
defaults.
"""

from ..registry import lookup
from .custom import custom_loss as custom_loss
from .likelihoods import ROWS as LIKELIHOODS
from .margins import ROWS as MARGINS
from .robust import ROWS as ROBUST
from .robust import Huber as Huber
from .robust import Quantile as Quantile
from .robust import Quantiles as Quantiles
from .row import Loss as Loss
from .row import LossSettings as LossSettings
from .row import RowLoss as RowLoss
from .squares import ROWS as SQUARES
from .targets import check_link as check_link
from .targets import check_target as check_target

LOSSES: dict[str, Loss | RowLoss] = {
    row.name: row for row in (*SQUARES, *ROBUST, *LIKELIHOODS, *MARGINS)
}


def loss_row(loss: str | Loss | RowLoss | LossSettings) -> Loss | RowLoss:
    """Return a loss's formulas, given its name, the row itself or settings such as `Huber()`."""
    if isinstance(loss, Loss | RowLoss):
        return loss
    if isinstance(loss, LossSettings) and not isinstance(loss, type):
        return loss.row()
    return lookup(LOSSES, "loss", loss)
