"""Noise: while training, a normal number is added to each unit; a prediction takes y = x.

Each normal number is made of one draw of 64 bits (Box and Muller 1958, "A note on the generation of
random normal deviates"): sqrt(-2 log u) cos(2 pi v), u and v uniform in the unit interval.
"""

from typing import Any

import numpy as np

from chainrule.formulas.elementary import cos_turns, log, sqrt

from ..jit import inline
from ..random import random_bits_64, stream_key
from ..records import block, context_at, instruction_at

_UNIT = 2.0**-32
_HALF, _LOW = np.uint64(32), np.uint64(2**32 - 1)
# Numbers that are drawn at a time: they stay in the first-level cache.
_TILE = 256


@inline
def _add_noise(x, y, deviation, key, counter, dtype):  # type: ignore[no-untyped-def]
    """y = x + noise, in three loops because one of all this does not vectorise."""
    uniform = np.empty((2, _TILE), dtype)
    for first in range(0, y.size, _TILE):
        # Slices, since indices like first + j might be negative for all that the compiler knows.
        source, to = x[first : first + _TILE], y[first : first + _TILE]
        u, v = uniform[0, : to.size], uniform[1, : to.size]
        for j in range(u.size):
            bits = random_bits_64(key, counter + first + j)
            # The half keeps u from 0.
            u[j] = dtype(_UNIT) * (dtype(bits >> _HALF) + dtype(0.5))
            v[j] = dtype(_UNIT) * dtype(bits & _LOW)
        for j in range(u.size):
            u[j] = deviation * sqrt(dtype(-2.0) * log(u[j]))
        for j in range(to.size):
            to[j] = source[j] + u[j] * cos_turns(v[j])


def forward(dtype: Any) -> Any:
    """y = x + deviation * N(0, 1) while training, y = x otherwise."""

    def noise_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        x = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        deviation = dtype(i.rate * c.noise) if c.training else dtype(0)
        if deviation > dtype(0):
            key = stream_key(c.seed, i.output_value)
            counter = (c.step * c.capacity + row) * i.output_width
            _add_noise(x, y, deviation, key, counter, dtype)
        else:
            for j in range(y.size):
                y[j] = x[j]
        return 0.0

    return noise_forward
