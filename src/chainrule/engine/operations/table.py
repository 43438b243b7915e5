"""The table of operations: a new one is a row here and a line in `graph/tape.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import activation, combine, dense, dropout, inputs, loss, row_link

Factory = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """Makers of an instruction's kernels, given the precision and, where there is one, the formula.

    `forward` computes the output slot of some rows, `backward` sends messages to the input slots of
    those rows, and `gradient` computes some rows of the parameters' gradient over the whole batch.
    """

    forward: Factory
    backward: Factory | None = None
    gradient: Factory | None = None


OPERATIONS: dict[str, Operation] = {
    "input": Operation(inputs.dense_input),
    "sparse_input": Operation(inputs.sparse_input),
    "dense": Operation(dense.forward, dense.backward, dense.gradient),
    "activation": Operation(activation.forward, activation.backward),
    "row_link": Operation(row_link.forward, row_link.backward),
    "add": Operation(combine.add_forward, combine.add_backward),
    "multiply": Operation(combine.multiply_forward, combine.multiply_backward),
    "concatenate": Operation(combine.concatenate_forward, combine.concatenate_backward),
    "dropout": Operation(dropout.forward, dropout.backward),
    "target": Operation(inputs.target),
    "target_codes": Operation(inputs.target_codes),
    "weight": Operation(inputs.weight),
    "loss": Operation(loss.forward, loss.backward),
}
