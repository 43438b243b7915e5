"""An estimator's network as a graph: a chain of layers with what regularises them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import (
    Activate,
    BatchNorm,
    Dense,
    Dropout,
    Graph,
    Input,
    LayerNorm,
    Node,
    Noise,
)

from ._per_layer import layer_activations, layer_noise, per_layer


@dataclass(frozen=True)
class Chain:
    """The graph, with the nodes that give each hidden layer's activations."""

    graph: Graph
    hidden: tuple[Node, ...]


def chain_of(estimator: Any, units: list[int], *, disturbed: bool) -> Chain:
    """The layers of an estimator; `units` from the input's columns to the outputs.

    `disturbed` puts in dropout and noise, which hold no parameters and act in training only. Each
    hidden layer is: sums, normalisation, activation, noise, dropout.
    """
    n_hidden = len(units) - 2
    dropout = (estimator.input_dropout, *per_layer("dropout", estimator.dropout, n_hidden))
    noise = layer_noise(estimator.noise, n_hidden)
    source = node = Input(units[0])
    node = _disturb(node, noise[0], dropout[0]) if disturbed else node
    hidden = []
    activations = layer_activations(estimator.activation, n_hidden)
    for k, (count, activation) in enumerate(zip(units[1:-1], activations, strict=True), 1):
        node = _hidden(estimator, node, count, activation, k)
        hidden.append(node)
        node = _disturb(node, noise[k], dropout[k]) if disturbed else node
    node = Dense(units[-1], **_starts(estimator))(node)
    return Chain(Graph(source, node), tuple(hidden))


def is_disturbed(estimator: Any) -> bool:
    """Whether dropout or noise make the graph of training another one."""
    rates = (estimator.dropout, estimator.input_dropout, estimator.noise)
    return any(map(np.any, rates))


def _starts(estimator: Any) -> dict[str, Any]:
    return {
        "initializer": estimator.initializer,
        "bias_initializer": estimator.bias_initializer,
    }


def _hidden(estimator: Any, node: Node, units: int, activation: Any, number: int) -> Node:
    normalised = estimator.batch_norm or estimator.layer_norm
    inside = "identity" if normalised else activation
    node = Dense(units, inside, **_starts(estimator))(node)
    if normalised:
        layer = BatchNorm() if estimator.batch_norm else LayerNorm()
        node = layer(node, name=f"normalisation {number}")
        node = Activate(activation)(node, name=f"activation {number}")
    return node


def _disturb(node: Node, deviation: float, rate: float) -> Node:
    node = Noise(deviation)(node) if deviation else node
    return Dropout(rate)(node) if rate else node
