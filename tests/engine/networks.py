"""Graphs of every shape that the tests of the engine share, and one way to run any of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.descent import Descent, FullGradient
from chainrule.engine.network import Network, aligned, view
from chainrule.engine.rows import Rows
from chainrule.engine.run import QUANTITIES
from chainrule.formulas import RowLoss, loss_row
from chainrule.graph import (
    Activate,
    Add,
    BatchNorm,
    Bias,
    Concatenate,
    Dense,
    Dropout,
    Graph,
    Input,
    LayerNorm,
    Multiply,
    Noise,
    Scale,
    chain,
)
from chainrule.graph.layout import LossChoice, lay_out
from chainrule.training.descending import Descending

COLUMNS, OUTPUTS = 4, 3


def one_hidden(activation: str, outputs: int = OUTPUTS) -> Graph:
    x = Input(COLUMNS)
    hidden = Dense(5, activation=activation)(x, name="hidden")
    return Graph(x, Dense(outputs)(hidden, name="out"))


def diamond() -> Graph:
    x = Input(COLUMNS)
    a = Dense(OUTPUTS, activation="tanh")(x, name="a")
    b = Add()(a, a)
    return Graph(x, Add()(b, b))


def skip_connection() -> Graph:
    x = Input(COLUMNS)
    hidden = Dense(COLUMNS, activation="relu")(x, name="hidden")
    return Graph(x, Dense(OUTPUTS)(Add()(hidden, x), name="out"))


def two_inputs() -> Graph:
    a, b = Input(1, name="a"), Input(COLUMNS - 1, name="b")
    left, right = Dense(4, activation="tanh")(a, name="l"), Dense(2)(b, name="r")
    return Graph((a, b), Dense(OUTPUTS, bias=False)(Concatenate()(left, right), name="out"))


def gate() -> Graph:
    x = Input(COLUMNS)
    value = Dense(5)(x, name="value")
    door = Dense(5, activation="logistic")(x, name="door")
    return Graph(x, Dense(OUTPUTS)(Multiply()(value, door), name="out"))


def square() -> Graph:
    x = Input(COLUMNS)
    hidden = Dense(OUTPUTS)(x, name="hidden")
    return Graph(x, Multiply()(hidden, hidden))


def many_readers() -> Graph:
    """One node read by a Dense, an activation, a product and the output, some through others."""
    x = Input(COLUMNS)
    a = Dense(OUTPUTS)(x, name="a")
    bent = Activate("relu")(a)
    product = Multiply()(bent, Activate("tanh")(Dense(OUTPUTS)(a, name="b")))
    both = Concatenate()(product, Activate("logistic")(bent))
    return Graph(x, Add()(Dense(OUTPUTS)(both, name="out"), a))


def activations_in_a_row() -> Graph:
    x = Input(COLUMNS)
    a = Activate("tanh")(Activate("relu")(Dense(OUTPUTS, activation="gelu")(x, name="a")))
    return Graph(x, a)


def read_through_identity() -> Graph:
    """A node and its identity are one slot with two readers; relu must not overwrite it."""
    x = Input(COLUMNS)
    a = Dense(OUTPUTS)(x, name="a")
    return Graph(x, Add()(Activate("relu")(Activate("identity")(a)), a))


def layer_called_link() -> Graph:
    x = Input(COLUMNS)
    first = Dense(OUTPUTS, activation="tanh")(x, name="first")
    return Graph(x, Dense(OUTPUTS)(Dense(OUTPUTS)(first, name="link"), name="last"))


def learned_activations() -> Graph:
    x = Input(COLUMNS)
    first = Dense(5, activation="parametric_mish")(x, name="first")
    return Graph(x, Dense(OUTPUTS)(Activate("prelu")(first), name="out"))


def scale_and_bias() -> Graph:
    """A scale of three members, a product whose members share W, and a mean made by Dense."""
    x = Input(COLUMNS)
    members = Scale(spread=3)(Bias()(Scale()(x)))
    return Graph(x, Dense(OUTPUTS)(Dense(2, members=3, activation="tanh")(members), name="out"))


def one_place_for_all() -> Graph:
    """Layers that may work in the place of their input, one after the other."""
    x = Input(COLUMNS)
    layers = [
        *(Dense(5, activation="tanh"), Bias(), Activate("gelu"), Bias(), Bias()),
        *(Activate("logistic"), Bias(), Activate("softmax"), Bias()),
    ]
    return Graph(x, Dense(OUTPUTS)(chain(x, layers), name="out"))


def one_place_with_dropout() -> Graph:
    """The same with layers that pass everything on where nothing is drawn."""
    x = Input(COLUMNS)
    layers = [
        *(Dense(5, activation="tanh"), Dropout(0.3), Bias(), Noise(0.1), Activate("gelu")),
        *(Dropout(0.2), Bias(), Dropout(0.1), Activate("logistic"), Noise(0.1), Bias()),
    ]
    return Graph(x, Dense(OUTPUTS)(chain(x, layers), name="out"))


def called_twice() -> Graph:
    """One Dense with a learned activation at two places; the gradient is the sum over both."""
    x = Input(COLUMNS)
    shared = Dense(COLUMNS, activation="prelu")
    return Graph(x, Dense(OUTPUTS)(shared(shared(x)), name="out"))


def autoencoder() -> Graph:
    """The second layer is the transpose of the first, with a bias of its own."""
    x = Input(COLUMNS)
    encoder = Dense(2, activation="tanh")
    decoder = Dense(COLUMNS, activation="tanh", tied=encoder)
    return Graph(x, Dense(OUTPUTS)(decoder(encoder(x)), name="out"))


def tied_without_bias() -> Graph:
    x = Input(COLUMNS)
    encoder = Dense(2)
    decoder = Dense(COLUMNS, tied=encoder, bias=False)
    return Graph(x, Dense(OUTPUTS)(decoder(encoder(x)), name="out"))


def layer_norm() -> Graph:
    """Its input has another reader, so that messages meet there."""
    x = Input(COLUMNS)
    a = Dense(5)(x, name="a")
    bent = Activate("relu")(LayerNorm()(a))
    return Graph(x, Dense(OUTPUTS)(Add()(bent, a), name="out"))


def batch_norm() -> Graph:
    """The same; and one on the input, which needs no message."""
    x = Input(COLUMNS)
    a = Dense(5)(BatchNorm()(x), name="a")
    bent = Activate("relu")(BatchNorm(epsilon=0.1)(a))
    return Graph(x, Dense(OUTPUTS)(Add()(bent, a), name="out"))


def batch_norm_called_twice() -> Graph:
    x = Input(COLUMNS)
    shared = BatchNorm()
    return Graph(x, Dense(OUTPUTS)(shared(Dense(COLUMNS)(shared(x))), name="out"))


SHAPES: list[Callable[[], Graph]] = [
    diamond,
    skip_connection,
    two_inputs,
    gate,
    square,
    many_readers,
    activations_in_a_row,
    read_through_identity,
    layer_called_link,
    learned_activations,
    scale_and_bias,
    one_place_for_all,
    called_twice,
    autoencoder,
    tied_without_bias,
    layer_norm,
    batch_norm,
    batch_norm_called_twice,
]


def network(
    graph: Graph, loss: LossChoice, dtype: Any = np.float64, seed: int = 0, **options
) -> Network:
    """A network whose parameters, biases too, are standard normal numbers times a half.

    Running statistics are positive ones, since some are variances.
    """
    tape = lay_out(graph, loss, **options)
    parameters = aligned(tape.parameter_count, dtype)
    parameters[...] = 0.5 * np.random.default_rng(seed).normal(size=tape.parameter_count)
    for placed in (placed for line in tape.layers for placed in line.arrays):
        if not placed.array.learned:
            view(placed, parameters)[...] = 0.5 + abs(view(placed, parameters))
    return Network(tape, parameters)


def targets(loss: str, rows: int, rng: np.random.Generator, outputs: int = OUTPUTS) -> np.ndarray:
    """Targets in a loss's domain, no two rows alike where it allows that."""
    match loss_row(loss).target:
        case "class":
            return np.eye(outputs)[rng.integers(outputs, size=rows)]
        case "probability":
            return rng.integers(2, size=(rows, outputs)).astype(float)
        case "sign":
            return 2.0 * rng.integers(2, size=(rows, outputs)) - 1.0
        case "non-negative":
            return rng.poisson(2.0, size=(rows, outputs)).astype(float)
        case "positive":
            return rng.exponential(size=(rows, outputs))
    return rng.normal(size=(rows, outputs))


