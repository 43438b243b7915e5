"""Noise: while training, a normal number is added to each unit; a prediction takes y = x.

Normal numbers are made in pairs (Box and Muller 1958, "A note on the generation of random normal
deviates"): r cos(2 pi v) and r sin(2 pi v) with r = sqrt(-2 log u), u and v uniform in the unit
interval, 32 bits each. So one draw of 64 bits serves two units. All that a batch needs are numbered
and made a tile at a time, whoever needs how many of them.
"""

from typing import Any

import numpy as np

from chainrule.formulas.elementary import cos_turns, log, sin_turns, sqrt

from ..jit import inline
from ..random import random_bits_64, stream_key
from ..records import block, context_at, instruction_at
from ..vectors import widest_vectors

_UNIT = 2.0**-32
# Pairs that are made together; the first numbers of all pairs come before the second ones, so that
# loops run over neighbours.
_PAIRS = 128
_TILE = 2 * _PAIRS


@inline
def _draw(key, tile, bits):  # type: ignore[no-untyped-def]
    widest_vectors()
    for j in range(bits.size):
        bits[j] = random_bits_64(key, tile * _PAIRS + j)


@inline
def _make_normal(uniform, deviation, normal, dtype):  # type: ignore[no-untyped-def]
    """A tile of normal numbers of 32 random bits each."""
    widest_vectors()
    u, v = uniform[:_PAIRS], uniform[_PAIRS:]
    first, second = normal[:_PAIRS], normal[_PAIRS:]
    for j in range(_PAIRS):
        # The half keeps u from 0.
        r = deviation * sqrt(dtype(-2.0) * log(dtype(_UNIT) * (dtype(u[j]) + dtype(0.5))))
        turns = dtype(_UNIT) * dtype(v[j])
        first[j] = r * cos_turns(turns)
        second[j] = r * sin_turns(turns)


@inline
def _add_noise(x, y, deviation, key, start, dtype):  # type: ignore[no-untyped-def]
    """y = x + noise, whose numbers begin with number `start`."""
    bits, normal = np.empty(_PAIRS, np.uint64), np.empty(_TILE, dtype)
    done = 0
    while done < y.size:
        tile, past = (start + done) // _TILE, (start + done) % _TILE
        _draw(key, tile, bits)
        _make_normal(bits.view(np.uint32), deviation, normal, dtype)
        # Slices, since indices like done + j might be negative for all that the compiler knows.
        own = normal[past : past + y.size - done]
        source, to = x[done : done + own.size], y[done : done + own.size]
        for j in range(own.size):
            to[j] = source[j] + own[j]
        done += own.size


def forward(dtype: Any) -> Any:
    """y = x + deviation * N(0, 1) while training, y = x otherwise."""

    def noise_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        x = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        deviation = dtype(i.rate * c.noise) if c.training else dtype(0)
        if deviation > dtype(0):
            key = stream_key(c.seed, i.output_value)
            start = (c.step * c.capacity + row) * i.output_width
            _add_noise(x, y, deviation, key, start, dtype)
        else:
            for j in range(y.size):
                y[j] = x[j]
        return 0.0

    return noise_forward
