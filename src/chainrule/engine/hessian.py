"""Products of the Hessian with a vector, exact, at the price of two to three gradients.

Beside every line of the tape that depends on parameters runs its twin, which carries tangents:
forward the change of values along the direction, backward the change of messages (forward-over-
reverse). The twins' gradients are the product.

Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian".
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.formulas import Mixture
from chainrule.formulas.second_order import PULLBACK_TANGENTS, ROW_CURVATURES
from chainrule.graph.messages import learned_slots
from chainrule.graph.spread import spread
from chainrule.graph.tape import Instruction, Tape

from .descent import Steps, penalised_weights
from .kernels import Records, kernel
from .network import Buffers, Network, Numbers, aligned
from .operations.tangents import TANGENTS
from .records import INSTRUCTION
from .rows import Rows
from .unsteady import refuse_unsteady


class TangentNetwork(Network):
    """A network whose tape carries tangents beside values."""

    def __init__(self, tape: Tape, parameters: Numbers) -> None:
        _check(tape)
        super().__init__(spread(tape), parameters)

    @property
    def twins(self) -> NDArray[np.int64]:
        """The number of each line's twin among the records; -1: it has none."""
        return self._places[1]

    @property
    def weight_instruction(self) -> int:
        """The number of the record that gathers sample weights; -1: none."""
        number = super().weight_instruction
        return -1 if number < 0 else int(self._places[0][number])

    @cached_property
    def _places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where each line and its twin stand: the twin next to its line, but before the loss."""
        learned = learned_slots(self.tape)
        lines = self.tape.instructions
        places = np.zeros(len(lines), np.int64)
        twins = np.full(len(lines), -1)
        count = 0
        for number, line in enumerate(lines):
            if line is self.tape.loss:
                twins[number], places[number] = count, count + 1
            else:
                places[number] = count
                if line.output in learned:
                    twins[number] = count + 1
            count += 2 if twins[number] >= 0 else 1
        return places, twins

    def _instructions(self, *, train: bool) -> Records:
        records = super()._instructions(train=train)
        if not train:
            return records
        places, twins = self._places
        both = np.zeros(len(places) + int((twins >= 0).sum()), INSTRUCTION)
        for number, line in enumerate(self.tape.instructions):
            record = records.array[number]
            both[places[number]] = record
            both[places[number]]["gradient"] = 0
            if twins[number] >= 0:
                both[twins[number]] = self._twin(line, record, twins)
        return Records(both, records.alive)

    def _twin(self, line: Instruction, record: Any, twins: NDArray[np.int64]) -> Any:
        twin = record.copy()
        for role in ("forward", "backward", "gradient"):
            if record[role]:
                twin[role] = kernel(
                    line.operation, role, line.row, self.dtype, self.tape.canonical, tangent=True
                )
        if record["next_borrower"] >= 0:
            twin["next_borrower"] = twins[record["next_borrower"]]
        return twin


class HessianProduct(Steps):
    """The Hessian of the penalised mean loss over all rows, times a vector.

    It is that of the sum over outputs, whose gradient `FullGradient` gives.

    Parameters
    ----------
    network : Network
        The Hessian is that at its parameters, as they are when this is called.
    rows : Rows
    batch_rows : int
        The rows pass in batches of so many.

    Raises
    ------
    ValueError
        A layer, activation or loss without second derivatives; a layer that draws numbers or
        looks at the batch.
    """

    moves_weights = False

    def __init__(self, network: Network, rows: Rows, batch_rows: int = 4096) -> None:
        both = TangentNetwork(network.tape, network.parameters)
        super().__init__(both, rows, min(batch_rows, rows.count))
        tape = both.tape
        self._blocks["instruction"] = both.twins[self._blocks["instruction"]]
        self._direction = aligned(tape.parameter_count, both.dtype)
        self._value_tangents = aligned(self.batch_rows * tape.value_columns, both.dtype)
        self._delta_tangents = aligned(self.batch_rows * tape.delta_columns, both.dtype)
        self._penalised = penalised_weights(both)

    def _attach(self, buffers: Buffers) -> None:
        buffers.attach("direction", self._direction)
        buffers.attach("value_tangents", self._value_tangents)
        buffers.attach("delta_tangents", self._delta_tangents)

    def __call__(self, direction: NDArray[Any], alpha: float = 0.0, l2: float = 0.0) -> Numbers:
        """The product with a vector of the parameters' shape; `alpha` and `l2` as in the loss."""
        np.copyto(self._direction, direction)
        self.run(None)
        total = self.rows.total_weight
        product: Numbers = self._gradient / total
        product = product + (alpha / total + l2) * self._penalised * self._direction
        return product.astype(self.network.dtype, copy=False)


def _check(tape: Tape) -> None:
    """Refuse what has no second derivative, and say what."""
    refuse_unsteady(tape, "a product with the Hessian")
    for what in _without_curvature(tape):
        raise ValueError(
            f"layers, activations and loss must have second derivatives for this, got {what}. "
            'Take a solver that needs gradients alone, such as "lbfgs".'
        )


def _without_curvature(tape: Tape) -> Iterator[str]:
    learned = learned_slots(tape)
    for line in tape.instructions[: tape.forward_count]:
        if line.output in learned:
            if line.operation not in TANGENTS:
                yield f"a {line.operation.replace('_', ' ')} at {line.name!r}"
            elif not _has_curvature(line):
                yield f"the activation {line.formula!r}"
    row: Any = tape.loss.row
    if tape.loss.operation == "row_loss" and row.name not in ROW_CURVATURES:
        yield f"the loss {row.name!r}"
    if tape.loss.operation == "loss" and row.curvature is None and not spread(tape).canonical:
        yield f"the loss {row.name!r}"


def _has_curvature(line: Instruction) -> bool:
    row: Any = line.row
    if line.operation == "row_link":
        return row.name in PULLBACK_TANGENTS
    if isinstance(row, Mixture):
        row = row.base
    return row is None or row.curvature is not None
