"""Lays a graph out on a tape.

The nodes become lines (`walk`), each writing a slot (`slots`) and some with parameters (`places`);
link, target and loss follow (`ends`); at last each line is told its messages (`messages`).
"""

from chainrule.formulas import Loss, LossSettings, RowLoss, SoftSharing, loss_row

from .draft import Draft
from .ends import End, targets_for
from .graph import Graph
from .messages import with_messages, without_unneeded_deltas
from .tape import Tape
from .walk import Walk
from .weight_prior import place_weight_prior

LossChoice = str | Loss | RowLoss | LossSettings


def lay_out(
    graph: Graph,
    loss: LossChoice = "squared_error",
    *,
    link: str | None = None,
    codes: bool = False,
    weighted: bool = False,
    sparse: bool = False,
    keep_all: bool = False,
    targets: int | None = None,
    heads: tuple[int, ...] = (),
    members: int = 1,
    average: bool = False,
    own_rows: bool = False,
    label_smoothing: float = 0.0,
    weight_prior: SoftSharing | None = None,
) -> Tape:
    """Lay a graph out on a tape.

    Parameters
    ----------
    graph : Graph
    loss : str, Loss or RowLoss
        A name in `chainrule.formulas.LOSSES`, or a formula.
    link : str or None
        From the output node to the prediction; None takes the loss's first link.
    codes : bool
        Targets are class numbers (one column) instead of one column an output.
    weighted : bool
        Rows have weights.
    sparse : bool
        The table is a compressed sparse row matrix.
    keep_all : bool
        Keep every node's value and gradient, also those of the inputs and of link and loss apart,
        for people to read. Otherwise slots that nobody looks at again are shared.
    targets : int or None
        Columns of the target; None: as many as outputs of a member.
    heads : tuple of int
        Widths of groups of outputs, each with a softmax of its own; empty: all are one group.
    members : int
        The outputs are those of so many members side by side, all of which learn the same target;
        the loss is the mean of theirs.
    average : bool
        The prediction is the mean of the members' predictions; for predicting only.
    own_rows : bool
        Each member has rows of its own, with their targets and weights; for training. Every input
        has to be read by a Scale(spread=members).
    label_smoothing : float
        Targets t of a classification become t (1 - label_smoothing) + label_smoothing / classes.
    weight_prior : SoftSharing or None
        A prior that is learned with the weights.
    """
    draft = Draft(keep_all)
    side_by_side = members if own_rows else 1
    walk = Walk(draft, graph, side_by_side)
    output = walk.place_nodes(sparse=sparse)

    row = loss_row(loss)
    end = End(row, row.link if link is None else link, heads, members, average, side_by_side)
    prediction = end.place_prediction(draft, output, free=walk.output_is_free)
    forward_count = len(draft.lines)
    if weight_prior is not None:
        place_weight_prior(draft, weight_prior)
    if targets is None:
        targets = targets_for(row, graph.output.width // members)
    target = end.place_target(draft, targets, codes=codes, label_smoothing=label_smoothing)
    end.place_loss(draft, prediction.slot, target, weighted=weighted)

    slots = draft.slots
    in_place = slots[prediction.slot].delta == slots[output].delta
    canonical = not keep_all and end.is_canonical and (in_place or prediction.link is None)
    tape = Tape(
        instructions=tuple(draft.lines),
        slots=tuple(slots),
        value_columns=slots.value_columns,
        delta_columns=slots.delta_columns,
        parameter_count=draft.places.count,
        statistics=draft.statistics,
        forward_count=forward_count,
        columns=graph.columns,
        outputs=slots[prediction.slot].width,
        prediction=prediction.slot,
        target=target,
        canonical=canonical,
        own_rows=side_by_side,
        groups=tuple(draft.places.groups),
    )
    tape = tape if keep_all else without_unneeded_deltas(tape)
    return with_messages(tape, prediction.link if canonical else None)
