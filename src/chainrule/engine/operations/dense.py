"""Dense: every unit sees every input; its twin with the transposed weights of another; biases.

Members side by side are rows of one product: (rows, members * n) is (rows * members, n).

Row-major matrices, as everywhere here, are the transposes of BLAS's column-major ones, so each
product is written as its transpose: Z = A W becomes Z' = W' A'.

The products take the buffers that they read and write, so that tangents use them too.
"""

from typing import Any

import numpy as np

from ..jit import inline
from ..machine import gemm
from ..records import context_at, instruction_at, numbers
from .addresses import number_at, row_at


@inline
def add_product(c, i, row, rows, values, parameters, to, adds, dtype):  # type: ignore[no-untyped-def]
    """Z = A W + b, or Z += A W."""
    units = i.output_width // i.members
    _add_columns(c, i, row, rows, 0, units, values, parameters, to, adds, dtype)


@inline
def _add_columns(c, i, row, rows, start, stop, values, parameters, to, adds, dtype):  # type: ignore[no-untyped-def]
    """The same for the units `start` to `stop` alone: columns of Z, W and b."""
    a = row_at(values, i.a_value, i.a_width, c.capacity, row, dtype)
    w = number_at(parameters, i.parameters + start, dtype)
    z = number_at(row_at(to, i.output_value, i.output_width, c.capacity, row, dtype), start, dtype)
    fan_in, units, rows = i.a_width // i.members, i.output_width // i.members, rows * i.members
    old, apart = z if adds else 0, units
    if i.has_bias and not adds:
        old, apart = number_at(parameters, i.parameters + fan_in * units + start, dtype), 0
    gemm(c.gemm, dtype, 0, 0, stop - start, rows, fan_in, w, units, a, fan_in, z, units, old, apart)


@inline
def send_product(c, i, row, rows, messages, parameters, to, adds, dtype):  # type: ignore[no-untyped-def]
    """dA = dZ W', or dA += dZ W'."""
    w = number_at(parameters, i.parameters, dtype)
    da = row_at(to, i.a_delta, i.a_width, c.capacity, row, dtype)
    dz = row_at(messages, i.output_delta, i.output_width, c.capacity, row, dtype)
    fan_in, units, rows = i.a_width // i.members, i.output_width // i.members, rows * i.members
    old = da if adds else 0
    gemm(c.gemm, dtype, 1, 0, fan_in, rows, units, w, units, dz, units, da, fan_in, old, fan_in)


@inline
def sum_product(c, i, start, stop, values, messages, adds, dtype):  # type: ignore[no-untyped-def]
    """dW = A' dZ, or dW += A' dZ, for the rows `start` to `stop` of [W; b] that are W's."""
    fan_in, units = i.a_width // i.members, i.output_width // i.members
    weights, rows = min(stop, fan_in) - start, c.gradient_rows * i.members
    if weights > 0:
        a = row_at(values, i.a_value, i.a_width, c.capacity, c.gradient_row, dtype)
        a = number_at(a, start, dtype)
        dz = row_at(messages, i.output_delta, i.output_width, c.capacity, c.gradient_row, dtype)
        place = c.part * c.parameter_count + i.parameters + start * units
        dw = number_at(c.gradient, place, dtype)
        old = dw if adds else 0
        gemm(
            *(c.gemm, dtype, 0, 1, units, weights, rows),
            *(dz, units, a, fan_in, dw, units, old, units),
        )


@inline
def sum_messages(c, i, stop, messages, adds, dtype):  # type: ignore[no-untyped-def]
    """db = the sum over rows of dZ, where `stop` is behind the last row of [W; b]."""
    fan_in, units = i.a_width // i.members, i.output_width // i.members
    if stop > fan_in:
        dz = row_at(messages, i.output_delta, i.output_width, c.capacity, c.gradient_row, dtype)
        place = c.part * c.parameter_count + i.parameters
        db = numbers(c.gradient, place + fan_in * units, units, dtype)
        if not adds:
            for j in range(db.size):
                db[j] = dtype(0)
        add_rows(db, dz, c.gradient_rows * i.members, dtype)


@inline
def add_rows(total, matrix, rows, dtype):  # type: ignore[no-untyped-def]
    """Add the rows of a matrix at an address to `total`, which is as wide as they are.

    Four at a time, since each addition waits for what the last one stored.
    """
    fours = rows - rows % 4
    for r in range(0, fours, 4):
        first, second = _row(matrix, r, total.size, dtype), _row(matrix, r + 1, total.size, dtype)
        third, fourth = (
            _row(matrix, r + 2, total.size, dtype),
            _row(matrix, r + 3, total.size, dtype),
        )
        for j in range(total.size):
            total[j] += (first[j] + second[j]) + (third[j] + fourth[j])
    for r in range(fours, rows):
        last = _row(matrix, r, total.size, dtype)
        for j in range(total.size):
            total[j] += last[j]


@inline
def _row(matrix, r, width, dtype):  # type: ignore[no-untyped-def]
    return numbers(matrix, r * width, width, dtype)


def forward(dtype: Any) -> Any:
    """Z = A W + b."""

    def dense_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        add_product(c, i, row, rows, c.values, c.parameters, c.values, 0, dtype)
        return 0.0

    return dense_forward


