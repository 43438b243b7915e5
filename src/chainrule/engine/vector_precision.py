"""How the functions of vector_math are compiled, and what they know of a precision."""

from typing import Any

import numpy as np

# Fixed here, whatever the caller's: nsz ignores the sign of a zero. Under reassoc the range
# reductions would cancel to nothing; nnan and ninf would drop special values; for contract see
# `multiply_add`. A call that is left in a loop keeps it from vectorising, so each is inlined at any
# length.
OPTIONS: Any = {"fastmath": {"nsz"}, "error_model": "numpy", "forceinline": True}

Float = type[np.floating[Any]]
# What Numba's decorators give.
Function = Any


def typed(dtype: Float, values: tuple[float, ...]) -> tuple[Any, ...]:
    """Constants in a precision."""
    return tuple(dtype(value) for value in values)


def magic(dtype: Float) -> float:
    """1.5 * 2^(mantissa bits): adding it rounds to an integer, see bits.py."""
    return 1.5 * 2.0 ** np.finfo(dtype).nmant


def bias(dtype: Float) -> float:
    """What is added to an exponent to store it."""
    return float(np.finfo(dtype).maxexp - 1)


def is_single(dtype: Float) -> bool:
    """Whether the precision is float32."""
    return dtype is np.float32
