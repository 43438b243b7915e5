"""Elementary functions that the compiler vectorises, in float32 and float64.

Importing this module teaches Numba to use them wherever compiled code calls
`chainrule.formulas.elementary`. Each is straight-line code: a range reduction that is exact or
nearly so (Cody and Waite 1980), a polynomial of our own derivation (tools/minimax.py), selections
for the special values. A loop over a contiguous array becomes vector instructions, where a call to
the C library would go one number at a time.

Special values are those of the C library: NaN stays NaN, infinities and the ends of the domain give
their limits, exp underflows gradually. The sign of a zero is kept by tanh and erf only.
tests/engine/test_vector_math.py holds each function to its largest error.

sin and cos are as accurate as the rest up to |x| = 12000 (float32) and 1.6e6 (float64). Beyond, the
absolute error grows with the spacing of x itself; where that spacing reaches about a radian, from
|x| = 6.2e6 and 3.3e15, they are NaN. sin_turns and cos_turns are as accurate for every finite x.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from chainrule.engine import coefficients as table
from chainrule.formulas import elementary

from .bits import (
    exponent,
    inverse_power,
    lower_half_power,
    mantissa,
    multiply_add,
    polynomial,
    power_of_two,
    upper_half_power,
    with_sign_of,
)
from .vector_angles import make_cos, make_cos_turns, make_sin, make_sin_turns
from .vector_precision import OPTIONS, Float, Function, bias, is_single, magic, typed


def _reduction(dtype: Float, offset: float) -> Function:
    """Return x -> (r, n shifted by `offset`) with x = n * ln(2) + r, |r| <= ln(2)/2."""
    LOG2_E = dtype(1.4426950408889634)
    MAGIC = dtype(magic(dtype) + offset)
    LN2_HIGH, LN2_LOW = typed(dtype, table.LN2_32 if is_single(dtype) else table.LN2_64)

    @register_jitable(**OPTIONS)
    def reduce(x: Any) -> Any:
        shifted = multiply_add(x, LOG2_E, MAGIC)
        n = shifted - MAGIC
        r = multiply_add(n, -LN2_LOW, multiply_add(n, -LN2_HIGH, x))
        return r, shifted

    return reduce


def _expm1_near_zero(dtype: Float) -> Function:
    """Return r -> exp(r) - 1 for |r| <= ln(2)/2."""
    EXP = typed(dtype, table.EXP_32 if is_single(dtype) else table.EXP_64)

    @register_jitable(**OPTIONS)
    def expm1_near_zero(r: Any) -> Any:
        return multiply_add(r * r, polynomial(r, EXP), r)

    return expm1_near_zero


def _exp_within_bounds(dtype: Float) -> Function:
    """Return x -> exp(x) for x from where it rounds to 0 to where it rounds to infinity."""
    ONE = dtype(1.0)
    reduce = _reduction(dtype, 2.0 * bias(dtype))
    expm1_near_zero = _expm1_near_zero(dtype)

    @register_jitable(**OPTIONS)
    def exp_within_bounds(x: Any) -> Any:
        r, shifted = reduce(x)
        # 2^n in two factors: 2^128 is no float32, and a subnormal result is rounded once.
        p = ONE + expm1_near_zero(r)
        return p * lower_half_power(shifted) * upper_half_power(shifted)

    return exp_within_bounds


def _exp(dtype: Float) -> Function:
    # Beyond these the result rounds to 0 or to infinity.
    LOW, HIGH = typed(dtype, (-104.0, 89.0) if is_single(dtype) else (-746.0, 710.0))
    exp_within_bounds = _exp_within_bounds(dtype)

    def exp(x: Any) -> Any:
        x = LOW if x < LOW else x
        return exp_within_bounds(HIGH if x > HIGH else x)

    return exp


def _expm1(dtype: Float) -> Function:
    # Beyond these the result rounds to -1 or to infinity.
    LOW, HIGH = typed(dtype, (-20.0, 89.0) if is_single(dtype) else (-40.0, 710.0))
    HALF, TWO = dtype(0.5), dtype(2.0)
    reduce = _reduction(dtype, bias(dtype) - 1.0)
    expm1_near_zero = _expm1_near_zero(dtype)

    def expm1(x: Any) -> Any:
        x = LOW if x < LOW else x
        x = HIGH if x > HIGH else x
        r, shifted = reduce(x)
        # Halved until the end, because 2^n itself may overflow where the result does not.
        half_power = power_of_two(shifted)
        return multiply_add(expm1_near_zero(r), half_power, half_power - HALF) * TWO

    return expm1


def _tanh(dtype: Float) -> Function:
    # From here on tanh rounds to 1.
    HIGH = dtype(10.0 if is_single(dtype) else 20.0)
    ONE, TWO = dtype(1.0), dtype(2.0)
    reduce = _reduction(dtype, bias(dtype))
    expm1_near_zero = _expm1_near_zero(dtype)

    def tanh(x: Any) -> Any:
        size = abs(x)
        size = HIGH if size > HIGH else size
        r, shifted = reduce(TWO * size)
        power = power_of_two(shifted)
        e = multiply_add(expm1_near_zero(r), power, power - ONE)
        # e / (e + 2), then one step of Newton's for what the sum and the division lost.
        divisor = e + TWO
        lost = e - (divisor - TWO)
        inverse = ONE / divisor
        quotient = e * inverse
        rest = multiply_add(-quotient, lost, multiply_add(-quotient, divisor, e))
        return with_sign_of(multiply_add(rest, inverse, quotient), x)

    return tanh


def _erf(dtype: Float) -> Function:
    single = is_single(dtype)
    NEAR = typed(dtype, table.ERF_32 if single else table.ERF_64)
    FAR = typed(dtype, table.ERFC_LOG_32 if single else table.ERFC_LOG_64)
    # Where the two approximations meet, and where erf rounds to 1.
    CUT, HIGH = dtype(0.921875), dtype(4.0 if single else 6.0)
    ONE = dtype(1.0)
    reduce = _reduction(dtype, bias(dtype))
    expm1_near_zero = _expm1_near_zero(dtype)

    def erf(x: Any) -> Any:
        size = abs(x)
        near = multiply_add(size, polynomial(size * size, NEAR), size)
        r, shifted = reduce(polynomial(HIGH if size > HIGH else size, FAR))
        power = power_of_two(shifted)
        far = ONE - multiply_add(expm1_near_zero(r), power, power)
        return with_sign_of(near if size < CUT else far, x)

    return erf


def _log_of_parts(dtype: Float) -> Function:
    """Return (f, k) -> k * ln(2) + log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)]."""
    single = is_single(dtype)
    LOG = typed(dtype, table.LOG_32 if single else table.LOG_RATIO_64)
    LN2_HIGH, LN2_LOW = typed(dtype, table.LN2_32 if single else table.LN2_64)
    HALF, TWO = dtype(0.5), dtype(2.0)

    @register_jitable(**OPTIONS)
    def log_in_float32(f: Any, k: Any) -> Any:
        square = HALF * f * f
        rest = multiply_add(f * f * f, polynomial(f, LOG), k * LN2_LOW)
        return multiply_add(k, LN2_HIGH, f - (square - rest))

    @register_jitable(**OPTIONS)
    def log_in_float64(f: Any, k: Any) -> Any:
        # In s = f / (2 + f), log(1 + f) = 2 s + s^3 * P(s^2) needs half the terms that f would,
        # and 2 s = f - s f is summed as f - (f^2/2 - s f^2/2).
        s = f / (TWO + f)
        z = s * s
        square = HALF * f * f
        rest = multiply_add(s, multiply_add(z, polynomial(z, LOG), square), k * LN2_LOW)
        return multiply_add(k, LN2_HIGH, f - (square - rest))

    return log_in_float32 if single else log_in_float64


def _log_at_limits(dtype: Float) -> Function:
    """Return (x, value) -> value with the special values of log(x) put in."""
    ZERO, INF, NAN = typed(dtype, (0.0, np.inf, np.nan))

    @register_jitable(**OPTIONS)
    def log_at_limits(x: Any, value: Any) -> Any:
        value = value if x < INF else x
        value = -INF if x == ZERO else value
        return NAN if x < ZERO else value

    return log_at_limits


def _log(dtype: Float) -> Function:
    SMALLEST_NORMAL = np.finfo(dtype).smallest_normal
    # A power of two that makes every subnormal number normal.
    SHIFT = dtype(24.0 if is_single(dtype) else 54.0)
    SCALE = dtype(2.0) ** SHIFT
    ZERO, ONE = dtype(0.0), dtype(1.0)
    log_of_parts = _log_of_parts(dtype)
    log_at_limits = _log_at_limits(dtype)

    def log(x: Any) -> Any:
        subnormal = x < SMALLEST_NORMAL
        scaled = x * SCALE if subnormal else x
        k = exponent(scaled) - (SHIFT if subnormal else ZERO)
        return log_at_limits(x, log_of_parts(mantissa(scaled) - ONE, k))

    return log


def _log1p(dtype: Float) -> Function:
    # From here on 1 + x and x have the same logarithm.
    LARGE = dtype(2.0**60)
    ZERO, ONE = dtype(0.0), dtype(1.0)
    log_of_parts = _log_of_parts(dtype)
    log_at_limits = _log_at_limits(dtype)

    def log1p(x: Any) -> Any:
        u = ONE + x
        # What the sum lost, exactly (Knuth's two-sum), joins the mantissa at its scale.
        back = u - ONE
        lost = (ONE - (u - back)) + (x - back)
        scale = inverse_power(u) if x < LARGE else ZERO
        f = multiply_add(lost, scale, mantissa(u) - ONE)
        value = log_of_parts(f, exponent(u))
        return log_at_limits(u, value)

    return log1p


def _log1pexp(dtype: Float) -> Function:
    single = is_single(dtype)
    LOG1P = typed(dtype, table.LOG1P_32 if single else table.LOG1P_64)
    # Below this the result rounds to 0.
    LOW = dtype(-104.0 if single else -746.0)
    ZERO = dtype(0.0)
    exp_within_bounds = _exp_within_bounds(dtype)

    def log1pexp(x: Any) -> Any:
        # max(x, 0) + log1p(t), t = exp(-|x|) in [0, 1]: one polynomial and no reduction.
        size = -abs(x)
        t = exp_within_bounds(LOW if size < LOW else size)
        rest = multiply_add(t * t, polynomial(t, LOG1P), t)
        return (ZERO if x <= ZERO else x) + rest

    return log1pexp


def _sqrt(dtype: Float) -> Function:
    # One instruction of the processor, correctly rounded.
    def sqrt(x: Any) -> Any:
        return np.sqrt(x)

    return sqrt


def _machine_epsilon(dtype: Float) -> Function:
    EPSILON = np.finfo(dtype).eps

    def machine_epsilon(x: Any) -> Any:
        return EPSILON

    return machine_epsilon


MAKERS: dict[str, Callable[[Float], Function]] = {
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "log1pexp": _log1pexp,
    "tanh": _tanh,
    "erf": _erf,
    "sin": make_sin,
    "cos": make_cos,
    "sin_turns": make_sin_turns,
    "cos_turns": make_cos_turns,
    "sqrt": _sqrt,
    "machine_epsilon": _machine_epsilon,
}


def _register(name: str, make: Callable[[Float], Function]) -> None:
    forms = {types.float32: make(np.float32), types.float64: make(np.float64)}

    @overload(elementary.ELEMENTARY[name], jit_options=OPTIONS)
    def choose(x: Any) -> Function | None:
        return _of_complex(name) if isinstance(x, types.Complex) else forms.get(x)


def _of_complex(name: str) -> Function | None:
    """NumPy's function, for derivatives by complex step; None where it has none."""
    function = getattr(np, name, None)
    if function is None:
        return None

    def complex_form(x: Any) -> Any:
        return function(x)

    return complex_form


for _name, _make in MAKERS.items():
    _register(_name, _make)
