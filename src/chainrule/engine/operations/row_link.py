"""Links that tie outputs together (softmax): a formula of one row, or of groups of its columns."""

from typing import Any

import numpy as np

from ..jit import REDUCTION, in_precision, inline
from ..records import block, context_at, instruction_at, numbers
from ..vectors import widest_vectors


def _summing(formula: Any, dtype: Any) -> Any:
    """A formula of a row whose sums may be reordered, so that they vectorise."""
    return inline(in_precision(formula, dtype).py_func, fastmath=REDUCTION)


@inline
def _heads(i):  # type: ignore[no-untyped-def]
    """The widths of the groups of columns; each group is a row of its own to the formula."""
    return numbers(i.heads, 0, i.n_heads, np.int64)


def forward(dtype: Any, formula: Any) -> Any:
    """p = link(z): rows, then all their numbers in one loop that vectorises, then rows."""
    before = in_precision(formula.before, dtype)
    element = in_precision(formula.element, dtype)
    after = _summing(formula.after, dtype)

    def row_link_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        widest_vectors()
        c, i = context_at(context), instruction_at(instruction)
        width, heads = i.output_width, _heads(i)
        for r in range(row, row + rows):
            z = block(c.values, i.a_value, width, c.capacity, r, 1, dtype)
            p = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            first = 0
            for h in heads:
                before(z[first : first + h], p[first : first + h])
                first += h
        whole = block(c.values, i.output_value, width, c.capacity, row, rows, dtype)
        for j in range(whole.size):
            whole[j] = element(whole[j])
        first = 0
        for _ in range(rows):
            for h in heads:
                after(whole[first : first + h])
                first += h
        return 0.0

    return row_link_forward


def backward(dtype: Any, formula: Any) -> Any:
    """dL/dz = J' dL/dp, row by row."""
    pullback = _summing(formula.pullback, dtype)

    def row_link_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        widest_vectors()
        c, i = context_at(context), instruction_at(instruction)
        width, heads = i.output_width, _heads(i)
        if i.a_delta < 0:
            return 0.0
        message, adds = np.empty(width, dtype), i.a_adds != 0
        for r in range(row, row + rows):
            p = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            dp = block(c.deltas, i.output_delta, width, c.capacity, r, 1, dtype)
            dz = block(c.deltas, i.a_delta, width, c.capacity, r, 1, dtype)
            first = 0
            for h in heads:
                last = first + h
                pullback(p[first:last], dp[first:last], message[first:last])
                first = last
            for j in range(width):
                dz[j] = dz[j] + message[j] if adds else message[j]
        return 0.0

    return row_link_backward
