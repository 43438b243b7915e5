"""Links that tie a row's outputs together (softmax): a formula of one row."""

from typing import Any

import numpy as np

from ..jit import in_precision
from ..records import block, context_at, instruction_at


def forward(dtype: Any, formula: Any) -> Any:
    """p = link(z): rows, then all their numbers in one loop that vectorises, then rows."""
    before = in_precision(formula.before, dtype)
    element = in_precision(formula.element, dtype)
    after = in_precision(formula.after, dtype)

    def row_link_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        for r in range(row, row + rows):
            z = block(c.values, i.a_value, width, c.capacity, r, 1, dtype)
            before(z, block(c.values, i.output_value, width, c.capacity, r, 1, dtype))
        whole = block(c.values, i.output_value, width, c.capacity, row, rows, dtype)
        for j in range(whole.size):
            whole[j] = element(whole[j])
        for r in range(rows):
            after(whole[r * width : (r + 1) * width])
        return 0.0

    return row_link_forward


def backward(dtype: Any, formula: Any) -> Any:
    """dL/dz = J' dL/dp, row by row."""
    pullback = in_precision(formula.pullback, dtype)

    def row_link_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        if i.a_delta < 0:
            return 0.0
        message = np.empty(width, dtype)
        for r in range(row, row + rows):
            p = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            dp = block(c.deltas, i.output_delta, width, c.capacity, r, 1, dtype)
            dz = block(c.deltas, i.a_delta, width, c.capacity, r, 1, dtype)
            pullback(p, dp, message)
            for j in range(width):
                dz[j] = dz[j] + message[j] if i.a_adds else message[j]
        return 0.0

    return row_link_backward
