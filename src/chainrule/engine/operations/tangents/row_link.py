"""Links and activations of rows: their Jacobians are symmetric, so a pullback carries tangents."""

from typing import Any

import numpy as np

from chainrule.formulas.second_order import PULLBACK_TANGENTS

from ...jit import in_precision
from ...records import block, context_at, instruction_at, numbers
from .pairs import messages


def forward(dtype: Any, formula: Any) -> Any:
    """pt = J zt = J' zt."""
    pullback = in_precision(formula.pullback, dtype)

    def row_link_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width, heads = i.output_width, numbers(i.heads, 0, i.n_heads, np.int64)
        for r in range(row, row + rows):
            p = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            zt = block(c.value_tangents, i.a_value, width, c.capacity, r, 1, dtype)
            pt = block(c.value_tangents, i.output_value, width, c.capacity, r, 1, dtype)
            first = 0
            for h in heads:
                last = first + h
                pullback(p[first:last], zt[first:last], pt[first:last])
                first = last
        return 0.0

    return row_link_tangent


def backward(dtype: Any, formula: Any) -> Any:
    """dzt = the tangent of J' dp, where both J and dp change."""
    pullback_tangent = in_precision(PULLBACK_TANGENTS[formula.name], dtype)

    def row_link_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width, heads = i.output_width, numbers(i.heads, 0, i.n_heads, np.int64)
        message = np.empty(width, dtype)
        for r in range(row, row + rows):
            p = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            pt = block(c.value_tangents, i.output_value, width, c.capacity, r, 1, dtype)
            dp, dpt = messages(c, i, r, 1, dtype)
            dzt = block(c.delta_tangents, i.a_delta, width, c.capacity, r, 1, dtype)
            first = 0
            for h in heads:
                own = slice(first, first + h)
                pullback_tangent(p[own], pt[own], dp[own], dpt[own], message[own])
                first += h
            for j in range(width):
                dzt[j] = dzt[j] + message[j] if i.a_adds else message[j]
        return 0.0

    return row_link_tangent_backward
