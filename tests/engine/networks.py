"""Graphs of every shape that the tests of the engine share, and one way to run any of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.descent import FullGradient
from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.graph import Activate, Add, Concatenate, Dense, Graph, Input, Multiply
from chainrule.graph.tape import lay_out

COLUMNS, OUTPUTS = 4, 3


def one_hidden(activation: str) -> Graph:
    x = Input(COLUMNS)
    hidden = Dense(5, activation=activation)(x, name="hidden")
    return Graph(x, Dense(OUTPUTS)(hidden, name="out"))


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
]


def network(graph: Graph, loss: str, dtype: Any = np.float64, seed: int = 0, **options) -> Network:
    """A network whose parameters, biases too, are standard normal numbers times a half."""
    tape = lay_out(graph, loss, **options)
    parameters = aligned(tape.parameter_count, dtype)
    parameters[...] = 0.5 * np.random.default_rng(seed).normal(size=tape.parameter_count)
    return Network(tape, parameters)


def targets(loss: str, rows: int, rng: np.random.Generator, outputs: int = OUTPUTS) -> np.ndarray:
    """Targets in a loss's domain, no two rows alike where it allows that."""
    match loss:
        case "log_loss":
            return np.eye(outputs)[rng.integers(outputs, size=rows)]
        case "binary_log_loss":
            return rng.integers(2, size=(rows, outputs)).astype(float)
        case "poisson":
            return rng.poisson(2.0, size=(rows, outputs)).astype(float)
    return rng.normal(size=(rows, outputs))


def loss_and_gradient(net: Network, rows: Rows, **options) -> tuple[float, np.ndarray]:
    """The loss whose gradient follows, without penalty."""
    loss, gradient = FullGradient(net, rows, as_reported=False, **options)(0.0)
    return loss, gradient.copy()
