"""Lays a graph out on a tape: slots, places of parameters, and who sends messages to whom."""

import dis
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from chainrule.formulas import (
    LINKS,
    Activation,
    Loss,
    LossSettings,
    Mixture,
    RowLink,
    RowLoss,
    activation_row,
    lookup,
    loss_row,
)

from .graph import Graph
from .layers import Activate, Dense, Dropout, Layer, LayerActivation, Node
from .norm_layers import BatchNorm
from .parameters import PLAIN, Array, Group, Placed, Start
from .table_layers import Bias, Embedding, Scale
from .tape import Instruction, Message, Slot, Tape

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
    """
    layout = _Layout(keep_all, own_rows=members if own_rows else 1)
    output = layout.place_nodes(graph, sparse)
    row = loss_row(loss)
    end = _End(row, row.link if link is None else link, heads, members, average)
    prediction, link_line = layout.place_link(graph, output, end)
    forward_count = len(layout.lines)
    each = graph.output.width // members
    targets = _targets(row, each) if targets is None else targets
    classes = 2 if row.target == "probability" else max(targets, 2)
    target = layout.place_target(targets, codes, label_smoothing, classes)
    layout.place_loss(end, prediction, target, weighted)
    own = layout.slots[prediction].delta == layout.slots[output].delta
    canonical = not keep_all and link_line is not None and own and end.is_canonical
    canonical = canonical or (not keep_all and end.link == "identity" and end.is_canonical)
    if not keep_all:
        layout.drop_unneeded_deltas()
    return Tape(
        instructions=tuple(layout.with_messages(link_line if canonical else None)),
        slots=tuple(layout.slots),
        value_columns=layout.value_columns,
        delta_columns=layout.delta_columns,
        parameter_count=layout.parameters,
        statistics=layout.statistics,
        forward_count=forward_count,
        columns=graph.columns,
        outputs=layout.slots[prediction].width,
        prediction=prediction,
        target=target,
        canonical=canonical,
        own_rows=layout.own_rows,
        groups=tuple(layout.groups),
    )


@dataclass(frozen=True)
class _End:
    """What follows the output node."""

    row: Any
    link: str
    heads: tuple[int, ...]
    members: int
    average: bool

    @property
    def is_canonical(self) -> bool:
        """Whether the loss has a slope in z for this link."""
        slope = getattr(self.row, "canonical_slope", None)
        return slope is not None and self.link == self.row.link


def _targets(row: Any, outputs: int) -> int:
    """How many target columns a loss of rows reads for so many outputs."""
    if not isinstance(row, RowLoss):
        return outputs
    for targets in range(1, outputs + 1):
        if row.outputs(targets) == outputs:
            return targets
    raise ValueError(
        f"outputs must fit the loss {row.name!r}, got {outputs}. One target needs {row.outputs(1)}."
    )


@dataclass
class _Layout:
    """The state of one laying out: slots so far, instructions so far."""

    keep_all: bool
    own_rows: int = 1
    slots: list[Slot] = field(default_factory=list)
    lines: list[Instruction] = field(default_factory=list)
    place: dict[Node, int] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=lambda: [Group()])
    parameters: int = 0
    value_columns: int = 0
    delta_columns: int = 0
    statistics: int = 0
    names: Counter[str] = field(default_factory=Counter)
    owners: dict[tuple[int, str], int] = field(default_factory=dict)
    """Layer objects, by identity, that have placed parameters for an operation: in which line."""
    learned: set[int] = field(default_factory=set)
    """Slots that depend on parameters."""

    def place_nodes(self, graph: Graph, sparse: bool) -> int:
        """Lay out inputs and layers; gives the output's slot."""
        consumers = Counter(parent for node in graph.nodes for parent in node.parents)
        column = 0
        for node in graph.nodes:
            if node in graph.inputs:
                slot = self._slot(node.width * self.own_rows, delta=self.keep_all)
                operation = "sparse_input" if sparse else "input"
                self._line(operation, node.name, slot, column=column, settings=self._side_by_side)
                self.place[node] = slot
                column += node.width
            else:
                self._check_spread(node)
                self.place[node] = self._node(node, consumers)
        return self.place[graph.output]

    @property
    def _side_by_side(self) -> dict[str, float]:
        return {"own_rows": self.own_rows}

    def _check_spread(self, node: Node) -> None:
        """Refuse a layer that reads the rows of all members as one."""
        reads_input = any(not parent.parents for parent in node.parents)
        spread = node.layer.spread if isinstance(node.layer, Scale) else 1
        if reads_input and self.own_rows not in (1, spread):
            raise ValueError(
                f"inputs must be read by a Scale(spread={self.own_rows}) where members have rows "
                f"of their own, got {node.layer!r}. Put such a Scale first."
            )

    def place_link(self, graph: Graph, output: int, end: _End) -> tuple[int, Instruction | None]:
        """Lay out the link, and the mean over members; gives the prediction's slot."""
        link = lookup(LINKS, "link", end.link)
        prediction, line = output, None
        if end.link != "identity":
            readers = sum(parent is graph.output for node in graph.nodes for parent in node.parents)
            own = readers == 0 and self._alone(output)
            heads = end.heads or (graph.output.width // end.members,)
            prediction = self._activation(output, link, "link", own, heads * end.members)
            line = self.lines[-1]
        if end.average and end.members > 1:
            members = prediction
            prediction = self._slot(self.slots[members].width // end.members)
            self._line("member_mean", "mean of members", prediction, (members,))
        return prediction, line

    def place_target(self, targets: int, codes: bool, label_smoothing: float, classes: int) -> int:
        """Lay out the gathering of targets."""
        target = self._slot(targets * self.own_rows, delta=False)
        low = label_smoothing / classes
        ends = {"low": low, "high": 1.0 - label_smoothing + low} if label_smoothing else {}
        settings = {**ends, **self._side_by_side}
        self._line("target_codes" if codes else "target", "y", target, settings=settings)
        return target

    def place_loss(self, end: _End, prediction: int, target: int, weighted: bool) -> None:
        """Lay out the loss, with sample weights where there are any."""
        inputs: tuple[int, ...] = (prediction, target)
        if weighted:
            weight = self._slot(self.own_rows, delta=False)
            self._line("weight", "sample weight", weight, settings=self._side_by_side)
            inputs = (*inputs, weight)
        operation = "row_loss" if isinstance(end.row, RowLoss) else "loss"
        name = end.row.name
        nothing = self._slot(0, delta=False)
        settings = {"members": 1 if end.average else end.members, **self._side_by_side}
        self._line(operation, name, nothing, inputs, formula=name, row=end.row, settings=settings)

    def _node(self, node: Node, consumers: Counter[Node]) -> int:
        inputs = tuple(self.place[parent] for parent in node.parents)
        layer = node.layer
        match layer:
            case Dense():
                return self._dense(node, layer, inputs)
            case Activate():
                own = self._only_reader(node, consumers)
                return self._activation(inputs[0], layer.activation, node.name, own, layer=layer)
            case Bias() | Dropout():
                # The gradient of b is summed after the whole way back, from messages that what
                # made x must not have changed.
                safe = isinstance(layer, Dropout) or not self._changes_messages(inputs[0])
                slot = self._over(inputs[0], safe and self._only_reader(node, consumers))
                self._parametric(layer.operation, node, self._name(node), slot, inputs)
                return slot
            case BatchNorm():
                return self._batch_norm(node, layer, inputs)
            case Layer() if layer.operation:
                slot = self._slot(node.width)
                self._parametric(layer.operation, node, self._name(node), slot, inputs)
                return slot
            case _:
                raise TypeError(
                    f"layers must be of chainrule.graph, got {type(layer).__name__}. "
                    "Wire the graph from its layers."
                )

    def _dense(self, node: Node, layer: Dense, inputs: tuple[int, ...]) -> int:
        slot = self._slot(node.width)
        name = self._name(node)
        if layer.tied is None:
            self._parametric("dense", node, name, slot, inputs)
        else:
            self._tied(node, layer, name, slot, inputs)
            if layer.bias:
                before, slot = slot, self._slot(node.width)
                group = Group(layer.bias_rate)
                array = Array("b", (node.width,), group=group, penalised=False)
                self._with_array(array, layer, "bias", f"{name} bias", slot, (before,))
        name = f"{name} activation"
        return self._activation(
            slot,
            layer.activation,
            name,
            True,
            group=Group(layer.activation_rate, decay=layer.activation_decay),
            layer=layer,
        )

    def _tied(
        self, node: Node, layer: Dense, name: str, slot: int, inputs: tuple[int, ...]
    ) -> None:
        """A product with the transpose of another layer's W."""
        owner = self.owners.get((id(layer.tied), "dense"))
        if owner is None:
            raise ValueError(
                f"tied must be a Dense that comes before in the graph, got one that {name!r} does "
                "not depend on. Wire that layer in first."
            )
        matrix = self.lines[owner].arrays[0]
        wanted = (node.width, self.slots[inputs[0]].width)
        if matrix.array.shape != wanted:
            raise ValueError(
                f"units must be {matrix.array.shape[0]} and the input {matrix.array.shape[1]} wide "
                f"to use the transpose of W, got {wanted[0]} and {wanted[1]}. Mirror the layer."
            )
        self._line("dense_transposed", name, slot, inputs, arrays=(matrix,), borrows=owner)

    def _batch_norm(self, node: Node, layer: BatchNorm, inputs: tuple[int, ...]) -> int:
        """Sums over each chunk of rows, then, after all chunks, the normalisation with them.

        Backward the other way round: sums over chunks, then messages. Two sums each way.
        """
        slot, name = self._slot(node.width), self._name(node)
        settings = {"statistics": self.statistics, **layer.settings((node.width,))}
        self.statistics += 4 * node.width
        self._line("batch_statistics", f"{name} sums", slot, inputs, settings=settings)
        line = len(self.lines) - 1
        self._parametric("batch_norm", node, name, slot, inputs, {**settings, "meets": 1})
        self.lines[line] = replace(
            self.lines[line], arrays=self.lines[-1].arrays, borrows=len(self.lines) - 1
        )
        return slot

    def _parametric(
        self,
        operation: str,
        node: Node,
        name: str,
        slot: int,
        inputs: tuple[int, ...],
        settings: Mapping[str, float] | None = None,
    ) -> None:
        """A line with the parameters of a node's layer."""
        layer, widths = node.layer, tuple(parent.width for parent in node.parents)
        settings = {**layer.settings(widths), **(settings or {})}
        levels = layer.levels if isinstance(layer, Embedding) else ()
        arrays, owner = self._own(layer, operation, layer.arrays(widths), name)
        self._line(
            operation,
            name,
            slot,
            inputs,
            arrays=arrays,
            borrows=owner,
            settings=settings,
            heads=tuple(accumulate(levels, initial=0)) if levels else (),
            layer=layer,
        )

    def _with_array(
        self,
        array: Array,
        layer: Layer | None,
        operation: str,
        name: str,
        slot: int,
        inputs: tuple[int, ...],
        **rest: Any,
    ) -> None:
        """A line with one of a layer's arrays, beside the line that has the others."""
        arrays, owner = self._own(layer, operation, (array,), name)
        self._line(operation, name, slot, inputs, arrays=arrays, borrows=owner, layer=layer, **rest)

    def _own(
        self, layer: Layer | None, operation: str, wanted: tuple[Array, ...], name: str
    ) -> tuple[tuple[Placed, ...], int]:
        """The arrays for the next line, and the line that owns them (-1: that one).

        A layer that was called before has placed its arrays already.
        """
        owner = self.owners.get((id(layer), operation), -1)
        if not wanted or owner < 0:
            if wanted:
                self.owners[id(layer), operation] = len(self.lines)
            return self._place(wanted), -1
        arrays = self.lines[owner].arrays
        if tuple(placed.array for placed in arrays) != wanted:
            raise ValueError(
                f"inputs of a shared {type(layer).__name__} must be of equal width, got others at "
                f"{name!r}. Use a layer of its own there."
            )
        return arrays, owner

    def _place(self, arrays: tuple[Array, ...]) -> tuple[Placed, ...]:
        """Give arrays their places in the flat vector."""
        placed = []
        for array in arrays:
            placed.append(Placed(array, self.parameters))
            self.parameters += array.size
            if array.group not in self.groups:
                self.groups.append(array.group)
        return tuple(placed)

    def _name(self, node: Node) -> str:
        kind = type(node.layer)
        if node.name or not node.layer.arrays(tuple(p.width for p in node.parents)):
            return node.name or node.layer.operation
        word = "".join(f" {c.lower()}" if c.isupper() else c for c in kind.__name__).strip()
        self.names[word] += 1
        return f"{word} {self.names[word]}"

    def _over(self, slot: int, own: bool, needed: bool = False) -> int:
        """A slot for what is made of another, element by element; in its place where that is free.

        The gradient changes in place where `own` says that nobody else reads the slot. The value
        too, unless it is `needed` on the way back, or the line that made it looks at it then; or
        draws random numbers, whose stream the place says.
        """
        before = self.slots[slot]
        if self.keep_all or not own:
            return self._slot(before.width)
        needed = needed or self._producer(slot).operation in _KEEPS_ITS_VALUE
        value = self._take_values(before.width) if needed else before.value
        self.slots.append(Slot(before.width, value, before.delta))
        return len(self.slots) - 1

    def _only_reader(self, node: Node, consumers: Counter[Node]) -> bool:
        parent = node.parents[0]
        return consumers[parent] == 1 and self._alone(self.place[parent]) and bool(parent.parents)

    def _alone(self, slot: int) -> bool:
        """Whether one node has the slot; an identity shares its parent's, with all its readers."""
        return sum(place == slot for place in self.place.values()) == 1

    def _activation(
        self,
        slot: int,
        activation: LayerActivation,
        name: str,
        own: bool,
        heads: tuple[int, ...] = (),
        group: Group = PLAIN,
        layer: Layer | None = None,
    ) -> int:
        """One activation; in place where `own` says that nobody else reads the slot."""
        row = activation_row(activation)
        if row.name == "identity":
            return slot
        if isinstance(row, Mixture):
            return self._mixture(slot, row, name, group, layer)
        needed = isinstance(row, Activation) and reads_first_argument(row.slope)
        output, width = self._over(slot, own, needed), self.slots[slot].width
        operation = "row_link" if isinstance(row, RowLink) else "activation"
        self._line(
            operation,
            name or row.name,
            output,
            (slot,),
            formula=row.name,
            row=row,
            heads=(heads or (width,)) if operation == "row_link" else (),
        )
        return output

    def _mixture(
        self, slot: int, row: Mixture, name: str, group: Group, layer: Layer | None
    ) -> int:
        """An activation with a learned number a unit."""
        width = self.slots[slot].width
        array = Array("a", (width,), Start("fill", row.start), group, group.decay > 0.0)
        output = self._slot(width)
        rest = {"formula": row.name, "row": row}
        self._with_array(array, layer, "mixture", name or row.name, output, (slot,), **rest)
        return output

    def _changes_messages(self, slot: int) -> bool:
        """Whether the line that made a slot writes its own messages over those that it gets."""
        line = self._producer(slot)
        return any(self.slots[read].delta == self.slots[slot].delta for read in line.inputs)

    def _producer(self, slot: int) -> Instruction:
        return next(line for line in reversed(self.lines) if line.output == slot)

    def _slot(self, width: int, *, delta: bool = True) -> int:
        value = self._take_values(width)
        self.slots.append(Slot(width, value, self._take_deltas(width) if delta else -1))
        return len(self.slots) - 1

    def _take_values(self, width: int) -> int:
        self.value_columns += width
        return self.value_columns - width

    def _take_deltas(self, width: int) -> int:
        self.delta_columns += width
        return self.delta_columns - width

    def _line(
        self, operation: str, name: str, output: int, inputs: tuple[int, ...] = (), **rest: Any
    ) -> None:
        line = Instruction(operation, rest.pop("formula", ""), name, output, inputs, **rest)
        self.lines.append(line)
        if line.arrays or any(slot in self.learned for slot in inputs):
            self.learned.add(output)

    def drop_unneeded_deltas(self) -> None:
        """Take the gradient's place from slots that depend on no parameter."""
        for number, slot in enumerate(self.slots):
            if number not in self.learned:
                self.slots[number] = replace(slot, delta=-1)

    def with_messages(self, canonical_link: Instruction | None) -> Iterator[Instruction]:
        """Say of each backward step whether it writes first to a slot or adds to what is there."""
        written: set[int] = set()
        lines = []
        for line in reversed(self.lines):
            messages = []
            for number, slot in enumerate(line.inputs):
                place = self.slots[slot].delta
                in_place = place == self.slots[line.output].delta
                wanted = place >= 0 and not (line.operation in _LOSSES and number > 0)
                messages.append(Message(wanted, wanted and not in_place and place in written))
                if wanted and line.operation != "batch_norm":  # its sums are no messages
                    written.add(place)
            if line is canonical_link:
                messages = [Message()]
            lines.append(replace(line, messages=tuple(messages)))
        return reversed(lines)


_LOSSES = ("loss", "row_loss")
_KEEPS_ITS_VALUE = ("activation", "row_link", "dropout", "noise")


def reads_first_argument(function: Callable[..., Any]) -> bool:
    """Whether a slope looks at x, or can do with y = f(x)."""
    first = function.__code__.co_varnames[0]
    return any(
        step.opname.startswith("LOAD_FAST") and first in _names(step.argval)
        for step in dis.get_instructions(function)
    )


def _names(argument: object) -> tuple[object, ...]:
    """Python 3.13 loads two variables by one instruction."""
    return argument if isinstance(argument, tuple) else (argument,)
