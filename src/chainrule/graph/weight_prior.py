"""A learned prior of the weights: a line without rows, whose parameters move with the weights."""

from chainrule.formulas import SoftSharing

from .draft import Draft
from .parameters import Array, Group

OPERATION = "weight_prior"
LOGITS, MEANS, LOG_WIDTHS = "logits", "means", "log widths"


def place_weight_prior(draft: Draft, prior: SoftSharing) -> None:
    """Lay out the mixture; its arrays lie behind those of all layers, which keep their places."""
    group = Group(prior.rate)
    arrays = tuple(
        Array(name, (prior.components,), group=group, penalised=False)
        for name in (LOGITS, MEANS, LOG_WIDTHS)
    )
    draft.line(
        OPERATION,
        "weight prior",
        draft.slots.new(0, delta=False),
        arrays=draft.places.take(None, OPERATION, arrays, len(draft.lines), "weight prior").arrays,
        row=prior.row,
        settings={"hidden": prior.components, "epsilon": prior.smallest_width},
        layer=prior,
    )
