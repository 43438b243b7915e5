"""Dense: a product of values and weights, so each tangent is a sum of two products."""

from typing import Any

from ...records import context_at, instruction_at
from ..dense import (
    add_product,
    add_transposed_product,
    send_product,
    send_transposed_product,
    sum_messages,
    sum_product,
    sum_transposed_product,
)


def forward(dtype: Any) -> Any:
    """Zt = A Wt + At W + bt; At is 0 where A depends on no parameter."""

    def dense_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        zt = c.value_tangents
        add_product(c, i, row, rows, c.values, c.direction, zt, 0, dtype)
        if i.a_delta >= 0:
            add_product(c, i, row, rows, c.value_tangents, c.parameters, zt, 1, dtype)
        return 0.0

    return dense_tangent


def backward(dtype: Any) -> Any:
    """dAt = dZt W' + dZ Wt'."""

    def dense_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        dat = c.delta_tangents
        send_product(c, i, row, rows, c.delta_tangents, c.parameters, dat, i.a_adds, dtype)
        send_product(c, i, row, rows, c.deltas, c.direction, dat, 1, dtype)
        return 0.0

    return dense_tangent_backward


def gradient(dtype: Any) -> Any:
    """dWt = A' dZt + At' dZ, and dbt = the sum over rows of dZt."""

    def dense_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        adds = c.accumulate or i.borrowed
        sum_product(c, i, start, stop, c.values, c.delta_tangents, adds, dtype)
        if i.a_delta >= 0:
            sum_product(c, i, start, stop, c.value_tangents, c.deltas, 1, dtype)
        sum_messages(c, i, stop, c.delta_tangents, adds, dtype)
        return 0.0

    return dense_tangent_gradient


def transposed_forward(dtype: Any) -> Any:
    """Zt = A Wt' + At W'."""

    def transposed_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        zt = c.value_tangents
        add_transposed_product(c, i, row, rows, c.values, c.direction, zt, 0, dtype)
        if i.a_delta >= 0:
            add_transposed_product(c, i, row, rows, c.value_tangents, c.parameters, zt, 1, dtype)
        return 0.0

    return transposed_tangent


def transposed_backward(dtype: Any) -> Any:
    """dAt = dZt W + dZ Wt."""

    def transposed_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        dzt, dat, adds = c.delta_tangents, c.delta_tangents, i.a_adds
        send_transposed_product(c, i, row, rows, dzt, c.parameters, dat, adds, dtype)
        send_transposed_product(c, i, row, rows, c.deltas, c.direction, dat, 1, dtype)
        return 0.0

    return transposed_tangent_backward


def transposed_gradient(dtype: Any) -> Any:
    """dWt += dZt' A + dZ' At, for the rows `start` to `stop` of W."""

    def transposed_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        sum_transposed_product(c, i, start, stop, c.values, c.delta_tangents, dtype)
        if i.a_delta >= 0:
            sum_transposed_product(c, i, start, stop, c.value_tangents, c.deltas, dtype)
        return 0.0

    return transposed_tangent_gradient
