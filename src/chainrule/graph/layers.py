"""What a user writes: layers, and nodes made by calling a layer on nodes.

    x = Input(4)
    h = Dense(8, activation="tanh")(x)
    y = Dense(1)(Add()(h, Dense(8)(x)))      # a skip connection

A layer is a description without numbers; the numbers live in one flat vector that the tape lays
out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.formulas import ACTIVATIONS, INITIALIZERS, lookup


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
    """Base of all layers: knows how many inputs it takes and how wide its output is."""

    def __call__(self, *parents: Node, name: str = "") -> Node:
        """Apply the layer to nodes; gives the new node."""
        return Node(self, parents, self.width(tuple(parent.width for parent in parents)), name)

    def width(self, widths: tuple[int, ...]) -> int:
        """The output's width, given the inputs' widths; refuses inputs that do not fit."""
        raise NotImplementedError

    def _expect(self, widths: tuple[int, ...], count: int) -> None:
        if len(widths) != count:
            name = type(self).__name__
            raise ValueError(
                f"inputs of {name} must be {count}, got {len(widths)}. Call it as {name}(...)(node"
                f"{', node' * (count - 1)})."
            )


def Input(columns: int, name: str = "x") -> Node:  # noqa: N802 - reads like the layers beside it
    """A source of the graph: the next `columns` columns of the table.

    Several inputs share the table from left to right, in the order in which `Graph` is given them.
    """
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}. An input needs a column.")
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

    `activation` is f, one of `chainrule.formulas.ACTIVATIONS`; `initializer` draws W and b, one of
    `chainrule.formulas.INITIALIZERS`; `bias=False` leaves b out.
    """

    units: int
    activation: str = "identity"
    initializer: str = "scikit-learn"
    bias: bool = True

    def __post_init__(self) -> None:
        if self.units < 1:
            raise ValueError(f"units must be at least 1, got {self.units}. A layer needs a unit.")
        lookup(ACTIVATIONS, "activation", self.activation)
        lookup(INITIALIZERS, "initializer", self.initializer)

    def width(self, widths: tuple[int, ...]) -> int:
        """As many as units."""
        self._expect(widths, 1)
        return self.units


@dataclass(frozen=True)
class Activate(Layer):
    """An activation on its own: y = f(x), element by element."""

    activation: str

    def __post_init__(self) -> None:
        lookup(ACTIVATIONS, "activation", self.activation)

    def width(self, widths: tuple[int, ...]) -> int:
        """As wide as its input."""
        self._expect(widths, 1)
        return widths[0]


@dataclass(frozen=True)
class Dropout(Layer):
    """While training, silence each unit with probability `rate`, scale the rest by 1/(1 - rate).

    Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, "Dropout".
    """

    rate: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.rate < 1.0:
            raise ValueError(
                f"rate must be in [0, 1), got {self.rate}. It is the share of units to silence."
            )

    def width(self, widths: tuple[int, ...]) -> int:
        """As wide as its input."""
        self._expect(widths, 1)
        return widths[0]


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


@dataclass(frozen=True)
class Multiply(_Elementwise):
    """The product of two nodes, element by element: y = a * b."""


@dataclass(frozen=True)
class Concatenate(Layer):
    """Two nodes side by side: y = [a, b]."""

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
