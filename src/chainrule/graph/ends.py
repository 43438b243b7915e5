"""The end of a tape: link, mean over members, targets, weights of rows, loss."""

from dataclasses import dataclass
from typing import Any

from chainrule.formulas import LINKS, RowLoss, lookup

from .activations import place_activation
from .draft import Draft
from .tape import Instruction


@dataclass(frozen=True)
class Prediction:
    """The slot of the prediction, and the line of the link; None: the link is the identity."""

    slot: int
    link: Instruction | None


@dataclass(frozen=True)
class End:
    """What follows the output node. The fields are told at `lay_out`; `row` is the loss."""

    row: Any
    link: str
    heads: tuple[int, ...]
    members: int
    average: bool
    own_rows: int

    @property
    def is_canonical(self) -> bool:
        """Whether the loss has a slope in z for this link."""
        slope = getattr(self.row, "canonical_slope", None)
        return slope is not None and self.link == self.row.link

    def place_prediction(self, draft: Draft, output: int, *, free: bool) -> Prediction:
        """Lay out the link, and the mean over members."""
        row = lookup(LINKS, "link", self.link)
        slot, line = output, None
        if self.link != "identity":
            heads = self.heads or (draft.slots[output].width // self.members,)
            slot = place_activation(draft, output, row, "link", heads * self.members, free=free)
            line = draft.lines[-1]
        if self.average and self.members > 1:
            members = slot
            slot = draft.slots.new(draft.slots[members].width // self.members)
            draft.line("member_mean", "mean of members", slot, (members,))
        return Prediction(slot, line)

    def place_target(
        self, draft: Draft, targets: int, *, codes: bool, label_smoothing: float
    ) -> int:
        """Lay out the gathering of targets."""
        slot = draft.slots.new(targets * self.own_rows, delta=False)
        classes = 2 if self.row.target == "probability" else max(targets, 2)
        low = label_smoothing / classes
        ends = {"low": low, "high": 1.0 - label_smoothing + low} if label_smoothing else {}
        settings = {**ends, **side_by_side(self.own_rows)}
        draft.line("target_codes" if codes else "target", "y", slot, settings=settings)
        return slot

    def place_loss(self, draft: Draft, prediction: int, target: int, *, weighted: bool) -> None:
        """Lay out the loss, with sample weights where there are any."""
        inputs: tuple[int, ...] = (prediction, target)
        if weighted:
            weight = draft.slots.new(self.own_rows, delta=False)
            draft.line("weight", "sample weight", weight, settings=side_by_side(self.own_rows))
            inputs = (*inputs, weight)
        operation = "row_loss" if isinstance(self.row, RowLoss) else "loss"
        name = self.row.name
        nothing = draft.slots.new(0, delta=False)
        members = 1 if self.average else self.members
        settings = {"members": members, **side_by_side(self.own_rows)}
        line = (operation, name, nothing, inputs)
        draft.line(*line, formula=name, row=self.row, settings=settings)


def side_by_side(own_rows: int) -> dict[str, float]:
    """The setting of lines that gather rows of the data."""
    return {"own_rows": own_rows}


def targets_for(row: Any, outputs: int) -> int:
    """How many target columns a loss reads for so many outputs."""
    if not isinstance(row, RowLoss):
        return outputs
    for targets in range(1, outputs + 1):
        if row.outputs(targets) == outputs:
            return targets
    raise ValueError(
        f"outputs must fit the loss {row.name!r}, got {outputs}. One target needs {row.outputs(1)}."
    )
