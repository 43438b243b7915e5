"""A graph of layers and its model as plain values, for the model file.

A layer that stands at several nodes, or whose weights another one borrows, is one object and stays
one: nodes and borrowers name layers by number.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from chainrule.files.settings import from_plain, to_plain
from chainrule.formulas import loss_row
from chainrule.graph import Dense, Graph, Input
from chainrule.graph.layers import Layer, Source
from chainrule.graph.layout import lay_out

from .history import History

_PLAIN = ("link", "alpha", "l1", "l2", "random_state")


def model_to_plain(model: Any) -> dict[str, Any]:
    """What a `GraphModel` is made from, its parameters and the course of its last fit."""
    return {
        "graph": graph_to_plain(model.graph),
        "loss": to_plain(model.loss_choice),
        "weight_prior": to_plain(model.weight_prior),
        **{name: getattr(model, name) for name in _PLAIN},
        "parameters": model.parameters,
        "history": to_plain(model.history),
    }


def model_from_plain(
    state: Mapping[str, Any],
) -> tuple[dict[str, Any], NDArray[Any], History | None]:
    """What to make a `GraphModel` from, its parameters, its history.

    Raises ValueError, KeyError, IndexError or TypeError where they do not fit each other: compiled
    code would read past them.
    """
    parameters, history = state["parameters"], from_plain(state["history"])
    settings = {name: state[name] for name in _PLAIN}
    settings |= {name: from_plain(state[name]) for name in ("loss", "weight_prior")}
    settings |= {"graph": graph_from_plain(state["graph"]), "dtype": parameters.dtype.type}
    tape = lay_out(
        settings["graph"],
        loss_row(settings["loss"]),
        link=settings["link"],
        weight_prior=settings["weight_prior"],
    )
    if parameters.shape != (tape.parameter_count,) or not isinstance(history, History | None):
        raise ValueError("the parameters or the history do not fit the graph")
    return settings, parameters, history


def graph_to_plain(graph: Graph) -> dict[str, Any]:
    """Layers, nodes in topological order, and which of these are inputs and output."""
    layers = _layers_of(graph)
    number = {id(layer): i for i, layer in enumerate(layers)}
    place = {node: i for i, node in enumerate(graph.nodes)}
    return {
        "layers": [
            {"layer": to_plain(_untied(layer)), "tied": number.get(id(_tied(layer)))}
            for layer in layers
        ],
        "nodes": [
            {
                "layer": number.get(id(node.layer)),
                "parents": [place[parent] for parent in node.parents],
                "width": node.width,
                "name": node.name,
            }
            for node in graph.nodes
        ],
        "inputs": [place[node] for node in graph.inputs],
        "output": place[graph.output],
    }


def graph_from_plain(state: Mapping[str, Any]) -> Graph:
    """Make the graph again; ValueError, KeyError, IndexError or TypeError where it is none."""
    stored = state["layers"]
    layers: dict[int, Layer] = {}

    def layer(number: int) -> Layer:
        if number not in layers:
            own, tied = from_plain(stored[number]["layer"]), stored[number]["tied"]
            if not isinstance(own, Layer):
                raise ValueError(f"layer {number} is none")
            lender: Any = None if tied is None else layer(tied)
            layers[number] = replace(own, tied=lender) if isinstance(own, Dense) else own
        return layers[number]

    nodes: list[Any] = []
    for node in state["nodes"]:
        if node["layer"] is None:
            nodes.append(Input(node["width"], node["name"]))
        else:
            parents = [nodes[place] for place in node["parents"]]
            nodes.append(layer(node["layer"])(*parents, name=node["name"]))
    return Graph([nodes[place] for place in state["inputs"]], nodes[state["output"]])


def _layers_of(graph: Graph) -> list[Layer]:
    """Each layer object once, those whose weights are borrowed too."""
    found = {id(node.layer): node.layer for node in graph.nodes}
    waiting = list(found.values())
    while waiting:
        tied = _tied(waiting.pop())
        if tied is not None and id(tied) not in found:
            found[id(tied)] = tied
            waiting.append(tied)
    return [layer for layer in found.values() if not isinstance(layer, Source)]


def _tied(layer: Layer) -> Dense | None:
    return layer.tied if isinstance(layer, Dense) else None


def _untied(layer: Layer) -> Layer:
    return replace(layer, tied=None) if isinstance(layer, Dense) else layer
