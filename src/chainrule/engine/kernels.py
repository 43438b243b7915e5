"""A tape's kernels: compiled when first needed, one for each operation, formula and precision."""

from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from chainrule.formulas import OPTIMIZERS
from chainrule.graph.tape import Instruction, Slot, Tape

from . import vector_math as vector_math  # registers the elementary functions with the compiler
from .jit import FASTMATH, REDUCTION, compile_kernel, fingerprint
from .operations import OPERATIONS, update
from .records import INSTRUCTION

_KERNEL = types.float64(types.int64, types.int64, types.int64, types.int64)


def instructions(tape: Tape, dtype: Any, *, train: bool) -> NDArray[Any]:
    """The tape as records for the interpreter; without training only the way to the prediction."""
    lines = tape.instructions if train else tape.instructions[: tape.forward_count]
    records = np.zeros(len(lines), INSTRUCTION)
    for record, line in zip(records, lines, strict=True):
        _fill(record, line, tape)
        canonical = tape.canonical
        record["forward"] = kernel(line.operation, "forward", line.row, dtype, canonical)
        if train:
            if any(message.wanted for message in line.messages):
                record["backward"] = kernel(line.operation, "backward", line.row, dtype, canonical)
            if line.has_parameters:
                record["gradient"] = kernel(line.operation, "gradient", line.row, dtype, canonical)
    return records


def _fill(record: Any, line: Instruction, tape: Tape) -> None:
    """Slots and places of one instruction."""
    nothing = Slot(0, 0)
    read = [tape.slots[slot] for slot in line.inputs] + [nothing] * 3
    messages = line.messages
    output = tape.slots[line.output]
    record["output_value"], record["output_delta"] = output.value, output.delta
    record["output_width"] = output.width
    for letter, number in (("a", 0), ("b", 1)):
        wanted = number < len(messages) and messages[number].wanted
        record[f"{letter}_value"] = read[number].value
        record[f"{letter}_width"] = read[number].width
        record[f"{letter}_delta"] = read[number].delta if wanted else -1
        record[f"{letter}_adds"] = wanted and messages[number].adds
    weighted = line.operation == "loss" and len(line.inputs) == 3
    record["weight_value"] = read[2].value if weighted else -1
    record["parameters"] = line.parameters
    record["has_bias"] = line.rows > read[0].width
    record["column"] = line.column
    record["rate"] = getattr(line.layer, "rate", 0.0)


@cache
def kernel(operation: str, role: str, row: Any, dtype: Any, canonical: bool) -> int:
    """The address of the compiled kernel of one operation, with a formula's row or None."""
    make = getattr(OPERATIONS[operation], role)
    arguments = [dtype] if row is None else [dtype, row]
    if operation == "loss" and role == "backward":
        arguments.append(canonical)
    key = (operation, role, fingerprint(row), dtype.__name__, canonical)
    fastmath = REDUCTION if role == "gradient" or operation == "loss" else FASTMATH
    return _compile(make(*arguments), key, fastmath)


def optimizer(name: str, role: str, dtype: Any) -> int:
    """The address of the compiled kernel of an optimizer: its `update` or its `constants`."""
    return _optimizer(OPTIMIZERS[name], role, dtype)


@cache
def _optimizer(row: Any, role: str, dtype: Any) -> int:
    function = getattr(update, role)(dtype, row)
    return _compile(function, (role, fingerprint(row), dtype.__name__), REDUCTION)


# The code of a kernel lives as long as the object that Numba gave for it.
_alive: list[Any] = []


def _compile(function: Any, key: tuple[object, ...], fastmath: set[str]) -> int:
    compiled = compile_kernel(function, _KERNEL, key, fastmath=fastmath)
    _alive.append(compiled)
    return int(compiled.address)
