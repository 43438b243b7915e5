"""The first weights of a network."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.network import view
from chainrule.engine.random_state import Drawer, draw_uniform, fill
from chainrule.formulas import INITIALIZERS, POSITIVE_BIAS
from chainrule.graph.layers import Dense
from chainrule.graph.parameters import Array, Start
from chainrule.graph.tape import Instruction, Tape


class Drawing(Drawer, Protocol):
    """What draws: NumPy's RandomState and Generator have these methods."""

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
            weights = line.arrays[0].array
            _start(view(placed, parameters), placed.array, weights, activation, random)


def _activation_of(line: Instruction) -> str:
    activation: Any = line.layer.activation if isinstance(line.layer, Dense) else "identity"
    return activation if isinstance(activation, str) else str(activation.name)


def _start(
    out: NDArray[Any], array: Array, weights: Array, activation: str, random: Drawing
) -> None:
    """Give an array its first values; `weights` is that of the layer's weights."""
    start = array.start
    if start.kind in ("weights", "biases"):
        _by_initializer(out, array, weights, activation, random)
        return
    if start.runs:
        values = np.repeat(_drawn(start, len(start.runs), random), start.runs)
    else:
        values = np.tile(_drawn(start, array.size // start.copies, random), start.copies)
    out[...] = values.reshape(array.shape)


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


def _by_initializer(
    out: NDArray[Any], array: Array, weights: Array, activation: str, random: Drawing
) -> None:
    row = INITIALIZERS[array.start.initializer]
    fan_in, fan_out = weights.shape[-2:]
    if array.start.kind == "biases":
        match array.start.bias_rule:
            case "normal":
                out[...] = random.normal(0.0, 1.0, array.shape)
                return
            case "positive":
                out[...] = POSITIVE_BIAS
                return
            case "zeros" | "he+5":
                out[...] = 0.0
                return
    scale = row.scale(fan_in, fan_out, activation)
    if row.matrix is not None and array is weights:
        out[...] = row.matrix(random, (fan_in, fan_out))
    elif row.distribution == "uniform":
        draw_uniform(random, -scale, scale, out.reshape(-1))
    else:
        fill(out.reshape(-1), partial(random.normal, 0.0, scale))
