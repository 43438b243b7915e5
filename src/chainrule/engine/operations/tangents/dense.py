"""Dense: a product of values and weights, so each tangent is a sum of two products.

Written as the products in `..dense`: row-major matrices are the transposes of BLAS's.
"""

from typing import Any

from ...machine import gemm
from ...records import context_at, instruction_at, numbers


def forward(dtype: Any) -> Any:
    """Zt = At W + A Wt + bt; At is 0 where A depends on no parameter."""
    size = dtype().itemsize

    def dense_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a = (i.a_value * c.capacity + row * i.a_width) * size
        w = i.parameters * size
        zt = c.value_tangents + (i.output_value * c.capacity + row * i.output_width) * size
        fan_in, units, rows = i.a_width // i.members, i.output_width // i.members, rows * i.members
        wt, values = c.direction + w, c.values + a
        gemm(c.gemm, dtype, 0, 0, units, rows, fan_in, wt, units, values, fan_in, 0, zt, units)
        if i.a_delta >= 0:
            w, at = c.parameters + w, c.value_tangents + a
            gemm(c.gemm, dtype, 0, 0, units, rows, fan_in, w, units, at, fan_in, 1, zt, units)
        if i.has_bias:
            bt = numbers(c.direction, i.parameters + fan_in * units, units, dtype)
            for r in range(rows):
                z_row = numbers(zt, r * units, units, dtype)
                for j in range(z_row.size):
                    z_row[j] += bt[j]
        return 0.0

    return dense_tangent


def backward(dtype: Any) -> Any:
    """dAt = dZt W' + dZ Wt'."""
    size = dtype().itemsize

    def dense_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        w = i.parameters * size
        dat = c.delta_tangents + (i.a_delta * c.capacity + row * i.a_width) * size
        dz = (i.output_delta * c.capacity + row * i.output_width) * size
        fan_in, units, rows = i.a_width // i.members, i.output_width // i.members, rows * i.members
        wt, dzt = c.direction + w, c.delta_tangents + dz
        w, dz = c.parameters + w, c.deltas + dz
        gemm(c.gemm, dtype, 1, 0, fan_in, rows, units, w, units, dzt, units, i.a_adds, dat, fan_in)
        gemm(c.gemm, dtype, 1, 0, fan_in, rows, units, wt, units, dz, units, 1, dat, fan_in)
        return 0.0

    return dense_tangent_backward


def gradient(dtype: Any) -> Any:
    """dWt = A' dZt + At' dZ, and dbt = the sum over rows of dZt."""
    size = dtype().itemsize

    def dense_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a = (i.a_value * c.capacity + c.gradient_row * i.a_width + start) * size
        dz = (i.output_delta * c.capacity + c.gradient_row * i.output_width) * size
        fan_in, units = i.a_width // i.members, i.output_width // i.members
        rows, add = c.gradient_rows * i.members, c.accumulate or i.borrowed
        place = c.part * c.parameter_count + i.parameters
        dwt = c.gradient + (place + start * units) * size
        dzt = c.delta_tangents + dz
        weights = min(stop, fan_in) - start
        if weights > 0:
            own, at = c.values + a, c.value_tangents + a
            gemm(
                c.gemm, dtype, 0, 1, units, weights, rows, dzt, units, own, fan_in, add, dwt, units
            )
            if i.a_delta >= 0:
                dz = c.deltas + dz
                gemm(
                    c.gemm, dtype, 0, 1, units, weights, rows, dz, units, at, fan_in, 1, dwt, units
                )
        if stop > fan_in:
            dbt = numbers(c.gradient, place + fan_in * units, units, dtype)
            if not add:
                for j in range(dbt.size):
                    dbt[j] = dtype(0)
            for r in range(rows):
                dz_row = numbers(dzt, r * units, units, dtype)
                for j in range(dbt.size):
                    dbt[j] += dz_row[j]
        return 0.0

    return dense_tangent_gradient


def transposed_forward(dtype: Any) -> Any:
    """Zt = At W' + A Wt'."""
    size = dtype().itemsize

    def transposed_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        fan_in, units = i.a_width, i.output_width
        a = (i.a_value * c.capacity + row * fan_in) * size
        w = i.parameters * size
        zt = c.value_tangents + (i.output_value * c.capacity + row * units) * size
        wt, values = c.direction + w, c.values + a
        gemm(c.gemm, dtype, 1, 0, units, rows, fan_in, wt, fan_in, values, fan_in, 0, zt, units)
        if i.a_delta >= 0:
            w, at = c.parameters + w, c.value_tangents + a
            gemm(c.gemm, dtype, 1, 0, units, rows, fan_in, w, fan_in, at, fan_in, 1, zt, units)
        return 0.0

    return transposed_tangent


def transposed_backward(dtype: Any) -> Any:
    """dAt = dZt W + dZ Wt."""
    size = dtype().itemsize

    def transposed_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        fan_in, units = i.a_width, i.output_width
        w = i.parameters * size
        dat = c.delta_tangents + (i.a_delta * c.capacity + row * fan_in) * size
        dz = (i.output_delta * c.capacity + row * units) * size
        wt, dzt = c.direction + w, c.delta_tangents + dz
        w, dz = c.parameters + w, c.deltas + dz
        gemm(c.gemm, dtype, 0, 0, fan_in, rows, units, w, fan_in, dzt, units, i.a_adds, dat, fan_in)
        gemm(c.gemm, dtype, 0, 0, fan_in, rows, units, wt, fan_in, dz, units, 1, dat, fan_in)
        return 0.0

    return transposed_tangent_backward


def transposed_gradient(dtype: Any) -> Any:
    """dWt += dZt' A + dZ' At, for the rows `start` to `stop` of W."""
    size = dtype().itemsize

    def transposed_tangent_gradient(  # type: ignore[no-untyped-def]
        context, instruction, start, stop
    ):
        c, i = context_at(context), instruction_at(instruction)
        fan_in, units, row, rows = i.a_width, i.output_width, c.gradient_row, c.gradient_rows
        a = (i.a_value * c.capacity + row * fan_in) * size
        dz = (i.output_delta * c.capacity + row * units + start) * size
        dwt = c.gradient + (c.part * c.parameter_count + i.parameters + start * fan_in) * size
        count = min(stop, units) - start
        if count > 0:
            own, dzt = c.values + a, c.delta_tangents + dz
            gemm(c.gemm, dtype, 0, 1, fan_in, count, rows, own, fan_in, dzt, units, 1, dwt, fan_in)
            if i.a_delta >= 0:
                at, dz = c.value_tangents + a, c.deltas + dz
                gemm(
                    c.gemm, dtype, 0, 1, fan_in, count, rows, at, fan_in, dz, units, 1, dwt, fan_in
                )
        return 0.0

    return transposed_tangent_gradient
