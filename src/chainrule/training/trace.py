"""Every value and every gradient of a network, as a table for people to read.

The lectures write f(k) for the value of node k, computed forward along the tape, and
g(k) = dL/df(k) for the gradient of the loss L with respect to it, computed backward. A trace shows
both.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import FullGradient
from chainrule.engine.network import Network, views
from chainrule.engine.rows import Rows
from chainrule.graph import Graph
from chainrule.graph.layout import lay_out
from chainrule.graph.tape import Instruction


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
    weights: NDArray[Any] | None = None
    biases: NDArray[Any] | None = None
    weights_gradient: NDArray[Any] | None = None
    biases_gradient: NDArray[Any] | None = None


@dataclass(frozen=True)
class Trace:
    """One pass forward and backward; `print(trace)` shows it, `trace["name"]` gives a line."""

    lines: tuple[TraceLine, ...]

    def __iter__(self) -> Any:
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
            gradient = "" if line.gradient is None else _short(line.gradient)
            rows.append((str(line.k), line.name, line.formula, _short(line.value), gradient))
            if line.weights is not None:
                rows.append(_parameter_row("W", line.weights, line.weights_gradient))
            if line.biases is not None and line.biases.size:
                rows.append(_parameter_row("b", line.biases, line.biases_gradient))
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )


def _parameter_row(name: str, value: Any, gradient: Any) -> tuple[str, str, str, str, str]:
    return "", f"  {name}", "", _short(value), _short(gradient)


def _short(array: NDArray[Any]) -> str:
    """A matrix on one line, its middle left out where it is long."""
    text = np.array2string(
        np.atleast_2d(array), precision=4, suppress_small=True, threshold=8, edgeitems=2
    )
    return " ".join(text.split()).replace("[ ", "[")


def trace(
    graph: Graph, parameters: NDArray[Any], rows: Rows, loss: str, link: str | None = None
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
    network = Network(tape, parameters)
    gradient = FullGradient(network, rows, rows.count, as_reported=False)
    mean_loss, flat = gradient(0.0)
    total = rows.total_weight
    coefs, intercepts = views(tape, parameters)
    d_coefs, d_intercepts = views(tape, flat)
    lines = []
    layer = 0
    for k, line in enumerate(tape.instructions):
        slot = tape.slots[line.output]
        value: NDArray[Any]
        delta: NDArray[Any] | None = None
        if line.operation == "loss":
            value, delta = np.array([[mean_loss]]), np.array([[1.0]])
        else:
            value = gradient.slot(slot.value, slot.width, deltas=False)
            if slot.delta >= 0:
                delta = gradient.slot(slot.delta, slot.width, deltas=True) / total
        learned: tuple[Any, ...] = ()
        if line.has_parameters and line.operation == "dense":
            arrays = (coefs, intercepts, d_coefs, d_intercepts)
            learned = tuple(array[layer].copy() for array in arrays)
            layer += 1
        lines.append(TraceLine(k, line.name, _formula(line, k), value, delta, *learned))
    return Trace(tuple(lines))


def _formula(line: Instruction, k: int) -> str:
    """The line's formula in terms of the lines that it reads; slot and line numbers agree."""
    read = [f"f({slot})" for slot in line.inputs]
    match line.operation:
        case "dense":
            return f"{read[0]} W + b" if getattr(line.layer, "bias", True) else f"{read[0]} W"
        case "activation" | "row_link":
            return f"{line.formula}({read[0]})"
        case "add":
            return f"{read[0]} + {read[1]}"
        case "multiply":
            return f"{read[0]} * {read[1]}"
        case "concatenate":
            return f"[{read[0]}, {read[1]}]"
        case "dropout":
            return f"{read[0]} (dropout only while training)"
        case "loss":
            return f"mean {line.formula}(y={read[1]}, p={read[0]})"
        case _:
            return line.operation.replace("_", " ")
