"""Links that tie a row's outputs together (softmax): a formula of one row."""

from typing import Any

import numpy as np

from ..jit import in_precision
from ..records import block, context_at, instruction_at


def forward(dtype: Any, formula: Any) -> Any:
    """P = link(z), row by row."""
    link = in_precision(formula.value, dtype)

    def row_link_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        for r in range(row, row + rows):
            z = block(c.values, i.a_value, width, c.capacity, r, 1, dtype)
            p = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            link(z, p)
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
