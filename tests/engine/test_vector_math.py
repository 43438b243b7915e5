"""The engine's elementary functions: accuracy, special values, and that their loops vectorise."""

import importlib.util
import math
import platform
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import mpmath as mp
import numba
import numpy as np
import pytest
from scipy import special

import chainrule.engine.vector_math  # noqa: F401  (registers the functions with Numba)
from chainrule.formulas import elementary
from chainrule.formulas.elementary import ELEMENTARY

ROOT = Path(__file__).parents[2]
FLOATS = (np.float32, np.float64)
CALLER_FLAGS = {"contract", "nsz"}

# name: (largest error in units in the last place, float32; float64). Each limit is what the
# roundings of its algorithm add up to: half a unit for the last one, up to one for each earlier one
# whose relative size survives (a result just below a power of two counts a relative error twice).
# sin and cos in float32 have one more, in the range reduction near the largest angles; log1pexp has
# the exponential's, the polynomial's and that of the sum with x. A wrong coefficient or reduction
# exceeds them many times over.
LIMITS = {
    "exp": (1.0, 1.0),
    "expm1": (2.0, 2.0),
    "log": (1.0, 1.0),
    "log1p": (1.5, 1.0),
    "log1pexp": (2.5, 2.0),
    "tanh": (2.0, 2.0),
    "erf": (1.0, 1.0),
    "sin": (2.5, 2.0),
    "cos": (2.5, 2.0),
    "sin_turns": (2.5, 2.5),
    "cos_turns": (2.5, 2.5),
    "sqrt": (0.5, 0.5),
}
# Where sin and cos promise their accuracy (float32; float64).
LARGEST_ANGLE = {np.float32: 12000.0, np.float64: 1.6e6}


def sine_of_turns(turns: np.ndarray) -> np.ndarray:
    """For a float32 reference: half turns, taken off exactly, turn the sign."""
    halves = np.rint(2 * turns)
    return (1 - 2 * (halves % 2)) * np.sin(2 * np.pi * (turns - halves / 2))


REFERENCES = {
    "erf": special.erf,
    "log1pexp": lambda x: np.logaddexp(x, 0.0),
    "sin_turns": sine_of_turns,
    "cos_turns": lambda x: sine_of_turns(0.25 + (x - np.rint(x))),
}
EXACT = {
    "log1pexp": lambda x: mp.log1p(mp.exp(x)),
    "sin_turns": lambda x: mp.sinpi(2 * x),
    "cos_turns": lambda x: mp.cospi(2 * x),
}
both_floats = pytest.mark.parametrize("dtype", FLOATS)
every_name = pytest.mark.parametrize("name", LIMITS)


def loop_over(function: Callable[..., Any], flags: set[str]) -> Any:
    @numba.njit(error_model="numpy", fastmath=flags)
    def run(a, out):
        for i in range(a.size):
            out[i] = function(a[i])

    return run


@cache
def compiled(name: str, flags: frozenset[str] = frozenset(CALLER_FLAGS)) -> Any:
    return loop_over(ELEMENTARY[name], set(flags))


