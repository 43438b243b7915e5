"""A naive twin of the engine: loss and gradient in plain loops over rows, units and paths.

Written from the definitions, for small cases; the package never imports it. The parameters of a
layer are a list of rows by the name of its node: [W; b] of a Dense, [g; b] of a normalisation, all
levels of an embedding.
"""

import math
from collections.abc import Sequence

from chainrule.graph import (
    Activate,
    Add,
    BatchNorm,
    Concatenate,
    Dense,
    Embedding,
    Graph,
    LayerNorm,
    Multiply,
    Node,
)

Row = list[float]
Matrix = list[Row]
Weights = dict[str, Matrix]

# name: (value, slope), both functions of the argument
CURVES = {
    "identity": (lambda x: x, lambda x: 1.0),
    "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0.0)),
    "tanh": (math.tanh, lambda x: 1.0 / math.cosh(x) ** 2),
    "logistic": (lambda x: 1.0 / (1.0 + math.exp(-x)), lambda x: 1.0 / (2.0 + 2.0 * math.cosh(x))),
}


def loss_and_gradient(
    graph: Graph, weights: Weights, x: Matrix, y: Matrix, loss: str = "squared_error"
) -> tuple[float, Weights]:
    """The mean over rows of the loss, summed over outputs, and its gradient."""
    gradient = {name: [[0.0] * len(row) for row in matrix] for name, matrix in weights.items()}
    of_row = {"squared_error": half_square, "log_loss": softmax_log_loss}[loss]
    ends = [of_row(*both) for both in zip(value(graph, graph.output, weights, x), y, strict=True)]
    messages = [[slope / len(x) for slope in slopes] for _, slopes in ends]
    send(graph, graph.output, weights, x, messages, gradient)
    return sum(cost for cost, _ in ends) / len(x), gradient


def half_square(prediction: Row, targets: Row) -> tuple[float, Row]:
    """Half the squared error of one row and its slopes."""
    errors = [p - t for p, t in zip(prediction, targets, strict=True)]
    return sum(0.5 * error * error for error in errors), errors


def softmax_log_loss(sums_: Row, targets: Row) -> tuple[float, Row]:
    """Minus the logarithm of the probability of the targets; its slopes by the chain rule."""
    total = sum(math.exp(z) for z in sums_)
    p = [math.exp(z) / total for z in sums_]
    units = range(len(p))
    slopes = [-targets[i] / p[i] for i in units]
    # dp_i / dz_j = p_i (1 - p_j) where i = j, else -p_i p_j
    back = [sum(slopes[i] * p[i] * (float(i == j) - p[j]) for i in units) for j in units]
    return -sum(t * math.log(q) for t, q in zip(targets, p, strict=True)), back


def value(graph: Graph, node: Node, weights: Weights, x: Matrix) -> Matrix:
    """A node's value for every row, computed anew from the inputs each time."""
    read = [value(graph, parent, weights, x) for parent in node.parents]
    match node.layer:
        case Dense(activation=name):
            return bent(name, [sums(weights[node.name], a) for a in read[0]])
        case Activate(activation=name):
            return bent(name, read[0])
        case Add():
            return [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(*read, strict=True)]
        case Multiply():
            return [[a * b for a, b in zip(*rows, strict=True)] for rows in zip(*read, strict=True)]
        case Concatenate():
            return [left + right for left, right in zip(*read, strict=True)]
        case Embedding():
            table = weights[node.name]
            return [
                [number for place in places(node.layer, codes) for number in table[place]]
                for codes in read[0]
            ]
        case LayerNorm(epsilon=epsilon):
            g, b = weights[node.name]
            return [scaled(standard(row, epsilon), g, b) for row in read[0]]
        case BatchNorm(epsilon=epsilon):
            g, b = weights[node.name]
            columns = [standard(column, epsilon) for column in turned(read[0])]
            return [scaled(row, g, b) for row in turned(columns)]
    start = sum(other.width for other in graph.inputs[: graph.inputs.index(node)])
    return [row[start : start + node.width] for row in x]


def bent(name: str, rows: Matrix) -> Matrix:
    """An activation of every number."""
    return [[CURVES[name][0](z) for z in row] for row in rows]


def sums(matrix: Matrix, a: Sequence[float]) -> Row:
    """A W + b of one row."""
    with_one = [*a, 1.0]
    return [
        sum(with_one[i] * matrix[i][j] for i in range(len(matrix))) for j in range(len(matrix[0]))
    ]


def places(layer: Embedding, codes: Row) -> list[int]:
    """The row of the table that each code stands for; columns lie one below the other."""
    return [sum(layer.levels[:c]) + int(code) for c, code in enumerate(codes)]


def standard(numbers: Row, epsilon: float) -> Row:
    """(x - m) / sqrt(v + epsilon)."""
    mean = sum(numbers) / len(numbers)
    variance = sum((x - mean) ** 2 for x in numbers) / len(numbers)
    return [(x - mean) / math.sqrt(variance + epsilon) for x in numbers]


