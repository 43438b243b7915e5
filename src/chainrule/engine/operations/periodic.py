"""Periodic embedding of numbers: y_c = [x_c, W_c cos(2 pi w_c x_c + p_c) + b_c] for the columns c.

A column's numbers of a tile of rows are gathered first, so that every loop runs along rows, and so
vectorises however few cosines there are. Angles are counted in turns, w x + p / (2 pi), whose whole
part comes off exactly. Cosines are computed again on the way back, which costs less than to keep
them.
"""

from math import pi
from typing import Any

import numpy as np

from chainrule.formulas.elementary import cos_turns, sin_turns

from ..bits import multiply_add
from ..jit import REDUCTION, in_precision, inline
from ..records import block, context_at, instruction_at, numbers, own_gradient

# What a tile of so many rows needs stays in the first-level cache.
TILE = 64


@inline
def _parts(whole, columns, hidden, count):  # type: ignore[no-untyped-def]
    """Views of w, p, W and b in the layer's parameters or in their gradient."""
    n = columns * hidden
    last = (2 + count) * n
    return whole[:n], whole[n : 2 * n], whole[2 * n : last], whole[last:]


@inline
def _tile(scratch, number, rows):  # type: ignore[no-untyped-def]
    """One of the scratch arrays of so many rows."""
    return scratch[number * TILE : number * TILE + rows]


@inline
def _gather(source, first, step, to):  # type: ignore[no-untyped-def]
    for r in range(to.size):
        to[r] = source[first + r * step]


@inline
def _scatter(source, to, first, step):  # type: ignore[no-untyped-def]
    for r in range(source.size):
        to[first + r * step] = source[r]


@inline
def _fill(to, value):  # type: ignore[no-untyped-def]
    for r in range(to.size):
        to[r] = value


@inline
def _add_multiple(factor, source, to):  # type: ignore[no-untyped-def]
    for r in range(to.size):
        to[r] = multiply_add(factor, source[r], to[r])


