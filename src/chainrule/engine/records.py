"""What compiled code reads: the instruction, and the context of the team's member that runs it.

All buffers are given by address, so that one compiled kernel serves every network and no reference
counts are shared between threads.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from chainrule.formulas import OptimizerSettings

from .jit import inline
from .machine import pointer

INSTRUCTION = np.dtype(
    [
        # addresses of compiled kernels, 0 where there is none
        ("forward", np.int64),
        ("backward", np.int64),
        ("gradient", np.int64),
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
        # place in the flat parameter vector, and how many rows of parameters there are
        ("parameters", np.int64),
        ("has_bias", np.int64),
        ("column", np.int64),
        ("rate", np.float64),
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
        # the batch at hand
        ("first", np.int64),
        ("rows", np.int64),
        ("scale", np.float64),
        ("alpha", np.float64),
        # random draws: the seed, the step, and whether there are any
        ("seed", np.int64),
        ("step", np.int64),
        ("training", np.int64),
        # matrix product of this precision, by address
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
_SETTING_NAMES = [k for k, v in vars(OptimizerSettings).items() if isinstance(v, property)]
SETTINGS = np.dtype([(name, np.float64) for name in _SETTING_NAMES])

_CONTEXT_TYPE = numba.from_dtype(CONTEXT)
_INSTRUCTION_TYPE = numba.from_dtype(INSTRUCTION)
_SETTINGS_TYPE = numba.from_dtype(SETTINGS)


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


@inline
def numbers(address, start, count, dtype):  # type: ignore[no-untyped-def]
    """A view of `count` numbers from number `start` of the buffer at `address`."""
    return numba.carray(pointer(address, start, dtype), (count,))


@inline
def block(address, column, width, capacity, row, rows, dtype):  # type: ignore[no-untyped-def]
    """The rows of a slot, flat: `rows` times `width` numbers from row `row`."""
    return numbers(address, column * capacity + row * width, rows * width, dtype)