def forward_units(dtype: Any) -> Any:
    """Z = A W + b for the units `start` to `stop` and all rows at hand."""

    def dense_forward_units(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        values = c.values
        _add_columns(c, i, 0, c.rows, start, stop, values, c.parameters, values, 0, dtype)
        return 0.0

    return dense_forward_units


def backward(dtype: Any) -> Any:
    """dL/dA = dL/dZ W'."""

    def dense_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta >= 0:
            send_product(c, i, row, rows, c.deltas, c.parameters, c.deltas, i.a_adds, dtype)
        return 0.0

    return dense_backward


def gradient(dtype: Any) -> Any:
    """dL/dW = A' dL/dZ, and dL/db = the sum over rows of dL/dZ, the row of a constant input 1.

    For the rows `start` to `stop` of the matrix [W; b], over the batch or a chunk of it.
    """

    def dense_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        adds = c.accumulate or i.borrowed
        sum_product(c, i, start, stop, c.values, c.deltas, adds, dtype)
        sum_messages(c, i, stop, c.deltas, adds, dtype)
        return 0.0

    return dense_gradient


def settle(dtype: Any) -> Any:
    """Shrink the weights of each unit whose norm is above `max_norm` to that norm.

    Source: Srebro and Shraibman 2005, "Rank, trace-norm and max-norm"; Srivastava et al. 2014,
    section 5.1.
    """

    def dense_settle(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if c.max_norm == 0.0:
            return 0.0
        fan_in, units = i.a_width // i.members, i.output_width // i.members
        w = numbers(c.parameters, i.parameters, fan_in * units, dtype)
        for j in range(units):
            squares = dtype(0)
            for k in range(j, fan_in * units, units):
                squares += w[k] * w[k]
            if squares > dtype(c.max_norm * c.max_norm):
                shrink = dtype(c.max_norm) / np.sqrt(squares)
                for k in range(j, fan_in * units, units):
                    w[k] *= shrink
        return 0.0

    return dense_settle


@inline
def add_transposed_product(c, i, row, rows, values, parameters, to, adds, dtype):  # type: ignore[no-untyped-def]
    """Z = A W', or Z += A W', W being another layer's."""
    fan_in, units = i.a_width, i.output_width
    a = row_at(values, i.a_value, fan_in, c.capacity, row, dtype)
    w = number_at(parameters, i.parameters, dtype)
    z = row_at(to, i.output_value, units, c.capacity, row, dtype)
    old = z if adds else 0
    gemm(c.gemm, dtype, 1, 0, units, rows, fan_in, w, fan_in, a, fan_in, z, units, old, units)


@inline
def send_transposed_product(c, i, row, rows, messages, parameters, to, adds, dtype):  # type: ignore[no-untyped-def]
    """dA = dZ W, or dA += dZ W."""
    fan_in, units = i.a_width, i.output_width
    w = number_at(parameters, i.parameters, dtype)
    da = row_at(to, i.a_delta, fan_in, c.capacity, row, dtype)
    dz = row_at(messages, i.output_delta, units, c.capacity, row, dtype)
    old = da if adds else 0
    gemm(c.gemm, dtype, 0, 0, fan_in, rows, units, w, fan_in, dz, units, da, fan_in, old, fan_in)


@inline
def sum_transposed_product(c, i, start, stop, values, messages, dtype):  # type: ignore[no-untyped-def]
    """dW += dZ' A, for the rows `start` to `stop` of W; they are units of this layer."""
    fan_in, units, row = i.a_width, i.output_width, c.gradient_row
    count = min(stop, units) - start
    if count > 0:
        a = row_at(values, i.a_value, fan_in, c.capacity, row, dtype)
        dz = row_at(messages, i.output_delta, units, c.capacity, row, dtype)
        dz = number_at(dz, start, dtype)
        place = c.part * c.parameter_count + i.parameters + start * fan_in
        dw, rows = number_at(c.gradient, place, dtype), c.gradient_rows
        gemm(
            *(c.gemm, dtype, 0, 1, fan_in, count, rows),
            *(a, fan_in, dz, units, dw, fan_in, dw, fan_in),
        )


def transposed_forward(dtype: Any) -> Any:
    """Z = A W', W being another layer's."""

    def dense_transposed_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        add_transposed_product(c, i, row, rows, c.values, c.parameters, c.values, 0, dtype)
        return 0.0

    return dense_transposed_forward


def transposed_backward(dtype: Any) -> Any:
    """dL/dA = dL/dZ W."""

    def dense_transposed_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta >= 0:
            da, adds = c.deltas, i.a_adds
            send_transposed_product(c, i, row, rows, c.deltas, c.parameters, da, adds, dtype)
        return 0.0

    return dense_transposed_backward


def transposed_gradient(dtype: Any) -> Any:
    """dL/dW += dL/dZ' A, for the rows `start` to `stop` of W; they are units of this layer."""

    def dense_transposed_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        sum_transposed_product(c, i, start, stop, c.values, c.deltas, dtype)
        return 0.0

    return dense_transposed_gradient
