"""Periodic embedding: cosines of angles w x + p (in turns), each of which changes with w, p and x.

With the angle t = 2 pi (w x) + p of a cosine, its change tt = 2 pi (wt x + w xt) + pt, the message
m = W' dy to the cosine and mt = Wt' dy + W' dyt.
"""

from math import pi
from typing import Any

import numpy as np

from chainrule.formulas.elementary import cos_turns, sin_turns

from ...bits import multiply_add
from ...jit import in_precision, inline
from ...records import block, context_at, instruction_at, own_gradient
from ..periodic import add_product_with_column, parts
from ..tiles import TILE, add_multiple, dot, fill, gather, scatter, sum_of, tile
from .pairs import inputs, messages, parameters


@inline
def _turn(w, p, wt, pt, x, xt, angle, change):  # type: ignore[no-untyped-def]
    """The angles of one cosine in turns, and their changes in radians; p and pt are in radians."""
    per_radian, radians = x.dtype.type(0.5 / pi), x.dtype.type(2.0 * pi)
    phase = p * per_radian
    for r in range(x.size):
        angle[r] = multiply_add(w, x[r], phase)
        change[r] = radians * (wt * x[r] + w * xt[r]) + pt


def forward(dtype: Any) -> Any:
    """yt = [xt, Wt cos t - W sin t tt + bt]."""
    cosine, sine = in_precision(cos_turns, dtype), in_precision(sin_turns, dtype)

    def periodic_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        columns, hidden, width = i.a_width, i.hidden, i.output_width
        size = width // columns
        whole, along = parameters(c, i, dtype)
        w, p, matrix, _ = parts(whole, columns, hidden, size - 1)
        wt, pt, matrix_t, bt = parts(along, columns, hidden, size - 1)
        scratch = np.empty((5 + 2 * hidden) * TILE, dtype)
        waves, bends = scratch[5 * TILE :], scratch[(5 + hidden) * TILE :]
        for first in range(row, row + rows, TILE):
            n = min(TILE, row + rows - first)
            x, xt = inputs(c, i, first, n, dtype)
            yt = block(c.value_tangents, i.output_value, width, c.capacity, first, n, dtype)
            own, own_t, sums = tile(scratch, 0, n), tile(scratch, 1, n), tile(scratch, 2, n)
            angle, change = tile(scratch, 3, n), tile(scratch, 4, n)
            for column in range(columns):
                gather(x, column, columns, own)
                gather(xt, column, columns, own_t)
                scatter(own_t, yt, column * size, width)
                for h in range(hidden):
                    k = column * hidden + h
                    _turn(w[k], p[k], wt[k], pt[k], own, own_t, angle, change)
                    wave, bend = tile(waves, h, n), tile(bends, h, n)
                    for r in range(n):
                        wave[r] = cosine(angle[r])
                        bend[r] = -sine(angle[r]) * change[r]
                for j in range(size - 1):
                    k = column * (size - 1) + j
                    fill(sums, bt[k])
                    for h in range(hidden):
                        add_multiple(matrix_t[k * hidden + h], tile(waves, h, n), sums)
                        add_multiple(matrix[k * hidden + h], tile(bends, h, n), sums)
                    scatter(sums, yt, column * size + 1 + j, width)
        return 0.0

    return periodic_tangent


@inline
def _gather_column(source, column, size, width, to, rows):  # type: ignore[no-untyped-def]
    """The messages to all that a column has become, each in a tile of its own."""
    for j in range(size):
        gather(source, column * size + j, width, tile(to, j, rows))


@inline
def _messages(matrix, matrix_t, place, step, dy, dyt, rows, m, mt):  # type: ignore[no-untyped-def]
    """The message to one cosine, and its tangent."""
    zero = dy.dtype.type(0)
    fill(m, zero)
    add_product_with_column(matrix, place, step, dy, rows, m)
    fill(mt, zero)
    add_product_with_column(matrix_t, place, step, dy, rows, mt)
    add_product_with_column(matrix, place, step, dyt, rows, mt)


