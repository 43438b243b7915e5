"""Sine and cosine of vector_math, which registers them and says how accurate they are."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.extending import register_jitable

from chainrule.engine import coefficients as table

from .bits import is_odd, multiply_add, negated_if_bit_1, polynomial
from .vector_precision import OPTIONS, Float, Function, is_single, magic, typed


def _sine_and_cosine(dtype: Float) -> Function:
    """Return r -> (sin r, cos r) for |r| <= pi/4."""
    single = is_single(dtype)
    SIN = typed(dtype, table.SIN_32 if single else table.SIN_64)
    COS = typed(dtype, table.COS_32 if single else table.COS_64)
    HALF, ONE = dtype(0.5), dtype(1.0)

    @register_jitable(**OPTIONS)
    def sine_and_cosine(r: Any) -> Any:
        z = r * r
        sine = multiply_add(r * z, polynomial(z, SIN), r)
        cosine = multiply_add(z * z, polynomial(z, COS), multiply_add(-HALF, z, ONE))
        return sine, cosine

    return sine_and_cosine


def _quadrant(dtype: Float) -> Function:
    """Return x -> (sin r, cos r, shifted n) with x = n * pi/2 + r, |r| <= pi/4."""
    single = is_single(dtype)
    parts = table.HALF_PI_32 if single else (*table.HALF_PI_64, 0.0)
    PART_1, PART_2, PART_3, PART_4 = typed(dtype, parts)
    TWO_OVER_PI = dtype(0.6366197723675814)
    MAGIC = dtype(magic(dtype))
    NAN = dtype(np.nan)
    # Adding MAGIC rounds to an integer only as far as this.
    LARGE = dtype(2.0 ** (np.finfo(dtype).nmant - 1) * 1.5)
    sine_and_cosine = _sine_and_cosine(dtype)

    @register_jitable(**OPTIONS)
    def quadrant(x: Any) -> Any:
        shifted = multiply_add(x, TWO_OVER_PI, MAGIC)
        n = shifted - MAGIC
        r = multiply_add(n, -PART_2, multiply_add(n, -PART_1, x))
        r = multiply_add(n, -PART_4, multiply_add(n, -PART_3, r))
        sine, cosine = sine_and_cosine(r if abs(x) < LARGE else NAN)
        return sine, cosine, shifted

    return quadrant


def _quadrant_of_turns(dtype: Float) -> Function:
    """Return x -> (sin r, cos r, shifted n) with 2 pi x = n * pi/2 + r, |r| <= pi/4."""
    MAGIC = dtype(magic(dtype))
    FOUR, QUARTER, TURN = typed(dtype, (4.0, 0.25, 6.283185307179586))
    sine_and_cosine = _sine_and_cosine(dtype)

    @register_jitable(**OPTIONS)
    def quadrant(x: Any) -> Any:
        # Both differences are exact. Adding MAGIC alone would not do for a large x.
        turn = x - np.rint(x)
        shifted = multiply_add(turn, FOUR, MAGIC)
        sine, cosine = sine_and_cosine(TURN * (turn - QUARTER * (shifted - MAGIC)))
        return sine, cosine, shifted

    return quadrant


def make_sin(dtype: Float, quadrant_of: Callable[[Float], Function] = _quadrant) -> Function:
    """Return x -> sin(x), or another sine whose angle `quadrant_of` reduces."""
    quadrant = quadrant_of(dtype)

    def sin(x: Any) -> Any:
        sine, cosine, shifted = quadrant(x)
        return negated_if_bit_1(cosine if is_odd(shifted) else sine, shifted)

    return sin


def make_cos(dtype: Float, quadrant_of: Callable[[Float], Function] = _quadrant) -> Function:
    """Return x -> cos(x), or another cosine whose angle `quadrant_of` reduces."""
    quadrant = quadrant_of(dtype)
    ONE = dtype(1.0)

    def cos(x: Any) -> Any:
        sine, cosine, shifted = quadrant(x)
        return negated_if_bit_1(sine if is_odd(shifted) else cosine, shifted + ONE)

    return cos


def make_sin_turns(dtype: Float) -> Function:
    """Return x -> sin(2 pi x)."""
    return make_sin(dtype, _quadrant_of_turns)


def make_cos_turns(dtype: Float) -> Function:
    """Return x -> cos(2 pi x)."""
    return make_cos(dtype, _quadrant_of_turns)
