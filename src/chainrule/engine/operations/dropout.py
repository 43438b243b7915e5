"""Dropout: while training, each unit is silent with a given probability.

y = x * m / (1 - rate), m = 0 with probability `rate` and 1 otherwise; a prediction takes y = x. The
mask is drawn again in the backward pass from the same counter. One draw of 64 bits decides for four
units, so the probability is a multiple of 2^-16.
"""

from typing import Any

import numpy as np

from ..jit import inline
from ..random import random_bits_64, stream_key
from ..records import block, context_at, instruction_at
from ..vectors import widest_vectors

_ALL_BITS = 65536.0  # 2^16
# Units whose bits are drawn at a time: they stay in the first-level cache.
_TILE = 1024


@inline
def _draw(key, start, bits):  # type: ignore[no-untyped-def]
    widest_vectors()
    for j in range(bits.size):
        bits[j] = random_bits_64(key, start + j)


@inline
def _scale_kept(source, lanes, silent, scale, to, in_place, adds):  # type: ignore[no-untyped-def]
    widest_vectors()
    zero = source.dtype.type(0)
    if in_place:
        for j in range(to.size):
            to[j] *= scale if lanes[j] >= silent else zero
    elif adds:
        for j in range(to.size):
            to[j] += source[j] * (scale if lanes[j] >= silent else zero)
    else:
        for j in range(to.size):
            to[j] = source[j] * (scale if lanes[j] >= silent else zero)


@inline
def _mask(c, i, row, source, to, in_place, adds):  # type: ignore[no-untyped-def]
    """Write (or add) the masked and rescaled source."""
    key, rate = stream_key(c.seed, i.output_value), i.rate * c.noise
    silent = np.uint16(min(rate * _ALL_BITS + 0.5, _ALL_BITS - 1.0))
    scale = source.dtype.type(1.0 / (1.0 - rate))
    start = (c.step * c.capacity + row) * i.output_width
    past = start % 4  # units of the first draw that lie before
    bits = np.empty(_TILE // 4 + 1, np.uint64)
    lanes = bits.view(np.uint16)
    for first in range(0, to.size, _TILE):
        last = min(first + _TILE, to.size)
        _draw(key, (start + first) // 4, bits[: (past + last - first + 3) // 4])
        own = lanes[past : past + last - first]
        _scale_kept(source[first:last], own, silent, scale, to[first:last], in_place, adds)


def forward(dtype: Any) -> Any:
    """y = x * m / (1 - rate) while training, y = x otherwise."""

    def dropout_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        in_place = i.a_value == i.output_value
        x = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        if c.training and i.rate * c.noise > 0.0:
            _mask(c, i, row, x, y, in_place, False)
        elif not in_place:
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
        in_place, adds = i.a_delta == i.output_delta, i.a_adds != 0
        dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, row, rows, dtype)
        dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
        if c.training and i.rate * c.noise > 0.0:
            _mask(c, i, row, dy, dx, in_place, adds)
        elif not in_place:
            for j in range(dx.size):
                dx[j] = dx[j] + dy[j] if adds else dy[j]
        return 0.0

    return dropout_backward