@inline
def _product_with_column(matrix, first, step, dy, rows, to):  # type: ignore[no-untyped-def]
    """W' dL/dy, for one cosine: what reaches it of the messages to all but x itself."""
    _fill(to, matrix.dtype.type(0))
    for j in range(dy.size // TILE - 1):
        _add_multiple(matrix[first + j * step], _tile(dy, j + 1, rows), to)


def _summing(function: Any) -> Any:
    """A helper that adds up rows, and may do so in any order so that it vectorises."""
    return inline(function, fastmath=REDUCTION)


@_summing
def _sum(a):  # type: ignore[no-untyped-def]
    total = a.dtype.type(0)
    for r in range(a.size):
        total += a[r]
    return total


@_summing
def _dot(a, b):  # type: ignore[no-untyped-def]
    total = a.dtype.type(0)
    for r in range(a.size):
        total += a[r] * b[r]
    return total


def forward(dtype: Any) -> Any:
    """The cosines of a column, and their products with W."""
    cosine, per_radian = in_precision(cos_turns, dtype), dtype(0.5 / pi)

    def periodic_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        columns, hidden, width = i.a_width, i.hidden, i.output_width
        size = width // columns
        whole = numbers(c.parameters, i.parameters, i.parameter_count, dtype)
        w, p, matrix, b = _parts(whole, columns, hidden, size - 1)
        scratch = np.empty((2 + hidden) * TILE, dtype)
        for first in range(row, row + rows, TILE):
            n = min(TILE, row + rows - first)
            x = block(c.values, i.a_value, columns, c.capacity, first, n, dtype)
            y = block(c.values, i.output_value, width, c.capacity, first, n, dtype)
            own, sums = _tile(scratch, 0, n), _tile(scratch, 1, n)
            for column in range(columns):
                _gather(x, column, columns, own)
                _scatter(own, y, column * size, width)
                for h in range(hidden):
                    cosines, k = _tile(scratch, 2 + h, n), column * hidden + h
                    phase = p[k] * per_radian
                    for r in range(n):
                        cosines[r] = cosine(multiply_add(w[k], own[r], phase))
                for j in range(size - 1):
                    k = column * (size - 1) + j
                    _fill(sums, b[k])
                    for h in range(hidden):
                        _add_multiple(matrix[k * hidden + h], _tile(scratch, 2 + h, n), sums)
                    _scatter(sums, y, column * size + 1 + j, width)
        return 0.0

    return periodic_forward


def backward(dtype: Any) -> Any:
    """dL/dx = dL/dy_0 - the sum over cosines of 2 pi w sin(2 pi w x + p) W' dL/dy."""
    sine, per_radian, radians = in_precision(sin_turns, dtype), dtype(0.5 / pi), dtype(2.0 * pi)

    def periodic_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        columns, hidden, width = i.a_width, i.hidden, i.output_width
        size = width // columns
        whole = numbers(c.parameters, i.parameters, i.parameter_count, dtype)
        w, p, matrix, _ = _parts(whole, columns, hidden, size - 1)
        scratch = np.empty((2 + size) * TILE, dtype)
        dy = scratch[2 * TILE :]
        for first in range(row, row + rows, TILE):
            n = min(TILE, row + rows - first)
            x = block(c.values, i.a_value, columns, c.capacity, first, n, dtype)
            dx = block(c.deltas, i.a_delta, columns, c.capacity, first, n, dtype)
            source = block(c.deltas, i.output_delta, width, c.capacity, first, n, dtype)
            own, message = _tile(scratch, 0, n), _tile(scratch, 1, n)
            for column in range(columns):
                _gather(x, column, columns, own)
                for j in range(size):
                    _gather(source, column * size + j, width, _tile(dy, j, n))
                total = _tile(dy, 0, n)
                for h in range(hidden):
                    k, place = column * hidden + h, column * (size - 1) * hidden + h
                    _product_with_column(matrix, place, hidden, dy, n, message)
                    phase, speed = p[k] * per_radian, radians * w[k]
                    for r in range(n):
                        angle = multiply_add(w[k], own[r], phase)
                        total[r] -= speed * sine(angle) * message[r]
                if i.a_adds:
                    _gather(dx, column, columns, own)
                    _add_multiple(dtype(1), own, total)
                _scatter(total, dx, column, columns)
        return 0.0

    return periodic_backward


def gradient(dtype: Any) -> Any:
    """With m = W' dL/dy, the message to a cosine: dL/dw = the sum over rows of -2 pi x m sin.

    dL/dp = the sum of -m sin, dL/dW of dL/dy cos, dL/db of dL/dy.
    """
    cosine, sine = in_precision(cos_turns, dtype), in_precision(sin_turns, dtype)
    per_radian, radians = dtype(0.5 / pi), dtype(2.0 * pi)

    def periodic_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        columns, hidden, width = i.a_width, i.hidden, i.output_width
        size = width // columns
        whole = numbers(c.parameters, i.parameters, i.parameter_count, dtype)
        w, p, matrix, _ = _parts(whole, columns, hidden, size - 1)
        dw, dp, dmatrix, db = _parts(own_gradient(c, i, dtype), columns, hidden, size - 1)
        scratch = np.empty((3 + size) * TILE, dtype)
        dy, last = scratch[3 * TILE :], c.gradient_row + c.gradient_rows
        for first in range(c.gradient_row, last, TILE):
            n = min(TILE, last - first)
            x = block(c.values, i.a_value, columns, c.capacity, first, n, dtype)
            source = block(c.deltas, i.output_delta, width, c.capacity, first, n, dtype)
            own, message, cosines = _tile(scratch, 0, n), _tile(scratch, 1, n), _tile(scratch, 2, n)
            for column in range(columns):
                _gather(x, column, columns, own)
                numbers_of_column = column * (size - 1)
                for j in range(size):
                    _gather(source, column * size + j, width, _tile(dy, j, n))
                for j in range(size - 1):
                    db[numbers_of_column + j] += _sum(_tile(dy, j + 1, n))
                for h in range(hidden):
                    k, place = column * hidden + h, numbers_of_column * hidden + h
                    _product_with_column(matrix, place, hidden, dy, n, message)
                    phase = p[k] * per_radian
                    for r in range(n):
                        angle = multiply_add(w[k], own[r], phase)
                        cosines[r] = cosine(angle)
                        message[r] *= sine(angle)
                    dw[k] -= radians * _dot(message, own)
                    dp[k] -= _sum(message)
                    for j in range(size - 1):
                        dmatrix[place + j * hidden] += _dot(cosines, _tile(dy, j + 1, n))
        return 0.0

    return periodic_gradient
