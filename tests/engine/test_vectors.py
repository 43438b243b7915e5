"""The width of vectors: 512 bits where the processor has them and a kernel asks."""

import re
from typing import Any

import numba
import numpy as np
import pytest
from llvmlite import binding

from chainrule.engine.vectors import widest_vectors

pytestmark = [
    pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="needs the compiler"),
    pytest.mark.skipif(
        not binding.get_host_cpu_features().get("avx512f"), reason="looks for AVX-512's registers"
    ),
]


@numba.njit
def narrow(x, out):
    for j in range(x.size):
        out[j] = x[j] * x[j]


@numba.njit
def wide(x, out):
    widest_vectors()
    for j in range(x.size):
        out[j] = x[j] * x[j]


@numba.njit(forceinline=True)
def wide_part(x, out):
    widest_vectors()
    for j in range(x.size):
        out[j] = x[j] * x[j]


@numba.njit
def calls_a_wide_part(x, out):
    wide_part(x, out)


def widths(loop: Any) -> set[str]:
    """The registers that multiply several numbers at once."""
    x = np.arange(37.0, dtype=np.float32)
    out = np.empty_like(x)
    loop(x, out)
    np.testing.assert_array_equal(out, x * x)
    (assembly,) = loop.inspect_asm().values()
    return set(re.findall(r"vmulps\s.*%([yz]mm)", assembly))


@pytest.mark.parametrize("loop", [wide, calls_a_wide_part])
def test_who_asks_gets_512_bits(loop):
    assert "zmm" in widths(loop)


def test_the_search_sees_who_does_not_ask():
    # The compiler's own choice, which may change: then `widest_vectors` has no use any more.
    assert "zmm" not in widths(narrow)
