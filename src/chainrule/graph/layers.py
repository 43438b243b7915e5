"""What a user writes: layers, and nodes made by calling a layer on nodes.

    x = Input(4)
    h = Dense(8, activation="tanh")(x)
    y = Dense(1)(Add()(h, Dense(8)(x)))      # a skip connection

A layer is a description without numbers; the numbers live in one flat vector that the tape lays
out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import inf, sqrt
from typing import Any, ClassVar

from chainrule.formulas import (
    BIAS_RULES,
    INITIALIZERS,
    Activation,
    Mixture,
    RowLink,
    activation_row,
    bias_rule,
    lookup,
)
from chainrule.formulas.given import number, whole

from .parameters import Array, Group, Start

LayerActivation = str | Activation | RowLink | Mixture


@dataclass(frozen=True, eq=False)
class Node:
    """One value of the graph: `width` numbers for each row, computed by `layer` from `parents`."""

    layer: "Layer"
    parents: "tuple[Node, ...]"
    width: int
    name: str = ""

    def __repr__(self) -> str:
        return f"Node({self.layer!r}, width={self.width}, name={self.name!r})"


@dataclass(frozen=True)
class Layer:
    """Base of all layers: knows how many inputs it takes and how wide its output is.

    A layer object that is called twice has one set of parameters, which both places share.
    """

    operation: ClassVar[str] = ""
    """Its row in `engine/operations/table.py`; empty where the layer is laid out otherwise."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type in _KINDS:
                _check_setting(field.name, field.type, getattr(self, field.name))

    def __call__(self, *parents: Node, name: str = "") -> Node:
        """Apply the layer to nodes; gives the new node."""
        for parent in parents:
            check_node(f"inputs of {type(self).__name__}", parent)
        return Node(self, parents, self.width(tuple(parent.width for parent in parents)), name)

    def width(self, widths: tuple[int, ...]) -> int:
        """The output's width, given the inputs' widths; refuses inputs that do not fit."""
        raise NotImplementedError

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """Its parameters, in the order in which they lie in the flat vector."""
        return ()

    def settings(self, widths: tuple[int, ...]) -> Mapping[str, float]:
        """Fields of the engine's instruction record that it sets."""
        return {}

    def _expect(self, widths: tuple[int, ...], count: int) -> None:
        if len(widths) != count:
            name = type(self).__name__
            raise ValueError(
                f"inputs of {name} must be {count}, got {len(widths)}. Call it as {name}(...)(node"
                f"{', node' * (count - 1)})."
            )


def check_node(role: str, node: Any) -> None:
    """Refuse what is no node, a layer that was not called above all."""
    if not isinstance(node, Node):
        raise ValueError(
            f"{role} must be nodes, got {node!r}. A node is what Input(columns) gives, or a layer "
            "called on nodes: Dense(8)(x)."
        )


# What a field of a layer must be, by its type.
_KINDS = {
    int: "a whole number of at least 1",
    float: "a finite number of at least 0",
    bool: "True or False",
}


def _check_setting(name: str, kind: Any, value: Any) -> None:
    if kind is bool:
        fits = isinstance(value, bool)
    else:
        fits = whole(value) >= 1 if kind is int else 0.0 <= number(value) < inf
    if not fits:
        raise ValueError(f"{name} must be {_KINDS[kind]}, got {value!r}. Choose another value.")


def Input(columns: int, name: str = "x") -> Node:  # noqa: N802 - reads like the layers beside it
    """A source of the graph: the next `columns` columns of the table.

    Several inputs share the table from left to right, in the order in which `Graph` is given them.
    """
    if not whole(columns) >= 1:
        raise ValueError(f"columns must be at least 1, got {columns!r}. An input needs a column.")
    return Node(Source(), (), columns, name)


@dataclass(frozen=True)
class Source(Layer):
    """The layer behind `Input`."""

    def width(self, widths: tuple[int, ...]) -> int:
        """An input's width is given, not computed."""
        raise TypeError("inputs are made by Input(columns), not by calling a layer.")


