"""A tape's kernels: compiled when first needed, one for each operation, formula and precision."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from chainrule.formulas import OPTIMIZERS
from chainrule.graph.tape import Instruction, Slot, Tape

from . import partition
from . import vector_math as vector_math  # registers the elementary functions with the compiler
from .jit import FASTMATH, REDUCTION, compile_kernel, fingerprint
from .operations import OPERATIONS, update
from .operations.tangents import TANGENTS
from .records import INSTRUCTION, structures

_KERNEL = types.float64(types.int64, types.int64, types.int64, types.int64)


@dataclass
class Records:
    """Instruction records, and the arrays behind addresses in them."""

    array: NDArray[Any]
    alive: list[Any] = field(default_factory=list)

    def fill(self, record: Any, line: Instruction, tape: Tape) -> None:
        """Slots and places of one instruction."""
        nothing = Slot(0, 0)
        read = [tape.slots[slot] for slot in line.inputs] + [nothing] * 3
        messages = line.messages
        output = tape.slots[line.output]
        record.output_value, record.output_delta = output.value, output.delta
        record.output_width = output.width
        for letter, number in (("a", 0), ("b", 1)):
            wanted = number < len(messages) and messages[number].wanted
            setattr(record, f"{letter}_value", read[number].value)
            setattr(record, f"{letter}_width", read[number].width)
            setattr(record, f"{letter}_delta", read[number].delta if wanted else -1)
            setattr(record, f"{letter}_adds", wanted and messages[number].adds)
        weighted = line.operation in ("loss", "row_loss") and len(line.inputs) == 3
        record.weight_value = read[2].value if weighted else -1
        record.parameters = line.parameters
        record.parameter_count = line.parameter_count
        record.parameter_rows = line.parameter_rows
        record.has_bias = line.operation == "dense" and len(line.arrays) == 2
        record.borrowed = line.borrows >= 0
        record.next_borrower = -1
        record.column = line.column
        if line.heads or line.edges:
            heads, edges = np.array(line.heads, np.int64), np.array(line.edges, np.float64)
            self.alive += [heads, edges]
            record.heads, record.n_heads = heads.ctypes.data, len(heads)
            record.edges = edges.ctypes.data
        for name, value in {"members": 1, "own_rows": 1, "high": 1.0, **line.settings}.items():
            setattr(record, name, value)


def instructions(tape: Tape, dtype: Any, *, train: bool) -> Records:
    """The tape as records for the interpreter; without training only the way to the prediction."""
    lines = tape.instructions if train else tape.instructions[: tape.forward_count]
    records = Records(np.zeros(len(lines), INSTRUCTION))
    each = structures(records.array)
    borrowers: dict[int, int] = {}
    for number, (record, line) in enumerate(zip(each, lines, strict=True)):
        records.fill(record, line, tape)
        if line.borrows >= 0 and OPERATIONS[line.operation].gradient:
            each[borrowers.get(line.borrows, line.borrows)].next_borrower = number
            borrowers[line.borrows] = number
        roles = ["forward", *(_roles(line) if train else ())]
        for role in roles:
            address = kernel(line.operation, role, line.row, dtype, tape.canonical)
            setattr(record, role, address)
        record.gradient_first = train and OPERATIONS[line.operation].gradient_first
    return records


def sharing_units(records: NDArray[Any], tape: Tape, dtype: Any) -> NDArray[Any]:
    """The same instructions forward, with kernels by which members share a wide layer's units."""
    shared = records.copy()
    for record, line in zip(structures(shared), tape.instructions, strict=False):
        if partition.is_wide(line):
            record.forward_units = kernel(
                line.operation, "forward_units", line.row, dtype, tape.canonical
            )
    return shared


def _roles(line: Instruction) -> list[str]:
    """What an instruction does in training besides its forward step."""
    operation = OPERATIONS[line.operation]
    # What meets leaves sums in its backward step, which its gradient needs too.
    passes = line.settings.get("meets") or any(message.wanted for message in line.messages)
    roles = ["backward"] if passes else []
    if line.arrays:
        roles += [role for role in ("gradient", "settle") if getattr(operation, role)]
    return roles


def kernel(
    operation: str, role: str, row: Any, dtype: Any, canonical: bool, *, tangent: bool = False
) -> int:
    """The address of the compiled kernel of one operation, with a formula's row or None.

    Whether link and loss are a canonical pair matters to the loss on its way back alone.
    """
    asks = operation == "loss" and role == "backward"
    return _kernel(operation, role, row, dtype, canonical if asks else None, tangent)


@cache
def _kernel(
    operation: str, role: str, row: Any, dtype: Any, canonical: bool | None, tangent: bool
) -> int:
    make = getattr((TANGENTS if tangent else OPERATIONS)[operation], role)
    arguments = [dtype] if row is None else [dtype, row]
    if canonical is not None:
        arguments.append(canonical)
    key = (operation, role, fingerprint(row), dtype.__name__, canonical, tangent)
    sums = role == "gradient" or operation in ("loss", "row_loss")
    fastmath = REDUCTION if sums else FASTMATH
    return _compile(make(*arguments), key, fastmath)


@cache
def beside_rows(operation: str, role: str, row: Any, dtype: Any) -> int:
    """The address of a kernel that sees weights alone: `pull` or `collect` of a learned prior."""
    function = getattr(OPERATIONS[operation], role)(dtype, row)
    return _compile(function, (operation, role, fingerprint(row), dtype.__name__), FASTMATH)


def optimizer(name: str, role: str, dtype: Any) -> int:
    """The address of the compiled kernel of an optimizer: `update`, `constants` or `prepare`."""
    return _optimizer(OPTIMIZERS[name], role, dtype)


@cache
def _optimizer(row: Any, role: str, dtype: Any) -> int:
    function = getattr(update, role)(dtype, row)
    return _compile(function, (role, fingerprint(row), dtype.__name__), REDUCTION)


def _compile(function: Any, key: tuple[object, ...], fastmath: set[str]) -> int:
    return int(compile_kernel(function, _KERNEL, key, fastmath=fastmath).address)
