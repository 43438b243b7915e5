"""Dense: every unit sees every input; its twin with the transposed weights of another; biases.

Members side by side are rows of one product: (rows, members * n) is (rows * members, n).

Row-major matrices, as everywhere here, are the transposes of BLAS's column-major ones, so each
product is written as its transpose: Z = A W becomes Z' = W' A'.
"""

from typing import Any

import numpy as np

from ..machine import gemm
from ..records import context_at, instruction_at, numbers


def forward(dtype: Any) -> Any:
    """Z = A W + b."""
    size = dtype().itemsize

    def dense_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a = c.values + (i.a_value * c.capacity + row * i.a_width) * size
        w = c.parameters + i.parameters * size
        z = c.values + (i.output_value * c.capacity + row * i.output_width) * size
        fan_in, units, rows = i.a_width // i.members, i.output_width // i.members, rows * i.members
        gemm(c.gemm, dtype, 0, 0, units, rows, fan_in, w, units, a, fan_in, 0, z, units)
        if i.has_bias:
            bias = numbers(c.parameters, i.parameters + fan_in * units, units, dtype)
            for r in range(rows):
                z_row = numbers(z, r * units, units, dtype)
                for j in range(z_row.size):
                    z_row[j] += bias[j]
        return 0.0

    return dense_forward


def backward(dtype: Any) -> Any:
    """dL/dA = dL/dZ W'."""
    size = dtype().itemsize

    def dense_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        w = c.parameters + i.parameters * size
        da = c.deltas + (i.a_delta * c.capacity + row * i.a_width) * size
        dz = c.deltas + (i.output_delta * c.capacity + row * i.output_width) * size
        fan_in, units, rows = i.a_width // i.members, i.output_width // i.members, rows * i.members
        gemm(c.gemm, dtype, 1, 0, fan_in, rows, units, w, units, dz, units, i.a_adds, da, fan_in)
        return 0.0

    return dense_backward


def gradient(dtype: Any) -> Any:
    """dL/dW = A' dL/dZ, and dL/db = the sum over rows of dL/dZ, the row of a constant input 1.

    For the rows `start` to `stop` of the matrix [W; b], over the batch or a chunk of it.
    """
    size = dtype().itemsize

    def dense_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a = c.values + (i.a_value * c.capacity + c.gradient_row * i.a_width + start) * size
        dz = c.deltas + (i.output_delta * c.capacity + c.gradient_row * i.output_width) * size
        fan_in, units = i.a_width // i.members, i.output_width // i.members
        rows, add = c.gradient_rows * i.members, c.accumulate or i.borrowed
        place = c.part * c.parameter_count + i.parameters
        dw = c.gradient + (place + start * units) * size
        weights = min(stop, fan_in) - start
        if weights > 0:
            gemm(c.gemm, dtype, 0, 1, units, weights, rows, dz, units, a, fan_in, add, dw, units)
        if stop > fan_in:
            db = numbers(c.gradient, place + fan_in * units, units, dtype)
            if not add:
                for j in range(db.size):
                    db[j] = dtype(0)
            for r in range(rows):
                dz_row = numbers(dz, r * units, units, dtype)
                for j in range(db.size):
                    db[j] += dz_row[j]
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


def transposed_forward(dtype: Any) -> Any:
    """Z = A W', W being another layer's."""
    size = dtype().itemsize

    def dense_transposed_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        fan_in, units = i.a_width, i.output_width
        a = c.values + (i.a_value * c.capacity + row * fan_in) * size
        w = c.parameters + i.parameters * size
        z = c.values + (i.output_value * c.capacity + row * units) * size
        gemm(c.gemm, dtype, 1, 0, units, rows, fan_in, w, fan_in, a, fan_in, 0, z, units)
        return 0.0

    return dense_transposed_forward


def transposed_backward(dtype: Any) -> Any:
    """dL/dA = dL/dZ W."""
    size = dtype().itemsize

    def dense_transposed_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        fan_in, units = i.a_width, i.output_width
        w = c.parameters + i.parameters * size
        da = c.deltas + (i.a_delta * c.capacity + row * fan_in) * size
        dz = c.deltas + (i.output_delta * c.capacity + row * units) * size
        gemm(c.gemm, dtype, 0, 0, fan_in, rows, units, w, fan_in, dz, units, i.a_adds, da, fan_in)
        return 0.0

    return dense_transposed_backward


def transposed_gradient(dtype: Any) -> Any:
    """dL/dW += dL/dZ' A, for the rows `start` to `stop` of W; they are units of this layer."""
    size = dtype().itemsize

    def dense_transposed_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        fan_in, units, row, rows = i.a_width, i.output_width, c.gradient_row, c.gradient_rows
        a = c.values + (i.a_value * c.capacity + row * fan_in) * size
        dz = c.deltas + (i.output_delta * c.capacity + row * units + start) * size
        dw = c.gradient + (c.part * c.parameter_count + i.parameters + start * fan_in) * size
        count = min(stop, units) - start
        if count > 0:
            gemm(c.gemm, dtype, 0, 1, fan_in, count, rows, a, fan_in, dz, units, 1, dw, fan_in)
        return 0.0

    return dense_transposed_gradient