def outputs_for(loss: str, n_targets: int = OUTPUTS) -> int:
    """How many numbers a network predicts for so many targets."""
    row = loss_row(loss)
    return row.outputs(n_targets) if isinstance(row, RowLoss) else n_targets


def loss_and_gradient(net: Network, rows: Rows, **options) -> tuple[float, np.ndarray]:
    """The loss whose gradient follows, without penalty."""
    loss, gradient = FullGradient(net, rows, as_reported=False, **options)(0.0)
    return loss, gradient.copy()


def settings(learning_rate: float = 0.05, **others: float) -> Descending:
    """Of an epoch; one that is not named does nothing."""
    return Descending(learning_rate, learning_rate, 1, **others)


def still() -> Descending:
    """Of an epoch that moves no weight."""
    return settings(0.0)


def train(
    net: Network,
    rows: Rows,
    batch: int,
    method: str = "sgd",
    *,
    epochs: int = 1,
    course: np.ndarray | None = None,
    seed: int = 0,
    **others: float,
) -> Descent:
    """Epochs in the order of the rows."""
    whole_layers = "max_norm" in others
    descent = Descent(net, rows, batch, method, seed=seed, whole_layers=whole_layers)
    for _ in range(epochs):
        descent.epoch(settings(**others), None, course)
    return descent


def factors(steps: int, **courses: Any) -> np.ndarray:
    """The table of a course: 1 but for the quantities that are named."""
    table = np.ones((steps, len(QUANTITIES)))
    for name, course in courses.items():
        table[:, QUANTITIES.index(name)] = course
    return table
