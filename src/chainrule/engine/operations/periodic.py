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
from ..jit import in_precision, inline
from ..records import block, context_at, instruction_at, numbers, own_gradient
from .tiles import TILE, add_multiple, dot, fill, gather, scatter, sum_of, tile


@inline
def parts(whole, columns, hidden, count):  # type: ignore[no-untyped-def]
    """Views of w, p, W and b in the layer's parameters or in their gradient."""
    n = columns * hidden
    last = (2 + count) * n
    return whole[:n], whole[n : 2 * n], whole[2 * n : last], whole[last:]


@inline
def add_product_with_column(matrix, first, step, dy, rows, to):  # type: ignore[no-untyped-def]
    """Add W' dL/dy for one cosine: what reaches it of the messages to all but x itself."""
    for j in range(dy.size // TILE - 1):
        add_multiple(matrix[first + j * step], tile(dy, j + 1, rows), to)


def forward(dtype: Any) -> Any:
    """The cosines of a column, and their products with W."""
    cosine, per_radian = in_precision(cos_turns, dtype), dtype(0.5 / pi)

    def periodic_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        columns, hidden, width = i.a_width, i.hidden, i.output_width
        size = width // columns
        whole = numbers(c.parameters, i.parameters, i.parameter_count, dtype)
        w, p, matrix, b = parts(whole, columns, hidden, size - 1)
        scratch = np.empty((2 + hidden) * TILE, dtype)
        for first in range(row, row + rows, TILE):
            n = min(TILE, row + rows - first)
            x = block(c.values, i.a_value, columns, c.capacity, first, n, dtype)
            y = block(c.values, i.output_value, width, c.capacity, first, n, dtype)
            own, sums = tile(scratch, 0, n), tile(scratch, 1, n)
            for column in range(columns):
                gather(x, column, columns, own)
                scatter(own, y, column * size, width)
                for h in range(hidden):
                    cosines, k = tile(scratch, 2 + h, n), column * hidden + h
                    phase = p[k] * per_radian
                    for r in range(n):
                        cosines[r] = cosine(multiply_add(w[k], own[r], phase))
                for j in range(size - 1):
                    k = column * (size - 1) + j
                    fill(sums, b[k])
                    for h in range(hidden):
                        add_multiple(matrix[k * hidden + h], tile(scratch, 2 + h, n), sums)
                    scatter(sums, y, column * size + 1 + j, width)
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
        w, p, matrix, _ = parts(whole, columns, hidden, size - 1)
        scratch = np.empty((2 + size) * TILE, dtype)
        dy = scratch[2 * TILE :]
        for first in range(row, row + rows, TILE):
            n = min(TILE, row + rows - first)
            x = block(c.values, i.a_value, columns, c.capacity, first, n, dtype)
            dx = block(c.deltas, i.a_delta, columns, c.capacity, first, n, dtype)
            source = block(c.deltas, i.output_delta, width, c.capacity, first, n, dtype)
            own, message = tile(scratch, 0, n), tile(scratch, 1, n)
            for column in range(columns):
                gather(x, column, columns, own)
                for j in range(size):
                    gather(source, column * size + j, width, tile(dy, j, n))
                total = tile(dy, 0, n)
                for h in range(hidden):
                    k, place = column * hidden + h, column * (size - 1) * hidden + h
                    fill(message, dtype(0))
                    add_product_with_column(matrix, place, hidden, dy, n, message)
                    phase, speed = p[k] * per_radian, radians * w[k]
                    for r in range(n):
                        angle = multiply_add(w[k], own[r], phase)
                        total[r] -= speed * sine(angle) * message[r]
                if i.a_adds:
                    gather(dx, column, columns, own)
                    add_multiple(dtype(1), own, total)
                scatter(total, dx, column, columns)
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
        w, p, matrix, _ = parts(whole, columns, hidden, size - 1)
        dw, dp, dmatrix, db = parts(own_gradient(c, i, dtype), columns, hidden, size - 1)
        scratch = np.empty((3 + size) * TILE, dtype)
        dy, last = scratch[3 * TILE :], c.gradient_row + c.gradient_rows
        for first in range(c.gradient_row, last, TILE):
            n = min(TILE, last - first)
            x = block(c.values, i.a_value, columns, c.capacity, first, n, dtype)
            source = block(c.deltas, i.output_delta, width, c.capacity, first, n, dtype)
            own, message, cosines = tile(scratch, 0, n), tile(scratch, 1, n), tile(scratch, 2, n)
            for column in range(columns):
                gather(x, column, columns, own)
                numbers_of_column = column * (size - 1)
                for j in range(size):
                    gather(source, column * size + j, width, tile(dy, j, n))
                for j in range(size - 1):
                    db[numbers_of_column + j] += sum_of(tile(dy, j + 1, n))
                for h in range(hidden):
                    k, place = column * hidden + h, numbers_of_column * hidden + h
                    fill(message, dtype(0))
                    add_product_with_column(matrix, place, hidden, dy, n, message)
                    phase = p[k] * per_radian
                    for r in range(n):
                        angle = multiply_add(w[k], own[r], phase)
                        cosines[r] = cosine(angle)
                        message[r] *= sine(angle)
                    dw[k] -= radians * dot(message, own)
                    dp[k] -= sum_of(message)
                    for j in range(size - 1):
                        dmatrix[place + j * hidden] += dot(cosines, tile(dy, j + 1, n))
        return 0.0

    return periodic_gradient