def standard_back(numbers: Row, epsilon: float, message: Row) -> Row:
    """A message through `standard`, by the slope of every result with respect to every number."""
    n, mean = len(numbers), sum(numbers) / len(numbers)
    s = math.sqrt(sum((x - mean) ** 2 for x in numbers) / n + epsilon)
    back = [0.0] * n
    for i in range(n):
        for j in range(n):
            # dm / dx_j = 1 / n, ds / dx_j = (x_j - m) / (n s)
            slope_of_s = (numbers[j] - mean) / (n * s)
            slope = (float(i == j) - 1.0 / n) / s - (numbers[i] - mean) * slope_of_s / (s * s)
            back[j] += message[i] * slope
    return back


def scaled(row: Row, g: Row, b: Row) -> Row:
    """g z + b."""
    return [g[j] * z + b[j] for j, z in enumerate(row)]


def turned(matrix: Matrix) -> Matrix:
    """The transpose."""
    return [list(column) for column in zip(*matrix, strict=True)]


def send(graph, node, weights, x, messages, gradient) -> None:  # type: ignore[no-untyped-def]
    """Pass each row's message to the parents, along every path on its own: no sum is ever kept."""
    read = [value(graph, parent, weights, x) for parent in node.parents]
    passed: list[Matrix] = []
    match node.layer:
        case Dense(activation=name):
            matrix, back = weights[node.name], []
            for a, message in zip(read[0], messages, strict=True):
                slopes = [CURVES[name][1](z) for z in sums(matrix, a)]
                local = [m * s for m, s in zip(message, slopes, strict=True)]
                for i, factor in enumerate([*a, 1.0]):
                    for j, d in enumerate(local):
                        gradient[node.name][i][j] += factor * d
                back.append([sum(map(float.__mul__, row, local)) for row in matrix[:-1]])
            passed = [back]
        case Activate(activation=name):
            slopes = [[CURVES[name][1](z) for z in row] for row in read[0]]
            passed = [products(messages, slopes)]
        case Add():
            passed = [messages, messages]
        case Multiply():
            passed = [products(messages, read[1]), products(messages, read[0])]
        case Concatenate():
            width = len(read[0][0])
            passed = [[m[:width] for m in messages], [m[width:] for m in messages]]
        case Embedding(size=size):
            for codes, message in zip(read[0], messages, strict=True):
                for c, place in enumerate(places(node.layer, codes)):
                    for j in range(size):
                        gradient[node.name][place][j] += message[c * size + j]
            passed = [[[0.0] * len(row) for row in read[0]]]
        case LayerNorm(epsilon=epsilon):
            z = [standard(row, epsilon) for row in read[0]]
            local = through_scale(node, weights, z, messages, gradient)
            pairs = zip(read[0], local, strict=True)
            passed = [[standard_back(row, epsilon, message) for row, message in pairs]]
        case BatchNorm(epsilon=epsilon):
            columns = turned(read[0])
            z = turned([standard(column, epsilon) for column in columns])
            local = turned(through_scale(node, weights, z, messages, gradient))
            pairs = zip(columns, local, strict=True)
            passed = [turned([standard_back(column, epsilon, m) for column, m in pairs])]
    for parent, rows in zip(node.parents, passed, strict=True):
        send(graph, parent, weights, x, rows, gradient)


def products(a: Matrix, b: Matrix) -> Matrix:
    """Number by number."""
    return [[p * q for p, q in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)]


def through_scale(node, weights, z, messages, gradient) -> Matrix:  # type: ignore[no-untyped-def]
    """Messages through g z + b; adds to the gradients of g and b."""
    g = weights[node.name][0]
    for row, message in zip(z, messages, strict=True):
        for j, m in enumerate(message):
            gradient[node.name][0][j] += m * row[j]
            gradient[node.name][1][j] += m
    return [[m * g[j] for j, m in enumerate(message)] for message in messages]


def adam(  # type: ignore[no-untyped-def]
    graph, weights: Weights, x: Matrix, y: Matrix, loss: str, batch: int, rate: float, epochs: int
) -> Weights:
    """Weights after epochs of Adam, each weight on its own, the rows in their order.

    Kingma and Ba 2015 in the order of the end of section 2, with their decays and epsilon 1e-8.
    """
    weights = {name: [[*row] for row in matrix] for name, matrix in weights.items()}
    m = {name: [[0.0] * len(row) for row in matrix] for name, matrix in weights.items()}
    v = {name: [[0.0] * len(row) for row in matrix] for name, matrix in weights.items()}
    t = 0
    for _ in range(epochs):
        for first in range(0, len(x), batch):
            part = slice(first, first + batch)
            _, gradient = loss_and_gradient(graph, weights, x[part], y[part], loss)
            t += 1
            step = rate * math.sqrt(1.0 - 0.999**t) / (1.0 - 0.9**t)
            for name, matrix in gradient.items():
                for i, row in enumerate(matrix):
                    for j, g in enumerate(row):
                        m[name][i][j] = 0.9 * m[name][i][j] + 0.1 * g
                        v[name][i][j] = 0.999 * v[name][i][j] + 0.001 * g * g
                        root = math.sqrt(v[name][i][j]) + 1e-8
                        weights[name][i][j] -= step * m[name][i][j] / root
    return weights