@dataclass(frozen=True)
class Dense(Layer):
    """Every unit sees every input: y = f(x W + b), W of shape (inputs, units), b of shape (units,).

    Parameters
    ----------
    units : int
    activation : str or formula, default="identity"
        f: a name in `chainrule.formulas.ACTIVATIONS`, `ROW_ACTIVATIONS` or `LEARNED_ACTIVATIONS`,
        or a user's own `Activation`.
    initializer : str, default="scikit-learn"
        Draws W and b, one of `chainrule.formulas.INITIALIZERS`.
    bias_initializer : str or None, default=None
        How b begins, one of `chainrule.formulas.BIAS_RULES`; None is the initializer's own rule.
    bias : bool, default=True
    ntk : bool, default=False
        Trains as if W were divided by sqrt(inputs) (Jacot, Gabriel and Hongler 2018, "Neural
        tangent kernel"): the step of an Adam-like optimizer shrinks by that root.
    bias_rate : float, default=1.0
        Times the learning rate of b.
    activation_rate, activation_decay : float, default=1.0, 0.0
        Times the learning rate and the weight decay of what a learned activation learns.
    members : int, default=1
        The input holds so many vectors side by side, and each is multiplied by the same W.
    tied : Dense or None, default=None
        Use the transpose of that layer's W, which stays the only one to be learned; b starts at 0.
    """

    units: int
    activation: LayerActivation = "identity"
    initializer: str = "scikit-learn"
    bias: bool = True
    ntk: bool = False
    bias_rate: float = 1.0
    activation_rate: float = 1.0
    activation_decay: float = 0.0
    members: int = 1
    tied: "Dense | None" = None
    bias_initializer: str | None = None

    operation: ClassVar[str] = "dense"

    def __post_init__(self) -> None:
        super().__post_init__()
        activation_row(self.activation)
        lookup(INITIALIZERS, "initializer", self.initializer)
        if self.tied is not None and not isinstance(self.tied, Dense):
            raise ValueError(
                f"tied must be a Dense or None, got {self.tied!r}. Pass the layer, not its node."
            )
        if self.bias_initializer is not None:
            lookup(BIAS_RULES, "bias_initializer", self.bias_initializer)

    def width(self, widths: tuple[int, ...]) -> int:
        """As many as units, for each member."""
        self._expect(widths, 1)
        if widths[0] % self.members:
            raise ValueError(
                f"inputs of Dense must be as wide as a multiple of members={self.members}, got "
                f"{widths[0]}. Put a Scale(spread={self.members}) before it."
            )
        return self.units * self.members

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """W, then b."""
        fan_in = widths[0] // self.members
        weights, biases = Group(), Group(rate=self.bias_rate)
        if self.ntk:
            weights = Group(1.0 / sqrt(fan_in), sqrt(fan_in))
        matrix = Array("W", (fan_in, self.units), Start("weights", 0.0, self.initializer), weights)
        rule = bias_rule(self.initializer, self.bias_initializer)
        start = Start("biases", 0.0, self.initializer, bias_rule=rule)
        bias = Array("b", (self.units,), start, biases, penalised=False)
        return (matrix, bias) if self.bias else (matrix,)

    def settings(self, widths: tuple[int, ...]) -> Mapping[str, float]:
        """Members side by side are rows of one product."""
        return {"members": self.members}


@dataclass(frozen=True)
class Activate(Layer):
    """An activation on its own: y = f(x), element by element (softmax: row by row)."""

    activation: LayerActivation

    def __post_init__(self) -> None:
        activation_row(self.activation)

    def width(self, widths: tuple[int, ...]) -> int:
        """As wide as its input."""
        self._expect(widths, 1)
        return widths[0]


@dataclass(frozen=True)
class SameWidth(Layer):
    """Base of layers whose output is as wide as their one input."""

    def width(self, widths: tuple[int, ...]) -> int:
        """As wide as its input."""
        self._expect(widths, 1)
        return widths[0]


@dataclass(frozen=True)
class Dropout(SameWidth):
    """While training, silence each unit with probability `rate`, scale the rest by 1/(1 - rate).

    Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, "Dropout".
    """

    rate: float

    operation: ClassVar[str] = "dropout"

    def __post_init__(self) -> None:
        if not 0.0 <= number(self.rate) < 1.0:
            raise ValueError(
                f"rate must be in [0, 1), got {self.rate!r}. It is the share of units to silence."
            )

    def settings(self, widths: tuple[int, ...]) -> Mapping[str, float]:
        """The rate."""
        return {"rate": self.rate}


@dataclass(frozen=True)
class _Elementwise(Layer):
    def width(self, widths: tuple[int, ...]) -> int:
        """As wide as both inputs."""
        self._expect(widths, 2)
        if widths[0] != widths[1]:
            name = type(self).__name__
            raise ValueError(
                f"inputs of {name} must be of equal width, got {widths[0]} and {widths[1]}. "
                "Put a Dense of the right width before the other."
            )
        return widths[0]


@dataclass(frozen=True)
class Add(_Elementwise):
    """The sum of two nodes: y = a + b."""

    operation: ClassVar[str] = "add"


@dataclass(frozen=True)
class Multiply(_Elementwise):
    """The product of two nodes, element by element: y = a * b."""

    operation: ClassVar[str] = "multiply"


@dataclass(frozen=True)
class Concatenate(Layer):
    """Two nodes side by side: y = [a, b]."""

    operation: ClassVar[str] = "concatenate"

    def width(self, widths: tuple[int, ...]) -> int:
        """Both widths together."""
        self._expect(widths, 2)
        return sum(widths)


def chain(source: Node, layers: Sequence[Layer]) -> Node:
    """Layers one after the other: the node of the last one."""
    node = source
    for layer in layers:
        node = layer(node)
    return node
