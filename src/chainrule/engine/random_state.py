"""Shuffles and uniform draws of NumPy's RandomState: the same numbers in a third of the time.

NumPy draws one number at a time from its Mersenne Twister. Here 624 of them, what the generator
holds, are made together by vector instructions, and a draw that is too large for a swap costs no
mispredicted jump: it swaps a place with itself.

Source: the generator, Matsumoto and Nishimura 1998, "Mersenne twister"; what is drawn, NumPy's
legacy RandomState, whose stream NumPy's policy keeps as it is (NEP 19).
"""

import ctypes
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Protocol

import numpy as np
from numba import types
from numpy.typing import NDArray

from .jit import compile_function, inline
from .records import array_type, numbers
from .rows import ROW_NUMBER

# Fewer rows than this NumPy shuffles in less time than it takes to load the function that does so,
# and fewer numbers it draws sooner than the other is compiled once.
FEW, FEW_NUMBERS = 1000, 200_000

# Numbers that are drawn at a time: few enough to stay in a cache until they are rounded and stored.
_STRETCH = 2**14

# The recurrence x(k + 624) = x(k + 397) ^ ((upper bit of x(k) | lower bits of x(k + 1)) A).
_LENGTH, _MIDDLE = 624, 397
_REST = _LENGTH - _MIDDLE


class Shuffler(Protocol):
    """NumPy's RandomState."""

    def shuffle(self, x: NDArray[Any]) -> None:
        """Permute in place."""


class Drawer(Protocol):
    """What draws uniformly: NumPy's RandomState and Generator."""

    def uniform(self, low: float, high: float, size: Any) -> NDArray[Any]:
        """Draw uniformly from [low, high)."""


def shuffle(random: Shuffler, order: NDArray[ROW_NUMBER]) -> None:
    """What `random.shuffle(order)` does; `random` is left as that would leave it."""
    generator = _twister(random)
    if len(order) < FEW or generator is None:
        random.shuffle(order)
        return
    with generator.lock:
        _compiled_shuffle()(generator.ctypes.state_address, order)


def draw_uniform(random: Drawer, low: float, high: float, out: NDArray[Any]) -> None:
    """What `out[...] = random.uniform(low, high, out.size)` does, for a flat array of floats."""
    generator = _twister(random)
    if out.size < FEW_NUMBERS or generator is None or not _rounds_as_known():
        fill(out, partial(random.uniform, low, high))
        return
    dtype: Any = out.dtype.type
    with generator.lock:
        _compiled_uniform(dtype)(generator.ctypes.state_address, low, high - low, out)


def fill(out: NDArray[Any], draw: Callable[[int], NDArray[Any]]) -> None:
    """Draw all numbers of a flat array, a stretch at a time: the same as all at once.

    Those of a large matrix at once take twice its memory, new to the process, in float64.
    """
    for start in range(0, out.size, _STRETCH):
        stretch = out[start : start + _STRETCH]
        stretch[...] = draw(stretch.size)


def _twister(random: object) -> Any:
    """The generator of a RandomState, or None where it is another or lies otherwise in memory."""
    generator = getattr(random, "_bit_generator", None)
    return generator if type(generator) is np.random.MT19937 and _as_known() else None


@cache
def _as_known() -> bool:
    """Whether NumPy's generator lies in memory as here: its 624 numbers, then the next's place.

    To read and write its state by its methods takes longer than a shuffle of 10,000 rows.
    """
    generator = np.random.MT19937(0)
    generator.random_raw()
    known = generator.state["state"]
    lies = (ctypes.c_uint32 * (_LENGTH + 1)).from_address(generator.ctypes.state_address)
    return list(lies) == [*known["key"].tolist(), known["pos"]]


@cache
def _rounds_as_known() -> bool:
    """Whether NumPy rounds a product and then a sum, as here; on some processors it does so once.

    See numpy/numpy#22993.
    """
    low, high = -0.1, 0.7
    draws = np.random.RandomState(0).random_sample(999)
    drawn = np.random.RandomState(0).uniform(low, high, draws.size)
    return bool((drawn == low + (high - low) * draws).all())


