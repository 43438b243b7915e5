"""The tape: a graph laid out for running, as a list of instructions over flat buffers.

Each instruction reads slots and writes a slot. A slot is a block of `width` columns of the value
buffer; its twin in the delta buffer takes the gradient of the loss with respect to it. Forward
follows the instructions from first to last, back-propagation from last to first: each passes a
message (its slot's gradient times its local derivative) to the slots it read, where messages that
meet are added up.
"""

import dis
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from chainrule.formulas import ACTIVATIONS, LINKS, LOSSES, Activation, lookup

from .graph import Graph
from .layers import Activate, Add, Concatenate, Dense, Dropout, Multiply, Node


@dataclass(frozen=True)
class Slot:
    """Where a node's values and gradients lie: columns of the flat buffers."""

    width: int
    value: int
    """The first of its columns in the value buffer."""
    delta: int = -1
    """The first of its columns in the delta buffer; -1 where nobody needs the gradient."""


@dataclass(frozen=True)
class Message:
    """What an instruction's backward step does to one of the slots that it read."""

    wanted: bool = False
    adds: bool = False
    """False: the first message, which overwrites. True: a later one, which is added."""


@dataclass(frozen=True)
class Instruction:
    """One line of the tape."""

    operation: str
    """What it does, a row of `engine/operations/table.py`."""
    formula: str
    """Name of the activation, link or loss; empty where there is none."""
    name: str
    """What people call it."""
    output: int
    """Number of the slot that it writes."""
    inputs: tuple[int, ...] = ()
    """Numbers of the slots that it reads."""
    messages: tuple[Message, ...] = ()
    parameters: int = -1
    """Where its parameters start in the flat vector; -1: none."""
    rows: int = 0
    """Its parameters are a matrix of so many rows, as wide as the output (Dense: inputs + bias)."""
    layer: object = None
    column: int = 0
    """Inputs: the first column of the table that they read."""
    row: object = None
    """The formula itself, a row of its registry."""

    @property
    def has_parameters(self) -> bool:
        """Whether there is something to learn here."""
        return self.parameters >= 0


@dataclass(frozen=True)
class Tape:
    """A laid-out graph with its loss.

    Attributes
    ----------
    instructions : tuple of Instruction
        In topological order: inputs, layers, link (the prediction), then target and loss.
    slots : tuple of Slot
    value_columns, delta_columns : int
        Width of the buffers, in numbers for each row.
    parameter_count : int
    forward_count : int
        How many instructions lead to the prediction.
    columns, outputs : int
        Width of the table and of the prediction.
    loss : str
        Its name in `chainrule.formulas.LOSSES`.
    prediction, target : int
        Slots.
    canonical : bool
        Whether loss and link go back in one step (p - y) instead of two.
    """

    instructions: tuple[Instruction, ...]
    slots: tuple[Slot, ...]
    value_columns: int
    delta_columns: int
    parameter_count: int
    forward_count: int
    columns: int
    outputs: int
    prediction: int
    target: int
    loss: str
    canonical: bool

    @property
    def layers(self) -> Iterator[Instruction]:
        """The instructions that have parameters."""
        return (line for line in self.instructions if line.has_parameters)


def lay_out(
    graph: Graph,
    loss: str = "squared_error",
    *,
    link: str | None = None,
    codes: bool = False,
    weighted: bool = False,
    sparse: bool = False,
    keep_all: bool = False,
) -> Tape:
    """Lay a graph out on a tape.

    Parameters
    ----------
    graph : Graph
    loss : str
        One of `chainrule.formulas.LOSSES`.
    link : str or None
        From the output node to the prediction; None takes the loss's canonical link.
    codes : bool
        Targets are class numbers (one column) instead of one column an output.
    weighted : bool
        Rows have weights.
    sparse : bool
        The table is a compressed sparse row matrix.
    keep_all : bool
        Keep every node's value and gradient, also those of the inputs and of link and loss apart,
        for people to read. Otherwise slots that nobody looks at again are shared.
    """
    return _Layout(keep_all).run(graph, loss, link, codes, weighted, sparse)


