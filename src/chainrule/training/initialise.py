"""The first weights of a network."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.network import view
from chainrule.formulas import INITIALIZERS, POSITIVE_BIAS
from chainrule.graph.layers import Dense
from chainrule.graph.parameters import Array, Placed, Start
from chainrule.graph.tape import Instruction, Tape


class Drawing(Protocol):
    """What draws: NumPy's RandomState and Generator have these methods."""

    def uniform(self, low: float, high: float, size: Any) -> NDArray[Any]:
        """Draw uniformly from [low, high)."""

    def normal(self, loc: float, scale: float, size: Any) -> NDArray[Any]:
        """Draw from a normal distribution."""


def initialise(
    tape: Tape,
    parameters: NDArray[Any],
    random: Drawing,
    activations: Sequence[str] | None = None,
) -> None:
    """Give every array of parameters its first values, one after the other along the tape.

    `activations` says for each Dense which activation its initializer is told; None takes the
    layers' own.
    """
    told = iter(activations or ())
    for line in tape.layers:
        activation = _activation_of(line)
        if line.operation == "dense":
            activation = next(told, activation)
        for placed in line.arrays:
            view(placed, parameters)[...] = _first_values(
                placed, line.arrays[0], activation, random
            )


def _activation_of(line: Instruction) -> str:
    activation: Any = line.layer.activation if isinstance(line.layer, Dense) else "identity"
    return activation if isinstance(activation, str) else str(activation.name)


def _first_values(placed: Placed, first: Placed, activation: str, random: Drawing) -> Any:
    """An array's first values; `first` is that of the layer's weights."""
    array = placed.array
    start = array.start
    if start.kind in ("weights", "biases"):
        return _by_initializer(array, first.array, activation, random)
    if start.runs:
        values = np.repeat(_drawn(start, len(start.runs), random), start.runs)
    else:
        values = np.tile(_drawn(start, array.size // start.copies, random), start.copies)
    return values.reshape(array.shape)


def _drawn(start: Start, count: int, random: Drawing) -> NDArray[Any]:
    match start.kind:
        case "normal":
            return random.normal(0.0, start.size, count)
        case "uniform":
            return random.uniform(-start.size, start.size, count)
        case "signs":
            return np.where(random.uniform(-1.0, 1.0, count) < 0.0, -1.0, 1.0)
        case _:
            return np.full(count, start.size)


def _by_initializer(array: Array, weights: Array, activation: str, random: Drawing) -> Any:
    row = INITIALIZERS[array.start.initializer]
    fan_in, fan_out = weights.shape[-2:]
    if array.start.kind == "biases":
        match array.start.bias_rule:
            case "normal":
                return random.normal(0.0, 1.0, array.shape)
            case "positive":
                return POSITIVE_BIAS
            case "zeros" | "he+5":
                return 0.0
    scale = row.scale(fan_in, fan_out, activation)
    if row.matrix is not None and array is weights:
        return row.matrix(random, (fan_in, fan_out))
    if row.distribution == "uniform":
        return random.uniform(-scale, scale, array.shape)
    return random.normal(0.0, scale, array.shape)
