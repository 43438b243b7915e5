"""A Dense of its own for each member: each tangent is a sum of two products for each."""

from typing import Any

from ...records import context_at, instruction_at
from ..member_dense import add_products, send_products, sum_messages, sum_products


def forward(dtype: Any) -> Any:
    """Zt_k = A_k Wt_k + At_k W_k + bt_k; At is 0 where A depends on no parameter."""

    def member_dense_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        zt = c.value_tangents
        add_products(c, i, row, rows, c.values, c.direction, zt, 0, dtype)
        if i.a_delta >= 0:
            add_products(c, i, row, rows, c.value_tangents, c.parameters, zt, 1, dtype)
        return 0.0

    return member_dense_tangent


def backward(dtype: Any) -> Any:
    """dAt_k = dZt_k W_k' + dZ_k Wt_k'."""

    def member_dense_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        dat = c.delta_tangents
        send_products(c, i, row, rows, c.delta_tangents, c.parameters, dat, i.a_adds, dtype)
        send_products(c, i, row, rows, c.deltas, c.direction, dat, 1, dtype)
        return 0.0

    return member_dense_tangent_backward


def gradient(dtype: Any) -> Any:
    """dWt_k = A_k' dZt_k + At_k' dZ_k, and dbt_k = the sum over rows of dZt_k."""

    def member_dense_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        sum_messages(c, i, c.delta_tangents, dtype)
        sum_products(c, i, c.values, c.delta_tangents, dtype)
        if i.a_delta >= 0:
            sum_products(c, i, c.value_tangents, c.deltas, dtype)
        return 0.0

    return member_dense_tangent_gradient