@dataclass
class _Layout:
    """The state of one laying out: slots so far, instructions so far."""

    keep_all: bool
    slots: list[Slot] = field(default_factory=list)
    lines: list[Instruction] = field(default_factory=list)
    place: dict[Node, int] = field(default_factory=dict)
    parameters: int = 0
    value_columns: int = 0
    delta_columns: int = 0
    n_dense: int = 0
    learned: set[int] = field(default_factory=set)
    """Slots that depend on parameters."""

    def run(
        self, graph: Graph, loss: str, link: str | None, codes: bool, weighted: bool, sparse: bool
    ) -> Tape:
        row = lookup(LOSSES, "loss", loss)
        link = row.link if link is None else link
        lookup(LINKS, "link", link)
        consumers = Counter(parent for node in graph.nodes for parent in node.parents)
        column = 0
        for node in graph.nodes:
            if node in graph.inputs:
                self.place[node] = self._input(node, column, sparse)
                column += node.width
            else:
                self.place[node] = self._node(node, consumers)
        output = prediction = self.place[graph.output]
        link_line = None
        if link != "identity":
            own = consumers[graph.output] == 0 and self._alone(output)
            prediction = self._activation(output, link, "link", own, LINKS[link])
            link_line = self.lines[-1]
        forward_count = len(self.lines)
        target = self._slot(graph.output.width, delta=False)
        self._line("target_codes" if codes else "target", "", "y", target)
        inputs: tuple[int, ...] = (prediction, target)
        if weighted:
            weight = self._slot(1, delta=False)
            self._line("weight", "", "sample weight", weight)
            inputs = (*inputs, weight)
        in_place = self.slots[prediction].delta == self.slots[output].delta
        canonical = not self.keep_all and link == row.link and in_place
        nothing = self._slot(0, delta=False)
        self._line("loss", loss, loss, nothing, inputs, row=row)
        if not self.keep_all:
            self._drop_unneeded_deltas()
        return Tape(
            instructions=tuple(self._with_messages(canonical, link_line)),
            slots=tuple(self.slots),
            value_columns=self.value_columns,
            delta_columns=self.delta_columns,
            parameter_count=self.parameters,
            forward_count=forward_count,
            columns=graph.columns,
            outputs=graph.output.width,
            prediction=prediction,
            target=target,
            loss=loss,
            canonical=canonical,
        )

    def _input(self, node: Node, column: int, sparse: bool) -> int:
        slot = self._slot(node.width, delta=self.keep_all)
        operation = "sparse_input" if sparse else "input"
        self._line(operation, "", node.name, slot, column=column)
        return slot

    def _node(self, node: Node, consumers: Counter[Node]) -> int:
        inputs = tuple(self.place[parent] for parent in node.parents)
        layer = node.layer
        match layer:
            case Dense():
                slot = self._slot(node.width)
                rows = self.slots[inputs[0]].width + int(layer.bias)
                self.n_dense += 1
                name = node.name or f"dense {self.n_dense}"
                line = self._line("dense", "", name, slot, inputs, self.parameters, rows, layer)
                self.parameters += rows * node.width
                return self._activation(slot, layer.activation, f"{line.name} activation", True)
            case Activate():
                parent = node.parents[0]
                own = consumers[parent] == 1 and self._alone(inputs[0]) and bool(parent.parents)
                return self._activation(inputs[0], layer.activation, node.name, own)
            case Add() | Multiply() | Concatenate() | Dropout():
                slot = self._slot(node.width)
                operation = type(layer).__name__.lower()
                self._line(operation, "", node.name or operation, slot, inputs, layer=layer)
                return slot
            case _:
                raise TypeError(
                    f"layers must be of chainrule.graph, got {type(layer).__name__}. "
                    "Wire the graph from its layers."
                )

    def _alone(self, slot: int) -> bool:
        """Whether one node has the slot; an identity shares its parent's, with all its readers."""
        return sum(place == slot for place in self.place.values()) == 1

    def _activation(self, slot: int, formula: str, name: str, own: bool, row: Any = None) -> int:
        """One activation; in place where `own` says that nobody else reads the slot."""
        if formula == "identity":
            return slot
        row = row or ACTIVATIONS[formula]
        before = self.slots[slot]
        if self.keep_all or not own:
            output = self._slot(before.width)
        else:
            # The gradient changes in place. The value too, if neither this slope nor that of an
            # activation right before looks at what it would overwrite.
            needed = isinstance(row, Activation) and reads_first_argument(row.slope)
            needed = needed or self._producer(slot).operation in ("activation", "row_link")
            output = len(self.slots)
            value = self._take_values(before.width) if needed else before.value
            self.slots.append(Slot(before.width, value, before.delta))
        operation = "activation" if isinstance(row, Activation) else "row_link"
        self._line(operation, formula, name or formula, output, (slot,), row=row)
        return output

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
        self,
        operation: str,
        formula: str,
        name: str,
        output: int,
        inputs: tuple[int, ...] = (),
        parameters: int = -1,
        rows: int = 0,
        layer: object = None,
        column: int = 0,
        row: object = None,
    ) -> Instruction:
        line = Instruction(
            operation, formula, name, output, inputs, (), parameters, rows, layer, column, row
        )
        self.lines.append(line)
        if line.has_parameters or any(slot in self.learned for slot in inputs):
            self.learned.add(output)
        return line

    def _drop_unneeded_deltas(self) -> None:
        """Take the gradient's place from slots that depend on no parameter."""
        for number, slot in enumerate(self.slots):
            if number not in self.learned:
                self.slots[number] = replace(slot, delta=-1)

    def _with_messages(self, canonical: bool, link: Instruction | None) -> Iterator[Instruction]:
        """Say of each backward step whether it writes first to a slot or adds to what is there."""
        written: set[int] = set()
        lines = []
        for line in reversed(self.lines):
            messages = []
            for number, slot in enumerate(line.inputs):
                place = self.slots[slot].delta
                in_place = place == self.slots[line.output].delta
                wanted = place >= 0 and not (line.operation == "loss" and number > 0)
                messages.append(Message(wanted, wanted and not in_place and place in written))
                if wanted:
                    written.add(place)
            if canonical and line is link:
                messages = [Message()]
            lines.append(replace(line, messages=tuple(messages)))
        return reversed(lines)


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
