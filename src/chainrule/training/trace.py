"""Every value and every gradient of a network, as a table for people to read.

The lectures write f(k) for the value of node k, computed forward along the tape, and
g(k) = dL/df(k) for the gradient of the loss L with respect to it, computed backward. A trace shows
both, a line for each value: the two instructions of a batch normalisation are one line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import FullGradient
from chainrule.engine.network import Network, view
from chainrule.engine.rows import Rows
from chainrule.graph import Graph
from chainrule.graph.layout import LossChoice, lay_out
from chainrule.graph.tape import Instruction, Tape

from .trace_formulas import formula_of


@dataclass(frozen=True)
class TraceArray:
    """An array of a layer, such as W."""

    value: NDArray[Any]
    gradient: NDArray[Any] | None
    """Of the mean loss, with respect to the array; None for running averages."""


@dataclass(frozen=True)
class TraceLine:
    """One node of the tape."""

    k: int
    name: str
    formula: str
    value: NDArray[Any]
    """f(k), of shape (rows, width); of the loss, the mean loss."""
    gradient: NDArray[Any] | None
    """g(k), the gradient of the mean loss with respect to the value; None for targets, weights."""
    arrays: Mapping[str, TraceArray] = field(default_factory=dict)
    """By name. A layer that is called twice, or tied to another, has them at the first line."""

    @property
    def weights(self) -> NDArray[Any]:
        """W of a Dense."""
        return self.arrays["W"].value

    @property
    def biases(self) -> NDArray[Any]:
        """b of a Dense."""
        return self.arrays["b"].value

    @property
    def weights_gradient(self) -> NDArray[Any] | None:
        """The mean loss's gradient with respect to W of a Dense."""
        return self.arrays["W"].gradient

    @property
    def biases_gradient(self) -> NDArray[Any] | None:
        """The mean loss's gradient with respect to b of a Dense."""
        return self.arrays["b"].gradient


@dataclass(frozen=True)
class Trace:
    """One pass forward and backward; `print(trace)` shows it, `trace["name"]` gives a line."""

    lines: tuple[TraceLine, ...]

    def __iter__(self) -> Iterator[TraceLine]:
        return iter(self.lines)

    def __getitem__(self, name: str) -> TraceLine:
        for line in self.lines:
            if line.name == name:
                return line
        known = ", ".join(repr(line.name) for line in self.lines)
        raise KeyError(f"name must be one of {known}, got {name!r}. Print the trace to see them.")

    def __str__(self) -> str:
        rows = [("k", "node", "formula", "f(k)", "g(k)")]
        for line in self.lines:
            both = _short(line.value), _short(line.gradient)
            rows.append((str(line.k), line.name, line.formula, *both))
            for name, array in line.arrays.items():
                rows.append(("", f"  {name}", "", _short(array.value), _short(array.gradient)))
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )


def _short(array: NDArray[Any] | None) -> str:
    """An array on one line, its middle left out where it is long."""
    if array is None:
        return ""
    edge = 2 if array.ndim < 3 else 1
    text = np.array2string(
        np.atleast_2d(array), precision=4, suppress_small=True, threshold=8, edgeitems=edge
    )
    return " ".join(text.split()).replace("[ ", "[")


def trace(
    graph: Graph, parameters: NDArray[Any], rows: Rows, loss: LossChoice, link: str | None = None
) -> Trace:
    """Run the tape forward and backward over rows, keeping every value and gradient.

    Loss and link are passed back through one after the other here, not in the one step p - y
    that training takes where they are a canonical pair, so that each has its line.
    """
    tape = lay_out(
        graph,
        loss,
        link=link,
        codes=rows.codes,
        weighted=rows.weight is not None,
        sparse=rows.sparse,
        keep_all=True,
    )
    parameters = parameters[: tape.parameter_count]  # without those of a learned prior
    gradient = FullGradient(Network(tape, parameters), rows, rows.count, as_reported=False)
    mean_loss, flat = gradient(0.0)
    numbers = _numbers(tape)
    lines = []
    for line in tape.instructions:
        if line.operation == "batch_statistics":
            continue  # the instruction after it writes the value
        value: NDArray[Any]
        delta: NDArray[Any] | None
        if line is tape.loss:
            value, delta = np.array([[mean_loss]]), np.array([[1.0]])
        else:
            value, delta = _value_and_gradient(tape, line, gradient, rows)
        k, formula = numbers[line.output], formula_of(line, tape, numbers)
        arrays = _arrays(line, parameters, flat)
        lines.append(TraceLine(k, line.name, formula, value, delta, arrays))
    return Trace(tuple(lines))


def _numbers(tape: Tape) -> dict[int, int]:
    """The number of the trace's line that shows a slot."""
    slots = dict.fromkeys(line.output for line in tape.instructions)
    return {slot: k for k, slot in enumerate(slots)}


def _value_and_gradient(
    tape: Tape, line: Instruction, gradient: FullGradient, rows: Rows
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    slot = tape.slots[line.output]
    value = gradient.slot(slot.value, slot.width, deltas=False)
    if slot.delta < 0:
        return value, None
    return value, gradient.slot(slot.delta, slot.width, deltas=True) / rows.total_weight


def _arrays(
    line: Instruction, parameters: NDArray[Any], flat: NDArray[Any]
) -> dict[str, TraceArray]:
    """The arrays that lie at a line; what it borrows is shown where that lies."""
    found = {}
    for placed in line.arrays if line.has_parameters else ():
        gradient = view(placed, flat).copy() if placed.array.learned else None
        found[placed.name] = TraceArray(view(placed, parameters).copy(), gradient)
    return found
