"""Words that Numba lacks, by themselves."""

import numpy as np
import pytest
from numba import types

from chainrule.engine.jit import compile_kernel
from chainrule.engine.machine import claim_line, copy_numbers


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_are_copied_and_nothing_beside_them(dtype):
    def copy(source, target, count):
        copy_numbers(source, target, count, dtype)

    signature = types.void(*[types.int64] * 3)
    compiled = compile_kernel(copy, signature, ("copy", dtype.__name__)).ctypes
    for count in range(40):  # less than a vector, whole vectors, and more
        source, target = np.arange(1, count + 1, dtype=dtype), np.zeros(count + 32, dtype)
        own = target[16 : 16 + count]
        compiled(source.ctypes.data, own.ctypes.data, count)
        assert np.array_equal(own, source)
        assert np.count_nonzero(target) == count


def test_a_line_that_is_claimed_stays_as_it_is():
    def claim(address):
        claim_line(address)

    compiled = compile_kernel(claim, types.void(types.int64), ("claim",)).ctypes
    lines = np.random.default_rng(0).integers(0, 2**32, size=(4, 16), dtype=np.uint32)
    lines[1:3, 5] = 0x7FA00001, 0xFFC12345  # NaNs with something to say
    before = lines.copy()
    for number in range(lines.size):
        compiled(lines.ctypes.data + 4 * number)
    assert np.array_equal(lines, before)
