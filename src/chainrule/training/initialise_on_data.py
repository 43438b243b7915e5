"""First weights that look at data: layer after layer, on what comes out of the layers before."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, view
from chainrule.engine.rows import Rows
from chainrule.formulas import INITIALIZERS, bias_rule
from chainrule.graph.layers import Dense
from chainrule.graph.tape import Instruction

# So many rows tell a deviation to about 1 %.
MOST_ROWS = 4096
# RealMLP's bias rule looks at so many rows for each unit.
BIAS_ROWS = 5


def initialise_on_data(network: Network, rows: Rows, random: np.random.Generator) -> bool:
    """Rescale the weights of layers whose initializer depends on data, and set their biases.

    "lsuv": the layer's outputs before the activation get variance 1 as a whole (Mishkin and Matas
    2016, "All you need is a good init"). "realmlp": each unit's get variance 1, then b is minus a
    random convex combination of the unit's outputs on five rows, "he+5" (Holzmueller, Grinsztajn
    and Steinwart 2024).

    Does nothing, and says so by False, where no layer asks for it. `network` holds weights drawn as
    `initialise` does.
    """
    wanted = [line for line in network.tape.layers if _depends_on_data(line)]
    if not wanted:
        return False
    sample = _sample(rows, random)
    for line in wanted:
        layer = cast(Dense, line.layer)
        values = _input_values(network, sample, line)
        weights, *biases = (view(placed, network.parameters) for placed in line.arrays)
        outputs = values @ weights
        deviation = _deviation(layer, outputs)
        weights /= deviation
        if biases and _rule(layer) == "he+5":
            biases[0][...] = _he_5(outputs / deviation, random)
    return True


def _deviation(layer: Dense, outputs: NDArray[Any]) -> NDArray[Any]:
    """What the weights are divided by."""
    if not INITIALIZERS[layer.initializer].data_dependent:
        return np.ones(1)
    by_unit = layer.initializer == "realmlp"
    deviation = outputs.std(axis=0) if by_unit else outputs.std()
    return np.where(deviation > 0.0, deviation, 1.0)


def _rule(layer: Dense) -> str:
    return bias_rule(layer.initializer, layer.bias_initializer)


def _depends_on_data(line: Instruction) -> bool:
    layer = line.layer
    # A learned activation has a line of its own, whose layer is the Dense as well.
    if line.operation != "dense" or not isinstance(layer, Dense):
        return False
    return depends_on_data(layer.initializer, layer.bias_initializer)


def depends_on_data(initializer: str, bias_initializer: str | None) -> bool:
    """Whether first weights or biases look at rows."""
    rule = bias_rule(initializer, bias_initializer)
    return INITIALIZERS[initializer].data_dependent or rule == "he+5"


def _sample(rows: Rows, random: np.random.Generator) -> Rows:
    """Some of the rows, without targets, as a table of their own.

    Where members have rows of their own, they all see these: no order says otherwise.
    """
    if rows.count > MOST_ROWS:
        subset = np.arange(rows.x.shape[0]) if rows.subset is None else rows.subset
        return Rows(rows.x[np.sort(random.choice(subset, MOST_ROWS, replace=False))])
    return Rows(rows.x if rows.subset is None else rows.x[rows.subset])


def _input_values(network: Network, rows: Rows, line: Instruction) -> NDArray[Any]:
    """What the layer sees at the network's present weights, of shape (rows, inputs)."""
    tape, slot = network.tape, line.inputs[0]
    # The tape as far as the layer, whose input is what comes out.
    before = next(number for number, other in enumerate(tape.instructions) if other is line)
    width = tape.slots[slot].width
    cut = replace(tape, forward_count=before, prediction=slot, outputs=width)
    values = Forward(Network(cut, network.parameters)).predict(rows)
    members = int(line.settings.get("members", 1))
    return values.reshape(len(values) * members, -1).astype(np.float64)


def _he_5(outputs: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Minus a convex combination of five rows' outputs, drawn for each unit."""
    units = outputs.shape[1]
    chosen = random.integers(0, len(outputs), (BIAS_ROWS, units))
    share = random.exponential(size=(BIAS_ROWS, units))
    share /= share.sum(axis=0)
    combined: NDArray[Any] = (outputs[chosen, np.arange(units)] * share).sum(axis=0)
    return -combined
