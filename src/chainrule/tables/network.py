"""A recipe's network for an encoded table, as a graph of layers."""

from collections.abc import Sequence

from chainrule.graph import (
    Activate,
    Bias,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Graph,
    Input,
    MemberDense,
    Node,
    PeriodicEmbedding,
    Scale,
    Start,
)

from .columns.block import CODES, NUMERIC, ONE_HOT, Block
from .recipes import Recipe


def network_of(recipe: Recipe, layout: Sequence[Block], outputs: int) -> Graph:
    """The graph whose inputs are the matrix that `layout` describes: numbers, features, codes."""
    inputs, nodes = _inputs(recipe, layout)
    joined = nodes[0]
    for node in nodes[1:]:
        joined = Concatenate()(joined, node)
    if recipe.front_scale:
        joined = Scale(rate=recipe.front_scale, decay=recipe.front_scale_decay)(joined)
    if recipe.members > 1:
        hidden = _ensemble(recipe, joined, _runs(recipe, layout))
    else:
        hidden = _hidden(recipe, joined)
    return Graph(inputs, _head(recipe, hidden, outputs))


def _inputs(recipe: Recipe, layout: Sequence[Block]) -> tuple[list[Node], list[Node]]:
    """The graph's inputs, and what the first layer sees of each."""
    widths = {"numbers": 0, "features": 0, "codes": 0}
    # Numbers that are not embedded are features like others.
    names = {NUMERIC: "numbers" if recipe.periodic else "features", CODES: "codes"}
    for block in layout:
        widths[names.get(block.kind, "features")] += block.width
    inputs = [Input(width, name) for name, width in widths.items() if width]
    nodes = []
    for node in inputs:
        if node.name == "numbers":
            layer = PeriodicEmbedding(rate=recipe.periodic_rate, decay=recipe.periodic_decay)
            nodes.append(layer(node))
        elif node.name == "codes":
            levels = tuple(block.levels for block in layout if block.kind == CODES)
            nodes.append(Embedding(levels, recipe.embedding)(node))
        else:
            nodes.append(node)
    return inputs, nodes


def _hidden(recipe: Recipe, node: Node) -> Node:
    for units in recipe.hidden_layer_sizes:
        node = Dense(
            units,
            recipe.activation,
            recipe.initializer,
            ntk=recipe.ntk,
            bias_rate=recipe.bias_rate,
            activation_rate=recipe.activation_rate,
            activation_decay=recipe.activation_decay,
        )(node)
        node = Dropout(recipe.dropout)(node) if recipe.dropout else node
    return node


def _runs(recipe: Recipe, layout: Sequence[Block]) -> tuple[int, ...]:
    """How many of the first layer's inputs come from each number, category or other feature."""
    sizes = {NUMERIC: PeriodicEmbedding.size if recipe.periodic else 1, CODES: recipe.embedding}
    runs: list[int] = []
    for block in layout:
        one_hot = block.kind == ONE_HOT
        runs += [block.width] if one_hot else [sizes.get(block.kind, 1)] * block.width
    return tuple(runs)


def _ensemble(recipe: Recipe, node: Node, runs: tuple[int, ...]) -> Node:
    """The hidden layers of TabM: y_k = s_k * ((r_k * x_k) W) + b_k, only W being shared.

    As in its published code a category's features share a sign of the first r, and the b_k of all
    members start alike.
    """
    signs = Start("signs", runs=runs * recipe.members)
    for number, units in enumerate(recipe.hidden_layer_sizes):
        scale = Scale() if number else Scale(spread=recipe.members, start=signs)
        shared = Dense(units, initializer=recipe.initializer, bias=False, members=recipe.members)
        fan_in = node.width // (recipe.members if number else 1)
        bias = Bias(Start("uniform", 1.0 / fan_in**0.5, copies=recipe.members))
        node = Activate(recipe.activation)(bias(Scale()(shared(scale(node)))))
        node = Dropout(recipe.dropout)(node) if recipe.dropout else node
    return node


def _head(recipe: Recipe, node: Node, outputs: int) -> Node:
    if recipe.members > 1:
        return MemberDense(recipe.members, outputs, recipe.head_initializer)(node)
    return Dense(
        outputs, initializer=recipe.head_initializer, ntk=recipe.ntk, bias_rate=recipe.bias_rate
    )(node)