def apply(name: str, x: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    compiled(name)(x, out)
    return out


def in_domain(name: str, x: np.ndarray) -> np.ndarray:
    x = x[np.isfinite(x)]
    if name in ("log", "sqrt"):
        return x[x > 0]
    if name == "log1p":
        return x[x > -1]
    if name in ("sin", "cos"):
        return x[np.abs(x) <= LARGEST_ANGLE[x.dtype.type]]
    return x


def every_4093rd_float32() -> np.ndarray:
    """A million float32 of every exponent and sign; 4093 is prime, so mantissas vary."""
    return np.arange(0, 2**32, 4093, dtype=np.uint64).astype(np.uint32).view(np.float32)


def float64_samples(rng: np.random.Generator) -> np.ndarray:
    """Where the functions bend, where they saturate, and over all magnitudes."""
    near = rng.uniform(-3, 3, 1500)
    wide = rng.uniform(-760, 760, 700)
    sizes = 10.0 ** rng.uniform(-320, 308, 700) * rng.choice([-1.0, 1.0], 700)
    # Numerators of good rational approximations of pi come near multiples of pi/2.
    angles = np.array([355.0, 103993.0, 104348.0, 208341.0, 312689.0]) / 2
    return np.concatenate([near, wide, sizes, angles, -angles])


@every_name
def test_float32_against_float64_over_all_exponents(name):
    x = in_domain(name, every_4093rd_float32())
    reference = REFERENCES.get(name) or getattr(np, name)
    with np.errstate(over="ignore", under="ignore"):
        exact = reference(x.astype(np.float64))
        rounded = exact.astype(np.float32)
    got = apply(name, x)
    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(got[~finite], rounded[~finite])
    ulps = np.abs(got[finite] - exact[finite]) / np.spacing(np.abs(rounded[finite]))
    worst = np.argmax(ulps)
    assert ulps[worst] <= LIMITS[name][0], f"{name}({x[finite][worst]!r}): {ulps[worst]:.2f} ulp"


@every_name
def test_float64_against_mpmath(name):
    x = in_domain(name, float64_samples(np.random.default_rng(1)))
    got = apply(name, x)
    reference = EXACT.get(name) or getattr(mp, name)
    with mp.workdps(40):
        for xi, yi in zip(x.tolist(), got.tolist(), strict=True):
            exact = reference(mp.mpf(xi))
            rounded = float(exact)
            if math.isinf(rounded):
                assert yi == rounded
                continue
            ulps = abs(mp.mpf(yi) - exact) / math.ulp(rounded)
            assert ulps <= LIMITS[name][1], f"{name}({xi!r}): {mp.nstr(ulps, 3)} ulp"


INF, NAN = math.inf, math.nan
SPECIAL_VALUES = {
    "exp": {INF: INF, -INF: 0.0, 0.0: 1.0, 1e4: INF, -1e4: 0.0},
    "expm1": {INF: INF, -INF: -1.0, 0.0: 0.0, 1e4: INF, -1e4: -1.0},
    "log": {INF: INF, -INF: NAN, 0.0: -INF, 1.0: 0.0, -1.0: NAN, -1e-40: NAN},
    "log1p": {INF: INF, -INF: NAN, 0.0: 0.0, -1.0: -INF, -1.5: NAN},
    "log1pexp": {INF: INF, -INF: 0.0, 1e4: 1e4, -1e4: 0.0},
    "tanh": {INF: 1.0, -INF: -1.0, 0.0: 0.0, 1e4: 1.0, -1e4: -1.0},
    "erf": {INF: 1.0, -INF: -1.0, 0.0: 0.0, 1e4: 1.0, -1e4: -1.0},
    "sin": {INF: NAN, -INF: NAN, 0.0: 0.0},
    "cos": {INF: NAN, -INF: NAN, 0.0: 1.0},
    "sin_turns": {INF: NAN, -INF: NAN, 0.0: 0.0, 0.25: 1.0, -1.25: -1.0, 3.5: 0.0, 1e30: 0.0},
    "cos_turns": {INF: NAN, -INF: NAN, 0.0: 1.0, 0.25: 0.0, -1.25: 0.0, 3.5: -1.0, 1e30: 1.0},
    "sqrt": {INF: INF, -INF: NAN, 0.0: 0.0, -1.0: NAN},
}


@both_floats
@every_name
def test_special_values(name, dtype):
    table = {**SPECIAL_VALUES[name], NAN: NAN}
    # Thirteen copies, so that the vector loop and the loop over its remainder both meet each value.
    for x, expected in table.items():
        got = apply(name, np.full(13, x, dtype=dtype))
        np.testing.assert_array_equal(got, np.full(13, expected, dtype=dtype), err_msg=f"at {x}")


@both_floats
@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_the_sign_of_zero_is_kept(name, dtype):
    got = apply(name, np.full(13, -0.0, dtype=dtype))
    assert np.signbit(got).all()


@both_floats
@every_name
def test_a_result_does_not_depend_on_its_place_in_the_array(name, dtype):
    rng = np.random.default_rng(2)
    x = np.abs(rng.normal(0, 3, 515)).astype(dtype)
    together = apply(name, x)
    alone = np.concatenate([apply(name, x[i : i + 1]) for i in range(x.size)])
    np.testing.assert_array_equal(together, alone)


@both_floats
@pytest.mark.parametrize("name", ["exp", "sin", "log1p"])
def test_a_caller_that_reorders_sums_changes_nothing(name, dtype):
    x = np.linspace(0.01, 40, 515, dtype=dtype)
    out = np.empty_like(x)
    compiled(name, frozenset({"contract", "nsz", "reassoc", "arcp"}))(x, out)
    np.testing.assert_array_equal(out, apply(name, x))


@both_floats
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_beyond_the_promised_angles_the_error_is_that_of_the_spacing(name, dtype):
    largest = 6.2e6 if dtype is np.float32 else 3.3e15
    x = np.geomspace(LARGEST_ANGLE[dtype], largest, 400).astype(dtype)
    with mp.workdps(40):
        exact = np.array([float(getattr(mp, name)(mp.mpf(float(xi)))) for xi in x])
    error = np.abs(apply(name, x) - exact)
    # Half a spacing is what rounding x itself had cost; as much again for the reduction.
    assert (error <= np.spacing(x)).all()
    assert np.isnan(apply(name, np.array([largest * 10, -largest * 10], dtype=dtype))).all()


@both_floats
@pytest.mark.parametrize("name", ELEMENTARY)
def test_the_type_is_kept(name, dtype):
    function = ELEMENTARY[name]
    once = numba.njit(lambda x: function(x))
    once(dtype(0.5))
    assert once.overloads[(numba.from_dtype(dtype),)].signature.return_type == numba.from_dtype(
        dtype
    )
    assert type(function(dtype(0.5))) is dtype or dtype is np.float64


@both_floats
def test_machine_epsilon_is_that_of_the_type(dtype):
    once = numba.njit(lambda x: elementary.machine_epsilon(x))
    assert once(dtype(0.5)) == np.finfo(dtype).eps


def library_calls(assembly: str, name: str) -> list[str]:
    return re.findall(rf"\$_?{name}f?\b|call\S*\s+_?{name}f?\b", assembly)


def assembly_of(loop: Any, dtype: Any) -> str:
    x = np.ones(8, dtype)
    loop(x, np.empty_like(x))
    array = numba.typeof(x)
    return str(loop.inspect_asm((array, array)))


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"),
    reason="looks for the vector registers of x86-64 by name",
)
class TestVectorised:
    @both_floats
    @every_name
    def test_a_loop_becomes_vector_instructions_without_a_library_call(self, name, dtype):
        assembly = assembly_of(compiled(name), dtype)
        suffix = "ps" if dtype is np.float32 else "pd"
        packed = re.findall(rf"\bv(?:f\w+|mul|sqrt){suffix}\s.*%[yz]mm", assembly)
        assert packed
        assert not library_calls(assembly, name)

    def test_the_search_finds_a_call_of_the_c_library(self):
        assembly = assembly_of(loop_over(math.exp, CALLER_FLAGS), np.float64)
        assert library_calls(assembly, "exp")


def test_the_coefficients_are_those_that_the_tool_derives():
    spec = importlib.util.spec_from_file_location("minimax", ROOT / "tools" / "minimax.py")
    minimax = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(minimax)
    written = minimax.TARGET.read_text(encoding="utf-8")
    assert written.startswith(minimax.HEADER)
    for problem in minimax.PROBLEMS:
        assert minimax.written(problem) in written
