"""A recipe's network for an encoded table, as a graph of layers."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

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
    PiecewiseLinearEmbedding,
    Scale,
    Start,
    periodic_linear_relu,
)

from ..encoding.columns.block import CODES, NUMERIC, ONE_HOT, Block
from ..recipes import Recipe

Edges = Sequence[Sequence[float]]

# Standard deviation of the first frequencies, as RealMLP has it for its scale of numbers.
_FREQUENCY = 0.1


class NumberEmbedding(NamedTuple):
    """How numbers are embedded: how many each becomes, and the node for all of them."""

    size: int
    node: Callable[[Recipe, Node, Edges], Node]


def _cosines(recipe: Recipe, numbers: Node, edges: Edges) -> Node:
    rate, decay = recipe.embeddings_rate, recipe.embeddings_decay
    return PeriodicEmbedding(4, frequency=_FREQUENCY, rate=rate, decay=decay)(numbers)


def _waves(recipe: Recipe, numbers: Node, edges: Edges) -> Node:
    rate, decay = recipe.embeddings_rate, recipe.embeddings_decay
    return periodic_linear_relu(numbers, 24, frequency=_FREQUENCY, rate=rate, decay=decay)


def _pieces(recipe: Recipe, numbers: Node, edges: Edges) -> Node:
    rate, decay = recipe.embeddings_rate, recipe.embeddings_decay
    return PiecewiseLinearEmbedding(edges, 16, rate=rate, decay=decay)(numbers)


# By the recipes' name for it; sizes are those of the sources.
EMBEDDINGS: dict[str, NumberEmbedding | None] = {
    "none": None,
    "pbld": NumberEmbedding(4, _cosines),
    "plr": NumberEmbedding(24, _waves),
    "ple": NumberEmbedding(16, _pieces),
}


def numbers_of(layout: Sequence[Block]) -> int:
    """How many of the matrix's columns, the first of all, are numbers."""
    return sum(block.width for block in layout if block.kind == NUMERIC)


def network_of(recipe: Recipe, layout: Sequence[Block], outputs: int, edges: Edges = ()) -> Graph:
    """The graph whose inputs are the matrix that `layout` describes: numbers, features, codes.

    `edges` are those of the bins of each number, for a recipe that embeds numbers by them.
    """
    inputs, nodes = _inputs(recipe, layout, edges)
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


def _inputs(recipe: Recipe, layout: Sequence[Block], edges: Edges) -> tuple[list[Node], list[Node]]:
    """The graph's inputs, and what the first layer sees of each."""
    widths = {"numbers": 0, "features": 0, "codes": 0}
    # Numbers that are not embedded are features like others.
    embedding = EMBEDDINGS[recipe.embeddings]
    names = {NUMERIC: "numbers" if embedding else "features", CODES: "codes"}
    for block in layout:
        widths[names.get(block.kind, "features")] += block.width
    inputs = [Input(width, name) for name, width in widths.items() if width]
    nodes = []
    for node in inputs:
        if embedding and node.name == "numbers":
            nodes.append(embedding.node(recipe, node, edges))
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
    embedding = EMBEDDINGS[recipe.embeddings]
    sizes = {NUMERIC: embedding.size if embedding else 1, CODES: recipe.embedding}
    runs: list[int] = []
    for block in layout:
        one_hot = block.kind == ONE_HOT
        runs += [block.width] if one_hot else [sizes.get(block.kind, 1)] * block.width
    return tuple(runs)


def _ensemble(recipe: Recipe, node: Node, runs: tuple[int, ...]) -> Node:
    """The hidden layers of TabM: y_k = s_k * ((r_k * x_k) W) + b_k, only W being shared.

    As in its published code a category's features share a sign of the first r, and the b_k of all
    members start alike. Where numbers are embedded, those of one share a normal number instead.
    """
    kind: Literal["signs", "normal"] = "normal" if EMBEDDINGS[recipe.embeddings] else "signs"
    first = Start(kind, 1.0, runs=runs * recipe.members)
    for number, units in enumerate(recipe.hidden_layer_sizes):
        scale = Scale() if number else Scale(spread=recipe.members, start=first)
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
