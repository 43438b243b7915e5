"""A network: a tape with numbers, ready to run."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.formulas import LOSSES
from chainrule.graph.tape import Tape

from .blas import gemm_address
from .kernels import instructions
from .records import CONTEXT
from .run import ENTERED, JOB, SHARED_NUMBERS, STOP
from .team import yield_address

Numbers = NDArray[np.floating[Any]]


class Network:
    """A tape with a parameter vector in one precision.

    Parameters
    ----------
    tape : Tape
    parameters : ndarray of shape (tape.parameter_count,), float32 or float64
        Read and, by training, changed in place.
    """

    def __init__(self, tape: Tape, parameters: Numbers) -> None:
        if parameters.shape != (tape.parameter_count,):
            raise ValueError(
                f"parameters must have shape ({tape.parameter_count},), got {parameters.shape}. "
                "Lay out the graph again, or take the vector that belongs to it."
            )
        self.tape = tape
        self.parameters = parameters
        # The class float32 or float64. Type checkers hold NumPy's scalar classes to be unhashable,
        # and kernels are cached by them; so a precision is an Any throughout the engine.
        self.dtype: Any = parameters.dtype.type

    @cached_property
    def forward_records(self) -> NDArray[Any]:
        """The instructions that lead to the prediction."""
        return instructions(self.tape, self.dtype, train=False)

    @cached_property
    def records(self) -> NDArray[Any]:
        """All instructions."""
        return instructions(self.tape, self.dtype, train=True)

    def contexts(self, capacity: int, members: int, *, shared: bool) -> "Buffers":
        """Buffers for batches of `capacity` rows: one for all members, or one each."""
        copies = 1 if shared else members
        values = aligned(copies * capacity * self.tape.value_columns, self.dtype)
        values = values.reshape(copies, -1)
        records = np.zeros(members, CONTEXT)
        records["values"] = [values[m % copies].ctypes.data for m in range(members)]
        records["parameters"] = self.parameters.ctypes.data
        records["parameter_count"] = self.tape.parameter_count
        records["capacity"] = capacity
        records["outputs"] = self.tape.outputs
        records["gemm"] = gemm_address(self.dtype)
        return Buffers(records, values)

    @property
    def loss_scale(self) -> float:
        """1 / outputs where the reported loss is a mean over outputs, else 1."""
        mean = LOSSES[self.tape.loss].reduction == "mean"
        return 1.0 / self.tape.outputs if mean else 1.0

    @property
    def weight_instruction(self) -> int:
        """The number of the instruction that gathers sample weights; -1: none."""
        found = [k for k, line in enumerate(self.tape.instructions) if line.operation == "weight"]
        return found[0] if found else -1


@dataclass
class Buffers:
    """Context records, one a member, and the arrays behind their addresses."""

    records: NDArray[Any]
    values: Numbers
    alive: list[Any] = field(default_factory=list)

    def attach(self, name: str, array: NDArray[Any]) -> None:
        """Let every member's field `name` point at an array, and keep that alive."""
        self.records[name] = array.ctypes.data
        self.alive.append(array)


class Job:
    """What a team works on, and the flags that it shares with its caller."""

    def __init__(self, n_rows: int, batch_rows: int, chunk_rows: int) -> None:
        self.shared = aligned(SHARED_NUMBERS, np.int64)
        self.records = np.zeros(1, JOB)
        self.record = self.records[0]
        self.record["n_rows"] = n_rows
        self.record["batch_rows"] = batch_rows
        self.record["chunk_rows"] = chunk_rows
        self.record["shared"] = self.shared.ctypes.data
        self.record["yield_processor"] = yield_address()

    def begin(self, first: int, last: int) -> None:
        """Set the part of the work that comes next."""
        self.record["first"], self.record["last"] = first, last
        self.shared[:] = 0

    def entered(self) -> bool:
        """Whether member 0 has begun."""
        return bool(self.shared[ENTERED])

    def stop(self) -> None:
        """Ask all members to leave."""
        self.shared[STOP] = 1


def views(tape: Tape, parameters: Numbers) -> tuple[list[Numbers], list[Numbers]]:
    """The weights (inputs, units) and biases (units,) of each layer, as views of the flat vector.

    A layer without bias has an empty one.
    """
    coefs, intercepts = [], []
    for line in tape.layers:
        width, fan_in = tape.slots[line.output].width, tape.slots[line.inputs[0]].width
        end = line.parameters + line.rows * width
        matrix = parameters[line.parameters : end].reshape(line.rows, width)
        coefs.append(matrix[:fan_in])
        intercepts.append(matrix[fan_in:].reshape(-1))
    return coefs, intercepts


def aligned(count: int, dtype: Any) -> NDArray[Any]:
    """Zeros that begin at a cache line (64 bytes), as vector instructions like them."""
    size = np.dtype(dtype).itemsize
    raw = np.zeros(count * size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + count * size].view(dtype)
