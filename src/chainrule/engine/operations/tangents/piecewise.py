"""Numbers in bins: between edges all is linear in the number, and the embedding also in w, b, V."""

from typing import Any

import numpy as np

from ...jit import inline
from ...records import block, context_at, instruction_at, own_gradient
from ..piecewise import (
    add_sums_after,
    bin_of,
    edges_of,
    embedding_parts,
    first_bin,
    row_of,
    send_to_numbers,
    share_below,
    sums_before,
)
from ..tiles import add_multiple, dot
from .pairs import inputs, messages, parameters


@inline
def _bin_width(edges, k):  # type: ignore[no-untyped-def]
    return edges[k + 1] - edges[k]


def encoding_forward(dtype: Any) -> Any:
    """yt = xt / (the bin's width) for the bin of x, 0 for others."""

    def encoding_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            yt = block(c.value_tangents, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for k in range(yt.size):
                yt[k] = dtype(0)
            for column in range(x.size):
                edges = edges_of(i, column)
                own = bin_of(edges, x[column])
                yt[first_bin(i, column) + own] = dtype(xt[column] / _bin_width(edges, own))
        return 0.0

    return encoding_tangent


def encoding_backward(dtype: Any) -> Any:
    """dxt = dyt of the bin of x, divided by the bin's width."""

    def encoding_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        send_to_numbers(c, i, row, rows, c.delta_tangents, c.delta_tangents, dtype)
        return 0.0

    return encoding_tangent_backward


def forward(dtype: Any) -> Any:
    """yt_c = xt_c w_c + x_c wt_c + bt_c + e_c Vt_c + et_c V_c for each column."""

    def piecewise_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        size = i.output_width // i.a_width
        whole, along = parameters(c, i, dtype)
        w, _, table = embedding_parts(whole, i.a_width, size)
        wt, bt, table_t = embedding_parts(along, i.a_width, size)
        full_t = sums_before(i, table_t, size)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            yt = block(c.value_tangents, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for column in range(x.size):
                place, edges = column * size, edges_of(i, column)
                out, own = yt[place : place + size], bin_of(edges, x[column])
                for j in range(size):
                    out[j] = bt[place + j]
                add_multiple(xt[column], w[place : place + size], out)
                add_multiple(x[column], wt[place : place + size], out)
                k, share = first_bin(i, column) + own, dtype(share_below(edges, own, x[column]))
                add_multiple(dtype(1), row_of(full_t, k, size), out)
                add_multiple(share, row_of(table_t, k, size), out)
                change = dtype(xt[column] / _bin_width(edges, own))
                add_multiple(change, row_of(table, k, size), out)
        return 0.0

    return piecewise_tangent


def backward(dtype: Any) -> Any:
    """dxt_c = wt_c dy_c + w_c dyt_c + (Vt dy_c + V dyt_c) / (its bin's width), V its bin's row."""

    def piecewise_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        size = i.output_width // i.a_width
        whole, along = parameters(c, i, dtype)
        w, _, table = embedding_parts(whole, i.a_width, size)
        wt, _, table_t = embedding_parts(along, i.a_width, size)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dxt = block(c.delta_tangents, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            for column in range(x.size):
                place, edges = column * size, edges_of(i, column)
                end, own = place + size, bin_of(edges, x[column])
                k = first_bin(i, column) + own
                flat = dot(wt[place:end], dy[place:end]) + dot(w[place:end], dyt[place:end])
                steep = dot(row_of(table_t, k, size), dy[place:end])
                steep += dot(row_of(table, k, size), dyt[place:end])
                total = flat + dtype(steep / _bin_width(edges, own))
                dxt[column] = dxt[column] + total if i.a_adds else total
        return 0.0

    return piecewise_tangent_backward


def gradient(dtype: Any) -> Any:
    """dwt_c = the sum over rows of x_c dyt_c + xt_c dy_c; dbt_c of dyt_c.

    dVt_c = the sum of e_c dyt_c + et_c dy_c.
    """

    def piecewise_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        size = i.output_width // i.a_width
        dwt, dbt, dtable_t = embedding_parts(own_gradient(c, i, dtype), i.a_width, size)
        to_full = np.zeros_like(dtable_t)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x, xt = inputs(c, i, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            for column in range(x.size):
                place, edges = column * size, edges_of(i, column)
                own = bin_of(edges, x[column])
                message, message_t = dy[place : place + size], dyt[place : place + size]
                add_multiple(x[column], message_t, dwt[place : place + size])
                add_multiple(xt[column], message, dwt[place : place + size])
                add_multiple(dtype(1), message_t, dbt[place : place + size])
                k, share = first_bin(i, column) + own, dtype(share_below(edges, own, x[column]))
                add_multiple(dtype(1), message_t, row_of(to_full, k, size))
                add_multiple(share, message_t, row_of(dtable_t, k, size))
                change = dtype(xt[column] / _bin_width(edges, own))
                add_multiple(change, message, row_of(dtable_t, k, size))
        add_sums_after(i, to_full, size, dtable_t)
        return 0.0

    return piecewise_tangent_gradient
