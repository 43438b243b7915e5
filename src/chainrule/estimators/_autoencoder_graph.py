"""The graphs of an autoencoder: the whole that learns, and its two halves."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned, view
from chainrule.graph import Dense, Dropout, Graph, Input, Node, Noise
from chainrule.graph.layout import lay_out


@dataclass(frozen=True)
class Layers:
    """What the encoder is made of; the decoder mirrors it."""

    units: tuple[int, ...]
    """From the columns of the table to the code."""
    activations: tuple[Any, ...]
    """Of each layer of the encoder; the decoder has that of the layer as wide."""
    tied: bool
    initializer: str

    def encoder(self, node: Node) -> tuple[Node, list[Dense]]:
        """The code, and the layers that lead to it."""
        layers = [
            Dense(units, activation, initializer=self.initializer)
            for units, activation in zip(self.units[1:], self.activations, strict=True)
        ]
        for number, layer in enumerate(layers, 1):
            node = layer(node, name=f"encoder {number}")
        return node, layers

    def decoder(self, node: Node, encoders: list[Dense] | None) -> Node:
        """From a code back to the columns; `encoders` lend the transposes of their weights.

        The way back ends in the output's sums, which have no activation but a link.
        """
        activations = ("identity", *self.activations[:-1])
        for number in reversed(range(len(activations))):
            units, activation = self.units[number], activations[number]
            tied = None if encoders is None else encoders[number]
            layer = Dense(units, activation, initializer=self.initializer, tied=tied)
            node = layer(node, name=f"decoder {len(activations) - number}")
        return node

    def whole(self, noise: float = 0.0, dropout: float = 0.0) -> Graph:
        """From the columns to the columns, through inputs that are disturbed while training."""
        source = node = Input(self.units[0])
        node = Noise(noise)(node) if noise else node
        node = Dropout(dropout)(node) if dropout else node
        code, layers = self.encoder(node)
        return Graph(source, self.decoder(code, layers if self.tied else None))

    @property
    def first_half(self) -> Graph:
        """From the columns to the code."""
        source = Input(self.units[0])
        return Graph(source, self.encoder(source)[0])

    @property
    def second_half(self) -> Graph:
        """From a code to the columns, with weights of its own."""
        source = Input(self.units[-1], name="code")
        return Graph(source, self.decoder(source, None))


@dataclass(frozen=True)
class Weights:
    """What an autoencoder's layers have learned, views of one flat vector.

    Tied weights are views of the encoder's transposes.
    """

    coefs: list[NDArray[Any]]
    intercepts: list[NDArray[Any]]
    decoder: list[NDArray[Any]]
    """All arrays of the decoder as its own tape has them: W, b, what the activation has learned."""

    @classmethod
    def of(cls, layers: Layers, parameters: NDArray[Any]) -> "Weights":
        """Those in the flat vector of the whole graph."""
        weights = cls([], [], [])
        lists = {"W": weights.coefs, "b": weights.intercepts}
        # Up to the code the whole graph is laid out as its first half is.
        first = lay_out(layers.first_half).forward_count
        for number, line in enumerate(lay_out(layers.whole()).instructions):
            for placed in line.arrays:
                array = view(placed, parameters)
                array = array.T if line.operation == "dense_transposed" else array
                if placed.name in lists:
                    lists[placed.name].append(array)
                if number >= first:
                    weights.decoder.append(array)
        return weights


def parameter_count(layers: Layers) -> int:
    """How many numbers the whole graph learns."""
    return lay_out(layers.whole()).parameter_count


def encoder_of(layers: Layers, parameters: NDArray[Any]) -> Forward:
    """The first half, ready to run."""
    tape = lay_out(layers.first_half)
    return Forward(Network(tape, parameters[: tape.parameter_count]))


def decoder_of(layers: Layers, parameters: NDArray[Any], loss: Any, link: str | None) -> Forward:
    """The second half with the output's link, ready to run."""
    tape = lay_out(layers.second_half, loss, link=link)
    own = aligned(tape.parameter_count, parameters.dtype)
    places = [placed for line in tape.layers for placed in line.arrays]
    for placed, array in zip(places, Weights.of(layers, parameters).decoder, strict=True):
        np.copyto(view(placed, own), array)
    return Forward(Network(tape, own))
