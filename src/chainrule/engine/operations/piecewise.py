"""Numbers in bins: the piecewise-linear encoding, and an embedding that is linear in it.

A column's encoding is 1 for each bin below that of the number, the share of its own bin that lies
below it, and 0 above: so one bin says it all, with the sum of V's rows before it.
"""

from typing import Any

import numpy as np

from ..jit import inline
from ..records import block, context_at, instruction_at, numbers, own_gradient
from .tiles import add_multiple, dot


@inline
def edges_of(i, column):  # type: ignore[no-untyped-def]
    """A column's edges."""
    ends = numbers(i.heads, column, 2, np.int64)
    return numbers(i.edges, ends[0], ends[1] - ends[0], np.float64)


@inline
def bin_of(edges, x):  # type: ignore[no-untyped-def]
    """The last bin that begins at or below x; the first where none does, and for NaN."""
    low, high = 0, edges.size - 2
    while low < high:
        middle = (low + high + 1) // 2
        if x >= edges[middle]:
            low = middle
        else:
            high = middle - 1
    return low


@inline
def share_below(edges, k, x):  # type: ignore[no-untyped-def]
    """How much of bin k lies below x: in float64, where edges that differ stay apart."""
    return (x - edges[k]) / (edges[k + 1] - edges[k])


@inline
def first_bin(i, column):  # type: ignore[no-untyped-def]
    """How many bins the columns before have."""
    return numbers(i.heads, column, 1, np.int64)[0] - column


@inline
def row_of(table, k, size):  # type: ignore[no-untyped-def]
    """A bin's row of V, or of what is as large."""
    return table[k * size : (k + 1) * size]


@inline
def sums_before(i, table, size):  # type: ignore[no-untyped-def]
    """For each bin the sum of the rows of its column's bins before it: what full bins add."""
    one, sums = table.dtype.type(1), np.zeros_like(table)
    for column in range(i.a_width):
        first, bins = first_bin(i, column), edges_of(i, column).size - 1
        for k in range(first + 1, first + bins):
            own = row_of(sums, k, size)
            add_multiple(one, row_of(sums, k - 1, size), own)
            add_multiple(one, row_of(table, k - 1, size), own)
    return sums


@inline
def add_sums_after(i, messages, size, table):  # type: ignore[no-untyped-def]
    """Add to each bin's row the messages to its column's bins after it, for which it is full."""
    one = table.dtype.type(1)
    for column in range(i.a_width):
        first, bins = first_bin(i, column), edges_of(i, column).size - 1
        for k in range(first + bins - 2, first - 1, -1):
            after = row_of(messages, k + 1, size)
            add_multiple(one, after, row_of(table, k, size))
            add_multiple(one, after, row_of(messages, k, size))


@inline
def embedding_parts(whole, columns, size):  # type: ignore[no-untyped-def]
    """Views of w, b and V in the layer's parameters or in their gradient."""
    n = columns * size
    return whole[:n], whole[n : 2 * n], whole[2 * n :]


def encoding_forward(dtype: Any) -> Any:
    """y = 1 for each bin below x, the share of its own, and 0 for each bin above."""

    def encoding_forward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for column in range(x.size):
                edges, first = edges_of(i, column), first_bin(i, column)
                own = bin_of(edges, x[column])
                for k in range(edges.size - 1):
                    y[first + k] = dtype(1) if k < own else dtype(0)
                y[first + own] = dtype(share_below(edges, own, x[column]))
        return 0.0

    return encoding_forward_kernel


@inline
def send_to_numbers(c, i, row, rows, messages, to, dtype):  # type: ignore[no-untyped-def]
    """Write or add the message to the share of its bin, divided by the bin's width."""
    for r in range(row, row + rows):
        x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
        dx = block(to, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
        dy = block(messages, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
        for column in range(x.size):
            edges, first = edges_of(i, column), first_bin(i, column)
            own = bin_of(edges, x[column])
            message = dtype(dy[first + own] / (edges[own + 1] - edges[own]))
            dx[column] = dx[column] + message if i.a_adds else message


def encoding_backward(dtype: Any) -> Any:
    """dL/dx = dL/dy of its bin, divided by the bin's width."""

    def encoding_backward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta >= 0:
            send_to_numbers(c, i, row, rows, c.deltas, c.deltas, dtype)
        return 0.0

    return encoding_backward_kernel


def forward(dtype: Any) -> Any:
    """y_c = x_c w_c + b_c + e_c V_c for each column."""

    def piecewise_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        size = i.output_width // i.a_width
        whole = numbers(c.parameters, i.parameters, i.parameter_count, dtype)
        w, b, table = embedding_parts(whole, i.a_width, size)
        full = sums_before(i, table, size)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for column in range(x.size):
                place, edges = column * size, edges_of(i, column)
                out = y[place : place + size]
                for j in range(size):
                    out[j] = b[place + j]
                add_multiple(x[column], w[place : place + size], out)
                own = bin_of(edges, x[column])
                share = dtype(share_below(edges, own, x[column]))
                k = first_bin(i, column) + own
                add_multiple(dtype(1), row_of(full, k, size), out)
                add_multiple(share, row_of(table, k, size), out)
        return 0.0

    return piecewise_forward


def backward(dtype: Any) -> Any:
    """dL/dx_c = w_c dL/dy_c + (the row of V of its bin) dL/dy_c / (the bin's width)."""

    def piecewise_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        size = i.output_width // i.a_width
        whole = numbers(c.parameters, i.parameters, i.parameter_count, dtype)
        w, _, table = embedding_parts(whole, i.a_width, size)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for column in range(x.size):
                place, edges = column * size, edges_of(i, column)
                message, own = dy[place : place + size], bin_of(edges, x[column])
                last = row_of(table, first_bin(i, column) + own, size)
                steep = dot(last, message) / (edges[own + 1] - edges[own])
                total = dot(w[place : place + size], message) + dtype(steep)
                dx[column] = dx[column] + total if i.a_adds else total
        return 0.0

    return piecewise_backward


def gradient(dtype: Any) -> Any:
    """dL/dw_c, dL/db_c, dL/dV_c = the sums over rows of x_c, 1 and e_c times dL/dy_c."""

    def piecewise_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        size = i.output_width // i.a_width
        dw, db, dtable = embedding_parts(own_gradient(c, i, dtype), i.a_width, size)
        to_full = np.zeros_like(dtable)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for column in range(x.size):
                place, edges = column * size, edges_of(i, column)
                message, own = dy[place : place + size], bin_of(edges, x[column])
                add_multiple(x[column], message, dw[place : place + size])
                add_multiple(dtype(1), message, db[place : place + size])
                share = dtype(share_below(edges, own, x[column]))
                k = first_bin(i, column) + own
                add_multiple(dtype(1), message, row_of(to_full, k, size))
                add_multiple(share, message, row_of(dtable, k, size))
        add_sums_after(i, to_full, size, dtable)
        return 0.0

    return piecewise_gradient
