"""A naive twin of the engine: loss and gradient in plain loops over rows, units and paths.

Written from the definitions, for small cases; the package never imports it. Weights are lists of
rows [W; b] by the name of their Dense layer.
"""

import math
from collections.abc import Sequence

from chainrule.graph import Activate, Add, Concatenate, Dense, Graph, Multiply, Node

Row = list[float]
Matrix = list[Row]

# name: (value, slope), both functions of the argument
CURVES = {
    "identity": (lambda x: x, lambda x: 1.0),
    "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0.0)),
    "tanh": (math.tanh, lambda x: 1.0 / math.cosh(x) ** 2),
    "logistic": (lambda x: 1.0 / (1.0 + math.exp(-x)), lambda x: 1.0 / (2.0 + 2.0 * math.cosh(x))),
}


def loss_and_gradient(
    graph: Graph, weights: dict[str, Matrix], x: Matrix, y: Matrix
) -> tuple[float, dict[str, Matrix]]:
    """The mean over rows of half the squared error, summed over outputs, and its gradient."""
    gradient = {name: [[0.0] * len(row) for row in matrix] for name, matrix in weights.items()}
    loss = 0.0
    for inputs, targets in zip(x, y, strict=True):
        prediction = value(graph, graph.output, weights, inputs)
        errors = [p - t for p, t in zip(prediction, targets, strict=True)]
        loss += sum(0.5 * error * error for error in errors) / len(x)
        message = [error / len(x) for error in errors]
        send(graph, graph.output, weights, inputs, message, gradient)
    return loss, gradient


def value(graph: Graph, node: Node, weights: dict[str, Matrix], inputs: Row) -> Row:
    """A node's value for one row, computed anew from the inputs each time."""
    read = [value(graph, parent, weights, inputs) for parent in node.parents]
    match node.layer:
        case Dense(activation=name):
            return [CURVES[name][0](z) for z in sums(weights[node.name], read[0])]
        case Activate(activation=name):
            return [CURVES[name][0](z) for z in read[0]]
        case Add():
            return [a + b for a, b in zip(*read, strict=True)]
        case Multiply():
            return [a * b for a, b in zip(*read, strict=True)]
        case Concatenate():
            return read[0] + read[1]
    start = sum(other.width for other in graph.inputs[: graph.inputs.index(node)])
    return inputs[start : start + node.width]


def sums(matrix: Matrix, a: Sequence[float]) -> Row:
    """A W + b of one row."""
    with_one = [*a, 1.0]
    return [
        sum(with_one[i] * matrix[i][j] for i in range(len(matrix))) for j in range(len(matrix[0]))
    ]


def send(graph, node, weights, inputs, message, gradient) -> None:  # type: ignore[no-untyped-def]
    """Pass a message to the parents, along every path on its own: no sum is ever kept."""
    read = [value(graph, parent, weights, inputs) for parent in node.parents]
    match node.layer:
        case Dense(activation=name):
            matrix = weights[node.name]
            slopes = [CURVES[name][1](z) for z in sums(matrix, read[0])]
            local = [m * s for m, s in zip(message, slopes, strict=True)]
            for i, a in enumerate([*read[0], 1.0]):
                for j, d in enumerate(local):
                    gradient[node.name][i][j] += a * d
            back = [sum(w * d for w, d in zip(row, local, strict=True)) for row in matrix[:-1]]
            messages = [back]
        case Activate(activation=name):
            messages = [[m * CURVES[name][1](z) for m, z in zip(message, read[0], strict=True)]]
        case Add():
            messages = [message, message]
        case Multiply():
            other = (read[1], read[0])
            messages = [[m * o for m, o in zip(message, factor, strict=True)] for factor in other]
        case Concatenate():
            messages = [message[: len(read[0])], message[len(read[0]) :]]
        case _:
            messages = []
    for parent, passed in zip(node.parents, messages, strict=True):
        send(graph, parent, weights, inputs, passed, gradient)
