"""What compiled code reads: the instruction, and the context of the team's member that runs it.

All buffers are given by address, so that one compiled kernel serves every network and no reference
counts are shared between threads.
"""

import ctypes
from functools import cache
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from chainrule.formulas import OptimizerSettings

from .jit import inline
from .machine import pointer
from .work import JOB

INSTRUCTION = np.dtype(
    [
        # addresses of compiled kernels, 0 where there is none
        ("forward", np.int64),
        ("forward_units", np.int64),
        ("backward", np.int64),
        ("gradient", np.int64),
        ("settle", np.int64),
        # slots: columns of the value and delta buffers (-1: no gradient), and widths
        ("output_value", np.int64),
        ("output_delta", np.int64),
        ("output_width", np.int64),
        ("a_value", np.int64),
        ("a_delta", np.int64),
        ("a_width", np.int64),
        ("a_adds", np.int64),
        ("b_value", np.int64),
        ("b_delta", np.int64),
        ("b_width", np.int64),
        ("b_adds", np.int64),
        ("weight_value", np.int64),
        # place in the flat parameter vector, how many numbers, and into how many rows they can be
        # cut; whether another instruction owns them, and the next that borrows the same
        ("parameters", np.int64),
        ("parameter_count", np.int64),
        ("parameter_rows", np.int64),
        ("has_bias", np.int64),
        ("borrowed", np.int64),
        ("next_borrower", np.int64),
        # inputs: the first column of the table
        ("column", np.int64),
        # whether all rows must have come as far as here before it begins (backward: before what
        # comes before it), and its place among the sums over chunks
        ("meets", np.int64),
        ("statistics", np.int64),
        # whether its gradient can be summed before its own backward step
        ("gradient_first", np.int64),
        # links of rows: the address of the widths of their groups of columns, and how many
        ("heads", np.int64),
        ("n_heads", np.int64),
        # bins: the address of their edges in float64, whatever the network's precision
        ("edges", np.int64),
        # settings of layers
        ("members", np.int64),
        ("own_rows", np.int64),
        ("hidden", np.int64),
        ("rate", np.float64),
        ("epsilon", np.float64),
        ("low", np.float64),
        ("high", np.float64),
    ],
    align=True,
)

CONTEXT = np.dtype(
    [
        # buffers, by address
        ("values", np.int64),
        ("deltas", np.int64),
        ("parameters", np.int64),
        ("gradient", np.int64),
        ("state", np.int64),
        ("constants", np.int64),
        ("settings", np.int64),
        ("statistics", np.int64),
        # a learned prior: its instruction, and what the weights of each block say of it
        ("prior", np.int64),
        ("prior_sums", np.int64),
        # a direction in the space of parameters, and how values and deltas change along it
        ("direction", np.int64),
        ("value_tangents", np.int64),
        ("delta_tangents", np.int64),
        # the data, by address
        ("x", np.int64),
        ("x_indices", np.int64),
        ("x_indptr", np.int64),
        ("y", np.int64),
        ("sample_weight", np.int64),
        ("order", np.int64),
        # sizes
        ("columns", np.int64),
        ("outputs", np.int64),
        ("capacity", np.int64),
        ("parameter_count", np.int64),
        # rows of a chunk, and how many numbers each leaves for the others
        ("chunk_rows", np.int64),
        ("statistics_width", np.int64),
        # the team: how many members, and what they share, by address; the numbers of all blocks,
        # member after member, and where this one's begin and end
        ("team_members", np.int64),
        ("shared", np.int64),
        ("turns", np.int64),
        ("own_first", np.int64),
        ("own_last", np.int64),
        # the last part of the work that this member began, and the batch at hand
        ("slice", np.int64),
        ("first", np.int64),
        ("rows", np.int64),
        ("scale", np.float64),
        # random draws: the seed, the step, whether there are any, the factor of dropout rates and
        # noise, and the share of a row's own values where rows are mixed (1: they are not)
        ("seed", np.int64),
        ("step", np.int64),
        ("training", np.int64),
        ("noise", np.float64),
        ("mix", np.float64),
        # whether the gradient holds penalties and scale already, and what clips it
        ("prepared", np.int64),
        ("clip", np.float64),
        ("max_norm", np.float64),
        # matrix product of this precision, by the address of the member's workspace
        ("gemm", np.int64),
        # whether a parameter gradient is added to what is there
        ("accumulate", np.int64),
        # which rows of the batch a parameter gradient sums over, and which of `parts` buffers it
        # goes to; their sum is the batch's gradient
        ("gradient_row", np.int64),
        ("gradient_rows", np.int64),
        ("part", np.int64),
        ("parts", np.int64),
    ],
    align=True,
)

