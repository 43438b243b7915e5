"""A network: a tape with numbers, ready to run."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.graph.parameters import Placed
from chainrule.graph.tape import Tape

from .gemm import workspaces
from .kernels import Records, instructions
from .records import CONTEXT, structures
from .rows import address
from .team import yield_address
from .work import ITEMS, JOB, LINE, STOP

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

        self._made: dict[bool, Records] = {}

    def _records(self, *, train: bool) -> Records:
        # Made once for good, also where two threads come at once: others know its address.
        made = self._made.get(train)
        return made or self._made.setdefault(train, self._instructions(train=train))

    def _instructions(self, *, train: bool) -> Records:
        return instructions(self.tape, self.dtype, train=train)

    @property
    def forward_records(self) -> NDArray[Any]:
        """The instructions that lead to the prediction."""
        return self._records(train=False).array

    @property
    def records(self) -> NDArray[Any]:
        """All instructions."""
        return self._records(train=True).array

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
        records["noise"] = records["mix"] = 1.0
        records["team_members"] = members
        buffers = Buffers(records, values)
        buffers.attach_own("gemm", workspaces(members, self.dtype))
        return buffers

    @property
    def loss_scale(self) -> float:
        """1 / outputs where the reported loss is a mean over outputs, else 1."""
        loss = self.tape.loss
        row: Any = loss.row
        outputs = self.tape.slots[loss.inputs[0]].width / loss.settings["members"]
        return 1.0 / outputs if row.reduction == "mean" else 1.0

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
    own: dict[str, NDArray[Any]] = field(default_factory=dict)
    """Arrays with a part for each member, by the field that points at it."""

    def __post_init__(self) -> None:
        self.each = structures(self.records)

    def attach(self, name: str, array: NDArray[Any]) -> None:
        """Let every member's field `name` point at an array, and keep that alive."""
        self.records[name] = array.ctypes.data
        self.alive.append(array)

    def attach_own(self, name: str, array: NDArray[Any]) -> None:
        """Let each member's field `name` point at its own part of an array."""
        self.records[name] = [part.ctypes.data for part in array]
        self.own[name] = array


class Job:
    """What a team works on, and the flags that it shares with its caller."""

    def __init__(self, n_rows: int, batch_rows: int, chunk_rows: int) -> None:
        self._memory = np.zeros(1, JOB)
        self.address = address(self._memory)
        (self.record,) = structures(self._memory)
        self.record.n_rows = n_rows
        self.record.batch_rows = batch_rows
        self.record.chunk_rows = chunk_rows
        self.record.yield_processor = yield_address()
        self._slice = 0
        self._tape: NDArray[Any] | None = None
        # What members share, whose contexts know its address; a barrier's count belongs to one size
        # of team.
        self.shared = aligned(ITEMS + LINE, np.int64)

    def follow(self, tape: NDArray[Any]) -> None:
        """Let these be the instructions; they stay alive as long as the job."""
        if tape is not self._tape:
            self._tape = tape
            self.record.tape, self.record.n_instructions = address(tape), len(tape)

    def begin(self, first: int, last: int) -> None:
        """Set the part of the work that comes next."""
        self._slice += 1
        record = self.record
        record.slice, record.first, record.last = self._slice, first, last
        self.shared[STOP:] = 0

    def stop(self) -> None:
        """Ask all members to leave."""
        self.shared[STOP] = 1


@dataclass(frozen=True, eq=False)
class MemberTask:
    """What a member of a team runs; keeps alive what a helper still reads at its end."""

    compiled: Any
    contexts: int
    job: int
    shared: NDArray[np.int64]
    alive: tuple[Any, ...]

    def __call__(self, member: int, state: int) -> None:
        """Do the part of a member; `state` is the address of a helper's, or 0."""
        self.compiled(self.contexts, self.job, member, state)


def views(tape: Tape, parameters: Numbers) -> tuple[list[Numbers], list[Numbers]]:
    """The weights (inputs, units) and biases (units,) of each Dense, as views of the flat vector.

    A layer without bias has an empty one.
    """
    coefs, intercepts = [], []
    for line in tape.layers:
        if line.operation == "dense":
            weights, *biases = (view(placed, parameters) for placed in line.arrays)
            coefs.append(weights)
            intercepts.append(biases[0] if biases else parameters[:0])
    return coefs, intercepts


def view(placed: Placed, parameters: Numbers) -> Numbers:
    """One array of parameters, as a view of the flat vector."""
    return parameters[placed.start : placed.stop].reshape(placed.array.shape)


def aligned(count: int, dtype: Any) -> NDArray[Any]:
    """Zeros that begin at a cache line (64 bytes), as vector instructions like them."""
    size = np.dtype(dtype).itemsize
    raw = np.zeros(count * size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + count * size].view(dtype)
