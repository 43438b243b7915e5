"""Dropout: while training, each unit is silent with a given probability.

y = x * m / (1 - rate), m = 0 with probability `rate` and 1 otherwise; a prediction takes y = x. The
mask is drawn again in the backward pass from the same counter.
"""

from typing import Any

import numpy as np

from ..jit import inline
from ..random import random_bits, stream_key
from ..records import block, context_at, instruction_at

_ALL_BITS = 4294967296.0  # 2^32


@inline
def _mask(c, i, row, source, to, adds, dtype):  # type: ignore[no-untyped-def]
    """Write (or add) the masked and rescaled source."""
    key = stream_key(c.seed, i.output_value)
    first = (c.step * c.capacity + row) * i.output_width
    silent = np.uint64(i.rate * _ALL_BITS)
    scale = dtype(1.0 / (1.0 - i.rate))
    for j in range(source.size):
        kept = source[j] * scale if random_bits(key, first + j) >= silent else dtype(0)
        to[j] = to[j] + kept if adds else kept


def forward(dtype: Any) -> Any:
    """y = x * m / (1 - rate) while training, y = x otherwise."""

    def dropout_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        x = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        if c.training:
            _mask(c, i, row, x, y, False, dtype)
        else:
            for j in range(y.size):
                y[j] = x[j]
        return 0.0

    return dropout_forward


def backward(dtype: Any) -> Any:
    """dL/dx = dL/dy * m / (1 - rate)."""

    def dropout_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, row, rows, dtype)
        dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
        if c.training:
            _mask(c, i, row, dy, dx, i.a_adds != 0, dtype)
        else:
            for j in range(dx.size):
                dx[j] = dx[j] + dy[j] if i.a_adds else dy[j]
        return 0.0

    return dropout_backward