# What an optimizer's formula may ask for: the properties of OptimizerSettings.
OPTIMIZER_SETTINGS = tuple(k for k, v in vars(OptimizerSettings).items() if isinstance(v, property))
# What acts on the gradient or on the weight before the formula does: penalties (alpha divided by
# the weight of the batch, l1 and l2 not), decoupled decay times the rate, a bound on each slope.
PENALTY_SETTINGS = ("alpha", "l1", "l2", "decay_rate", "weight_decay", "clip_value")
# One record for each group of parameters.
SETTINGS = np.dtype([(name, np.float64) for name in (*OPTIMIZER_SETTINGS, *PENALTY_SETTINGS)])

_CONTEXT_TYPE = numba.from_dtype(CONTEXT)
_INSTRUCTION_TYPE = numba.from_dtype(INSTRUCTION)
_SETTINGS_TYPE = numba.from_dtype(SETTINGS)


def structures(records: NDArray[Any]) -> list[Any]:
    """The same records, of which Python sets a field in a fifth of the time that NumPy takes."""
    return list((_structure(records.dtype) * len(records)).from_buffer(records))


@cache
def _structure(dtype: np.dtype[Any]) -> Any:
    kinds = {np.dtype(np.int64): ctypes.c_int64, np.dtype(np.float64): ctypes.c_double}
    fields = [(name, kinds[dtype[name]]) for name in dtype.names or ()]
    # Without slots a misspelt field would be a new attribute of the object.
    return type("Structure", (ctypes.Structure,), {"_fields_": fields, "__slots__": ()})


def array_type(dtype: Any) -> Any:
    """What Numba calls a flat array of such numbers or records."""
    return types.Array(numba.from_dtype(np.dtype(dtype)), 1, "C")


def _record_at(record_type: Any) -> Any:
    @intrinsic
    def record_at(typingctx: Any, address: Any) -> Any:
        signature = record_type(types.int64)

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            # Numba represents a record by the address of its bytes.
            size = ir.ArrayType(ir.IntType(8), record_type.size)
            return builder.inttoptr(args[0], size.as_pointer())

        return signature, generate

    return record_at


context_at = _record_at(_CONTEXT_TYPE)
instruction_at = _record_at(_INSTRUCTION_TYPE)
settings_at = _record_at(_SETTINGS_TYPE)
job_at = _record_at(numba.from_dtype(JOB))


@inline
def numbers(address, start, count, dtype):  # type: ignore[no-untyped-def]
    """A view of `count` numbers from number `start` of the buffer at `address`."""
    return numba.carray(pointer(address, start, dtype), (count,))


@inline
def block(address, column, width, capacity, row, rows, dtype):  # type: ignore[no-untyped-def]
    """The rows of a slot, flat: `rows` times `width` numbers from row `row`."""
    return numbers(address, column * capacity + row * width, rows * width, dtype)


@inline
def own_gradient(c, i, dtype):  # type: ignore[no-untyped-def]
    """Where an instruction's gradient goes; cleared unless it is added to what is there."""
    place = c.part * c.parameter_count + i.parameters
    out = numbers(c.gradient, place, i.parameter_count, dtype)
    if not (c.accumulate or i.borrowed):
        for j in range(out.size):
            out[j] = dtype(0)
    return out
