"""Random numbers from a counter.

Which number is drawn depends on what it is for, not on who draws first.

A stream drawn one after the other would give other numbers to other threads. Here the number for
(seed, step, row, unit) is a function of these four, so any thread can draw it, and again in the
backward pass instead of keeping it.

Source: Widynski 2020, "Squares: a fast counter-based RNG" (arXiv 2004.06278), with keys made by the
finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
generators").
"""

import numpy as np

from .jit import inline

_HALF = np.uint64(32)


@inline
def stream_key(seed, stream):  # type: ignore[no-untyped-def]
    """A key for stream `stream` of a seed: well mixed, and odd as Squares wants it."""
    z = np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15) * (np.uint64(stream) + np.uint64(1))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)


@inline
def random_bits_64(key, counter):  # type: ignore[no-untyped-def]
    """64 random bits for a counter: five rounds of squaring, adding and swapping halves."""
    x = np.uint64(counter) * key
    y = x
    z = y + key
    x = x * x + y
    x = (x >> _HALF) | (x << _HALF)
    x = x * x + z
    x = (x >> _HALF) | (x << _HALF)
    x = x * x + y
    x = (x >> _HALF) | (x << _HALF)
    upper = x * x + z
    x = (upper >> _HALF) | (upper << _HALF)
    return upper ^ ((x * x + y) >> _HALF)
