"""An estimator's network as a graph: a chain of layers with what regularises them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.formulas import Activation, Mixture, RowLink, activation_row
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


@dataclass(frozen=True)
class Chain:
    """The graph, with the nodes that give each hidden layer's activations."""

    graph: Graph
    hidden: tuple[Node, ...]


def layer_activations(activation: Any, n_hidden: int) -> list[Any]:
    """One activation for each hidden layer."""
    if isinstance(activation, str | Activation | RowLink | Mixture):
        return [activation] * n_hidden
    names = list(activation)
    if len(names) != n_hidden:
        raise ValueError(
            f"activation must be one name or one for each of the {n_hidden} hidden layers, got "
            f"{len(names)} names. Give as many as hidden_layer_sizes has entries."
        )
    for number, given in enumerate(names, 1):
        if callable(given):
            raise ValueError(
                f"activation must be a name or a formula, got {given!r} for hidden layer {number}. "
                "Make a function one by chainrule.formulas.custom_activation."
            )
    return names


def activation_names(activation: Any, n_hidden: int) -> list[str]:
    """The names of the hidden layers' activations."""
    return [activation_row(f).name for f in layer_activations(activation, n_hidden)]


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


def per_layer(name: str, value: Any, n_hidden: int) -> Sequence[float]:
    """One number for each hidden layer."""
    if not hasattr(value, "__iter__"):
        return [float(value)] * n_hidden
    values = [float(number) for number in value]
    if len(values) != n_hidden:
        raise ValueError(
            f"{name} must be one number or one for each of the {n_hidden} hidden layers, got "
            f"{len(values)} numbers. Give as many as hidden_layer_sizes has entries."
        )
    return values


def layer_noise(noise: Any, n_hidden: int) -> Sequence[float]:
    """The deviation for the inputs and for each hidden layer; one number is that of the inputs."""
    if not hasattr(noise, "__iter__"):
        return [float(noise), *[0.0] * n_hidden]
    values = [float(number) for number in noise]
    if len(values) != n_hidden + 1:
        raise ValueError(
            f"noise must be one number or one for the inputs and one for each of the {n_hidden} "
            f"hidden layers, got {len(values)} numbers. Give 0.0 where there is to be none."
        )
    return values