def backward(dtype: Any) -> Any:
    """dxt = dyt_0 - the sum over cosines of 2 pi (wt m sin t + w (mt sin t + m cos t tt))."""
    cosine, sine = in_precision(cos_turns, dtype), in_precision(sin_turns, dtype)
    radians = dtype(2.0 * pi)

    def periodic_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        columns, hidden, width = i.a_width, i.hidden, i.output_width
        size = width // columns
        whole, along = parameters(c, i, dtype)
        w, p, matrix, _ = parts(whole, columns, hidden, size - 1)
        wt, pt, matrix_t, _ = parts(along, columns, hidden, size - 1)
        scratch = np.empty((6 + 2 * size) * TILE, dtype)
        dy, dyt = scratch[6 * TILE : (6 + size) * TILE], scratch[(6 + size) * TILE :]
        for first in range(row, row + rows, TILE):
            n = min(TILE, row + rows - first)
            x, xt = inputs(c, i, first, n, dtype)
            dxt = block(c.delta_tangents, i.a_delta, columns, c.capacity, first, n, dtype)
            source, source_t = messages(c, i, first, n, dtype)
            own, own_t = tile(scratch, 0, n), tile(scratch, 1, n)
            angle, change = tile(scratch, 2, n), tile(scratch, 3, n)
            m, mt = tile(scratch, 4, n), tile(scratch, 5, n)
            for column in range(columns):
                gather(x, column, columns, own)
                gather(xt, column, columns, own_t)
                _gather_column(source, column, size, width, dy, n)
                _gather_column(source_t, column, size, width, dyt, n)
                total = tile(dyt, 0, n)
                for h in range(hidden):
                    k, place = column * hidden + h, column * (size - 1) * hidden + h
                    _turn(w[k], p[k], wt[k], pt[k], own, own_t, angle, change)
                    _messages(matrix, matrix_t, place, hidden, dy, dyt, n, m, mt)
                    speed, speed_t = radians * w[k], radians * wt[k]
                    for r in range(n):
                        bend = cosine(angle[r]) * change[r] * m[r]
                        total[r] -= (speed_t * m[r] + speed * mt[r]) * sine(angle[r]) + speed * bend
                if i.a_adds:
                    gather(dxt, column, columns, own)
                    add_multiple(dtype(1), own, total)
                scatter(total, dxt, column, columns)
        return 0.0

    return periodic_tangent_backward


def gradient(dtype: Any) -> Any:
    """With s = mt sin t + m cos t tt: dwt = the sum over rows of -2 pi (x s + xt m sin t).

    dpt = the sum of -s, dWt of dyt cos t - dy sin t tt, dbt of dyt.
    """
    cosine, sine = in_precision(cos_turns, dtype), in_precision(sin_turns, dtype)
    radians = dtype(2.0 * pi)

    def periodic_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        columns, hidden, width = i.a_width, i.hidden, i.output_width
        size = width // columns
        whole, along = parameters(c, i, dtype)
        w, p, matrix, _ = parts(whole, columns, hidden, size - 1)
        wt, pt, matrix_t, _ = parts(along, columns, hidden, size - 1)
        dwt, dpt, dmatrix_t, dbt = parts(own_gradient(c, i, dtype), columns, hidden, size - 1)
        scratch = np.empty((8 + 2 * size) * TILE, dtype)
        dy, dyt = scratch[8 * TILE : (8 + size) * TILE], scratch[(8 + size) * TILE :]
        last = c.gradient_row + c.gradient_rows
        for first in range(c.gradient_row, last, TILE):
            n = min(TILE, last - first)
            x, xt = inputs(c, i, first, n, dtype)
            source, source_t = messages(c, i, first, n, dtype)
            own, own_t = tile(scratch, 0, n), tile(scratch, 1, n)
            angle, change = tile(scratch, 2, n), tile(scratch, 3, n)
            m, mt = tile(scratch, 4, n), tile(scratch, 5, n)
            wave, bend = tile(scratch, 6, n), tile(scratch, 7, n)
            for column in range(columns):
                gather(x, column, columns, own)
                gather(xt, column, columns, own_t)
                numbers_of_column = column * (size - 1)
                _gather_column(source, column, size, width, dy, n)
                _gather_column(source_t, column, size, width, dyt, n)
                for j in range(size - 1):
                    dbt[numbers_of_column + j] += sum_of(tile(dyt, j + 1, n))
                for h in range(hidden):
                    k, place = column * hidden + h, numbers_of_column * hidden + h
                    _turn(w[k], p[k], wt[k], pt[k], own, own_t, angle, change)
                    _messages(matrix, matrix_t, place, hidden, dy, dyt, n, m, mt)
                    for r in range(n):
                        steep = sine(angle[r])
                        wave[r], bend[r] = cosine(angle[r]), steep * change[r]
                        mt[r] = mt[r] * steep + m[r] * wave[r] * change[r]
                        m[r] *= steep
                    dwt[k] -= radians * (dot(mt, own) + dot(m, own_t))
                    dpt[k] -= sum_of(mt)
                    for j in range(size - 1):
                        straight = dot(wave, tile(dyt, j + 1, n))
                        dmatrix_t[place + j * hidden] += straight - dot(bend, tile(dy, j + 1, n))
        return 0.0

    return periodic_tangent_gradient