@inline
def _twisted(upper, lower, middle):  # type: ignore[no-untyped-def]
    y = (upper & np.uint32(0x80000000)) | (lower & np.uint32(0x7FFFFFFF))
    low = np.uint32(0) - (lower & np.uint32(1))
    return middle ^ (y >> np.uint32(1)) ^ (low & np.uint32(0x9908B0DF))


@inline
def _next_numbers(key):  # type: ignore[no-untyped-def]
    """The generator's next 624 numbers, in the place of the last."""
    rest, middle = key[:_REST], key[_MIDDLE:]
    after = key[1:]
    for k in range(rest.size):
        rest[k] = _twisted(rest[k], after[k], middle[k])
    for k in range(_REST, _LENGTH - 1):
        key[k] = _twisted(key[k], key[k + 1], key[k - _REST])
    key[_LENGTH - 1] = _twisted(key[_LENGTH - 1], key[0], key[_MIDDLE - 1])


@inline
def _temper(key, draws):  # type: ignore[no-untyped-def]
    for k in range(draws.size):
        y = key[k]
        y ^= y >> np.uint32(11)
        y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
        y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
        draws[k] = y ^ (y >> np.uint32(18))


def _shuffle(state, order):  # type: ignore[no-untyped-def]
    """Swap each number, from the last, with one up to it."""
    key, place = numbers(state, 0, _LENGTH, np.uint32), numbers(state, _LENGTH, 1, np.uint32)
    pos = np.int64(place[0])
    draws = np.empty(_LENGTH, np.uint32)
    _temper(key, draws)
    i = order.size - 1
    # The least 2^b - 1 that is not below i: a draw of b bits, and another where it is above i.
    mask = 1
    while mask < i:
        mask = 2 * mask + 1
    while i > 0:
        if pos == _LENGTH:
            _next_numbers(key)
            _temper(key, draws)
            pos = np.int64(0)
        j = np.int64(draws[pos]) & mask
        pos += 1
        k = j if j <= i else i
        own = order[i]
        order[i] = order[k]
        order[k] = own
        i -= j <= i
        if i <= mask >> 1:
            mask >>= 1
    place[0] = pos


def _scaled(first, second, low, width):  # type: ignore[no-untyped-def]
    """A number of [low, low + width) of two draws: 53 bits of them, 27 and 26."""
    bits = np.float64(first >> np.uint32(5)) * 67108864.0 + np.float64(second >> np.uint32(6))
    return low + width * (bits / 9007199254740992.0)


# As NumPy is compiled: no two operations in one rounding.
_exactly_scaled = inline(_scaled, fastmath=set())


def _uniform(state, low, width, out):  # type: ignore[no-untyped-def]
    """Fill `out`, each number from two draws."""
    key, place = numbers(state, 0, _LENGTH, np.uint32), numbers(state, _LENGTH, 1, np.uint32)
    pos = np.int64(place[0])
    draws = np.empty(_LENGTH, np.uint32)
    _temper(key, draws)
    done = 0
    while done < out.size:
        if pos >= _LENGTH - 1:
            last = draws[_LENGTH - 1]
            _next_numbers(key)
            _temper(key, draws)
            pos -= _LENGTH
            if pos < 0:  # one of the two draws was left
                out[done] = _exactly_scaled(last, draws[0], low, width)
                done += 1
                pos = np.int64(1)
        count = min((_LENGTH - pos) // 2, out.size - done)
        pairs, target = draws[pos:], out[done : done + count]
        for k in range(target.size):
            target[k] = _exactly_scaled(pairs[2 * k], pairs[2 * k + 1], low, width)
        done += count
        pos += 2 * count
    place[0] = pos


@cache
def _compiled_shuffle() -> Any:
    signature = types.void(types.int64, array_type(ROW_NUMBER))
    return compile_function(_shuffle, signature, ("shuffle",))


@cache
def _compiled_uniform(dtype: Any) -> Any:
    signature = types.void(types.int64, types.float64, types.float64, array_type(dtype))
    return compile_function(_uniform, signature, ("uniform", dtype.__name__))
