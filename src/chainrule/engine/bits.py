"""What Numba has no word for: floats seen as bits, and polynomials written out term by term.

Each function is an intrinsic: it puts a few LLVM instructions into its caller, of the width of its
argument (int32 beside float32), so a loop around it vectorises. Numba's own integers would all
become 64 bits wide.

A *shifted* number is n + MAGIC, where MAGIC = 1.5 * 2^(mantissa bits) (plus an offset): it is so
large that its unit in the last place is 1, so the addition rounds to the integer n and leaves n in
the lowest bits.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic


class Layout(NamedTuple):
    """The IEEE 754 layout of a float type, with LLVM's types for it."""

    number: Any
    integer: Any
    mantissa: int
    bias: int

    def constant(self, value: int) -> Any:
        """Return an LLVM integer of the float's width."""
        return ir.Constant(self.integer, value)

    @property
    def sign_shift(self) -> int:
        """How far left the sign bit stands."""
        return int(self.integer.width) - 1


LAYOUTS = {
    types.float32: Layout(ir.FloatType(), ir.IntType(32), 23, 127),
    types.float64: Layout(ir.DoubleType(), ir.IntType(64), 52, 1023),
}

# The bits of sqrt(1/2) rounded down: mantissas are taken from [sqrt(1/2), sqrt(2)).
ROOT_HALF_BITS = {
    types.float32: int(np.float32(0.70710677).view(np.int32)),
    types.float64: int(np.float64(0.7071067811865475).view(np.int64)),
}


def _as_bits(builder: Any, value: Any, layout: Layout) -> Any:
    return builder.bitcast(value, layout.integer)


def _as_number(builder: Any, value: Any, layout: Layout) -> Any:
    return builder.bitcast(value, layout.number)


def _above_root_half(builder: Any, value: Any, x: Any, layout: Layout) -> Any:
    return builder.sub(_as_bits(builder, value, layout), layout.constant(ROOT_HALF_BITS[x]))


def instruction(typed: Callable[..., Any]) -> Any:
    """Make an intrinsic; compiled code calls it without the first argument, the typing context."""
    return intrinsic(typed)


@instruction
def power_of_two(typingctx: Any, shifted: Any) -> Any:
    """Return 2^n for a number shifted by MAGIC + bias; 2^n must be a normal number."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[shifted]
        bits = _as_bits(builder, arguments[0], layout)
        return _as_number(builder, builder.shl(bits, layout.constant(layout.mantissa)), layout)

    return shifted(shifted), emit


@instruction
def lower_half_power(typingctx: Any, shifted: Any) -> Any:
    """Return 2^floor(n/2) for a number shifted by MAGIC + 2 * bias."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[shifted]
        bits = _as_bits(builder, arguments[0], layout)
        half = builder.lshr(bits, layout.constant(1))
        return _as_number(builder, builder.shl(half, layout.constant(layout.mantissa)), layout)

    return shifted(shifted), emit


@instruction
def upper_half_power(typingctx: Any, shifted: Any) -> Any:
    """Return 2^ceil(n/2) for a number shifted by MAGIC + 2 * bias."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[shifted]
        bits = _as_bits(builder, arguments[0], layout)
        rest = builder.sub(bits, builder.lshr(bits, layout.constant(1)))
        return _as_number(builder, builder.shl(rest, layout.constant(layout.mantissa)), layout)

    return shifted(shifted), emit


@instruction
def exponent(typingctx: Any, x: Any) -> Any:
    """Return k of x = m * 2^k with m in [sqrt(1/2), sqrt(2)), as a float; x normal, positive."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[x]
        above = _above_root_half(builder, arguments[0], x, layout)
        k = builder.ashr(above, layout.constant(layout.mantissa))
        # 1.5 * 2^mantissa as bits, plus k, is that float plus k: cheaper than a conversion,
        # which has no vector form for int64 before AVX-512.
        magic_bits = (layout.mantissa + layout.bias << layout.mantissa) + (1 << layout.mantissa - 1)
        shifted = _as_number(builder, builder.add(k, layout.constant(magic_bits)), layout)
        return builder.fsub(shifted, ir.Constant(layout.number, 1.5 * 2.0**layout.mantissa))

    return x(x), emit


@instruction
def mantissa(typingctx: Any, x: Any) -> Any:
    """Return m in [sqrt(1/2), sqrt(2)) of x = m * 2^k; x normal and positive."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[x]
        above = _above_root_half(builder, arguments[0], x, layout)
        low = builder.and_(above, layout.constant((1 << layout.mantissa) - 1))
        bits = builder.add(low, layout.constant(ROOT_HALF_BITS[x]))
        return _as_number(builder, bits, layout)

    return x(x), emit


@instruction
def inverse_power(typingctx: Any, x: Any) -> Any:
    """Return 2^-k of x = m * 2^k with m in [sqrt(1/2), sqrt(2)); k must be below the bias."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[x]
        above = _above_root_half(builder, arguments[0], x, layout)
        power = builder.and_(above, layout.constant(-1 << layout.mantissa))
        one = layout.constant(layout.bias << layout.mantissa)
        return _as_number(builder, builder.sub(one, power), layout)

    return x(x), emit


@instruction
def with_sign_of(typingctx: Any, magnitude: Any, x: Any) -> Any:
    """Return the non-negative `magnitude` with the sign of x."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[magnitude]
        sign = layout.constant(-1 << layout.sign_shift)
        size, source = (_as_bits(builder, value, layout) for value in arguments)
        return _as_number(builder, builder.or_(size, builder.and_(source, sign)), layout)

    return magnitude(magnitude, x), emit


@instruction
def negated_if_bit_1(typingctx: Any, value: Any, shifted: Any) -> Any:
    """Return `value`, negated where bit 1 of the integer in `shifted` is set."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[value]
        number, integer = (_as_bits(builder, a, layout) for a in arguments)
        moved = builder.shl(integer, layout.constant(layout.sign_shift - 1))
        flip = builder.and_(moved, layout.constant(-1 << layout.sign_shift))
        return _as_number(builder, builder.xor(number, flip), layout)

    return value(value, shifted), emit


@instruction
def is_odd(typingctx: Any, shifted: Any) -> Any:
    """Return whether bit 0 of the integer in `shifted` is set."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        layout = LAYOUTS[shifted]
        bits = _as_bits(builder, arguments[0], layout)
        bit = builder.and_(bits, layout.constant(1))
        return builder.icmp_unsigned("!=", bit, layout.constant(0))

    return types.boolean(shifted), emit


def _multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    signature = ir.FunctionType(a.type, [a.type] * 3)
    fmuladd = builder.module.declare_intrinsic("llvm.fmuladd", [a.type], signature)
    return builder.call(fmuladd, [a, b, c])


@instruction
def multiply_add(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c, rounded once where the processor has such an instruction.

    Said outright rather than left to the flag "contract": the compiler may then fuse other pairs in
    the vector loop than in the loop over its remainder, and a number's last bit would depend on its
    place in the array.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _multiply_add(builder, *arguments)

    return a(a, b, c), emit


@instruction
def polynomial(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """Evaluate the polynomial whose constant term comes first, by Horner's rule, written out."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        point, terms = arguments
        value = builder.extract_value(terms, len(coefficients) - 1)
        for k in reversed(range(len(coefficients) - 1)):
            value = _multiply_add(builder, value, point, builder.extract_value(terms, k))
        return value

    return x(x, coefficients), emit
