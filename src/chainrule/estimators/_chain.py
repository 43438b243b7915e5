"""An estimator's network as a graph: a chain of dense layers."""

from typing import Any

from chainrule.graph import Dense, Graph, Input, chain


def layer_activations(activation: Any, n_hidden: int) -> list[str]:
    """One activation for each hidden layer."""
    if isinstance(activation, str):
        return [activation] * n_hidden
    names = list(activation)
    if len(names) != n_hidden:
        raise ValueError(
            f"activation must be one name or one for each of the {n_hidden} hidden layers, got "
            f"{len(names)} names. Give as many as hidden_layer_sizes has entries."
        )
    return names


def graph_of(units: list[int], activations: list[str]) -> Graph:
    """A chain of dense layers; `units` from the input's columns to the outputs."""
    source = Input(units[0])
    layers = [Dense(n, f) for n, f in zip(units[1:], [*activations, "identity"], strict=True)]
    return Graph(source, chain(source, layers))
