"""The width of vectors: 512 bits where the processor has them and a kernel asks."""

import re
from typing import Any

import numba
import numpy as np
import pytest
from llvmlite import binding
from numba.core import types
from numba.extending import intrinsic

from chainrule.engine import vector_math as vector_math  # registers the elementary functions
from chainrule.engine.jit import FASTMATH
from chainrule.engine.operations import activation
from chainrule.engine.vectors import loaded, widest_vectors
from chainrule.formulas import ACTIVATIONS

needs_avx = pytest.mark.skipif(
    not binding.get_host_cpu_features().get("avx"), reason="looks for AVX's masked stores"
)
needs_avx512 = pytest.mark.skipif(
    not binding.get_host_cpu_features().get("avx512f"), reason="looks for AVX-512's registers"
)
ASKS = '"prefer-vector-width"="{}"'


@intrinsic
def vectors_of_256_bits(typingctx):
    def generate(context, builder, signature, arguments):
        set.add(builder.function.attributes, ASKS.format(256))
        return context.get_dummy_value()

    return types.void(), generate


@numba.njit
def silent(x, out):
    for j in range(x.size):
        out[j] = x[j] * x[j]


@numba.njit
def narrow(x, out):
    vectors_of_256_bits()
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


def compiled(loop: Any) -> Any:
    """The loop, compiled and seen to be right."""
    x = np.arange(37.0, dtype=np.float32)
    out = np.empty_like(x)
    loop(x, out)
    np.testing.assert_array_equal(out, x * x)
    return loop


def widths(loop: Any) -> set[str]:
    """The registers that multiply several numbers at once."""
    (assembly,) = compiled(loop).inspect_asm().values()
    return set(re.findall(r"vmulps\s.*%([yz]mm)", assembly))


@pytest.mark.parametrize(("loop", "asks"), [(silent, False), (wide, True)])
def test_the_compiler_is_asked_on_any_machine(loop, asks):
    """Not its own choice, which differs by processor and version, decides."""
    (code,) = compiled(loop).inspect_llvm().values()
    assert (ASKS.format(512) in code) is asks


@needs_avx512
@pytest.mark.parametrize("loop", [wide, calls_a_wide_part])
def test_who_asks_gets_512_bits(loop):
    assert "zmm" in widths(loop)


@needs_avx512
def test_who_asks_for_256_bits_gets_those():
    """So the search sees the width, and the asking decides it."""
    assert widths(narrow) == {"ymm"}


@numba.njit(error_model="numpy")
def rectify_in_place(x):
    for j in range(x.size):
        x[j] = np.float32(0.0) if x[j] <= np.float32(0.0) else x[j]


@numba.njit(error_model="numpy")
def rectify_what_is_loaded(x):
    for j in range(x.size):
        number = loaded(x[j])
        x[j] = np.float32(0.0) if number <= np.float32(0.0) else number


def masked_stores_in(loop: Any) -> list[str]:
    (assembly,) = loop.inspect_asm().values()
    return re.findall(r"vmaskmovps\s+%.*\)$|vmovups\s+%.*\{%k\d\}", assembly, re.MULTILINE)


def masked_stores(loop: Any) -> list[str]:
    """Instructions that store some numbers of a vector, after the loop was seen to be right."""
    x = np.linspace(-1.0, 1.0, 37, dtype=np.float32)
    expected = np.maximum(x, 0.0)
    loop(x)
    np.testing.assert_array_equal(x, expected)
    return masked_stores_in(loop)


@needs_avx
def test_numbers_that_are_kept_are_stored_too():
    """Slow on AMD's processors before Zen 4; the first says that the search would find them."""
    assert masked_stores(rectify_in_place)
    assert not masked_stores(rectify_what_is_loaded)


@needs_avx
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "selu", "hard_tanh"])
def test_activations_in_place_have_no_masked_stores(name):
    signature = types.float64(*[types.int64] * 4)
    kernel = numba.njit(signature, error_model="numpy", fastmath=FASTMATH)
    assert not masked_stores_in(kernel(activation.forward(np.float32, ACTIVATIONS[name])))
