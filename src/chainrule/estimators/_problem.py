"""What stands at the end of an estimator's network: outputs, their link and the loss."""

from dataclasses import dataclass
from typing import Any

from chainrule.formulas import LOSSES, Loss, RowLoss, check_link, loss_row


@dataclass(frozen=True)
class Problem:
    """Outputs, link and loss; `groups` are the widths of each target's outputs."""

    row: Loss | RowLoss
    link: str
    outputs: int
    groups: tuple[int, ...] = ()

    @property
    def heads(self) -> tuple[int, ...]:
        """The groups that a softmax makes add up to 1; none with another link."""
        return self.groups if self.link == "softmax" else ()


def row_of(loss: Any) -> Loss | RowLoss:
    """A loss's formulas; a name, as in nearly every call, without `loss_row`'s microseconds."""
    known = LOSSES.get(loss) if isinstance(loss, str) else None
    return loss_row(loss) if known is None else known


def link_of(row: Loss | RowLoss, wanted: str | None) -> str:
    """The output link: the one wanted, where it fits the loss, or the loss's own."""
    if wanted is None:
        return row.link
    try:
        check_link(row, wanted)
    except ValueError as error:
        raise ValueError(str(error).replace("link", "output_activation")) from None
    return wanted


def loss_name(loss: Any) -> str:
    """What people read for a loss given by name, formula or settings."""
    return loss if isinstance(loss, str) else repr(getattr(loss, "name", loss))
