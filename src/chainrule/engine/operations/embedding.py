"""Embeddings of categories: rows of a table, looked up by codes.

A code outside a column's levels is taken as 0, so that no memory beside the table is touched.
"""

from typing import Any

import numpy as np

from ..jit import inline
from ..records import block, context_at, instruction_at, numbers, own_gradient


@inline
def _row_of_table(i, x, column):  # type: ignore[no-untyped-def]
    """Which row of all the tables, one after the other, holds the numbers of a column's code."""
    ends = numbers(i.heads, column, 2, np.int64)
    code = x[column]
    return ends[0] + (np.int64(code) if 0 <= code < ends[1] - ends[0] else 0)


@inline
def look_up(c, i, row, rows, tables, to, dtype):  # type: ignore[no-untyped-def]
    """Write the rows of `tables` that the codes ask for to the output's place in `to`."""
    size = i.output_width // i.a_width
    for r in range(row, row + rows):
        x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
        y = block(to, i.output_value, i.output_width, c.capacity, r, 1, dtype)
        for column in range(x.size):
            place = i.parameters + _row_of_table(i, x, column) * size
            source = numbers(tables, place, size, dtype)
            for j in range(size):
                y[column * size + j] = source[j]


@inline
def send_nothing(c, i, row, rows, to, dtype):  # type: ignore[no-untyped-def]
    """Clear the message to the codes in `to`, unless there is one already."""
    if i.a_delta >= 0 and not i.a_adds:
        dx = block(to, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
        for j in range(dx.size):
            dx[j] = dtype(0)


@inline
def add_messages(c, i, messages, dtype):  # type: ignore[no-untyped-def]
    """Add each row's `messages` to the rows of the table that it looked up."""
    size = i.output_width // i.a_width
    table = own_gradient(c, i, dtype)
    for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
        x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
        dy = block(messages, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
        for column in range(x.size):
            first = _row_of_table(i, x, column) * size
            for j in range(size):
                table[first + j] += dy[column * size + j]


def forward(dtype: Any) -> Any:
    """y = [table_c[x_c], ...] for the columns c."""

    def embedding_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        look_up(c, i, row, rows, c.parameters, c.values, dtype)
        return 0.0

    return embedding_forward


def backward(dtype: Any) -> Any:
    """dL/dx = 0: a code is no quantity."""

    def embedding_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        send_nothing(c, i, row, rows, c.deltas, dtype)
        return 0.0

    return embedding_backward


def gradient(dtype: Any) -> Any:
    """dL/dtable_c[k] = the sum of dL/dy_c over the rows with x_c = k."""

    def embedding_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        add_messages(c, i, c.deltas, dtype)
        return 0.0

    return embedding_gradient
