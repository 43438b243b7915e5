"""Fourier features: cosines and sines of each column, whose angles are counted in turns.

Loops run along a column's frequencies. On the way back cosines and sines are read where the way
there has left them.
"""

from functools import partial
from math import pi
from typing import Any

from chainrule.formulas.elementary import cos_turns, sin_turns

from ..jit import REDUCTION, in_precision, inline
from ..records import block, context_at, instruction_at, numbers, own_gradient


@inline
def _halves(row, column, count):  # type: ignore[no-untyped-def]
    """A column's cosines and sines in a row of the output, or the messages to them."""
    first = 2 * column * count
    return row[first : first + count], row[first + count : first + 2 * count]


@partial(inline, fastmath=REDUCTION)
def _sum_of_messages(w, cosines, sines, to_cosines, to_sines):  # type: ignore[no-untyped-def]
    """Add up w times the message to each angle."""
    total = w.dtype.type(0)
    for h in range(w.size):
        total += w[h] * (cosines[h] * to_sines[h] - sines[h] * to_cosines[h])
    return total


def forward(dtype: Any) -> Any:
    """y = (cos(2 pi w x), sin(2 pi w x)) for each column."""
    cosine, sine = in_precision(cos_turns, dtype), in_precision(sin_turns, dtype)

    def fourier_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        count = i.output_width // (2 * i.a_width)
        w = numbers(c.parameters, i.parameters, i.parameter_count, dtype)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for column in range(x.size):
                own, number = w[column * count : (column + 1) * count], x[column]
                cosines, sines = _halves(y, column, count)
                for h in range(count):
                    cosines[h] = cosine(own[h] * number)
                    sines[h] = sine(own[h] * number)
        return 0.0

    return fourier_forward


def backward(dtype: Any) -> Any:
    """dL/dx = 2 pi times the sum over frequencies of w (cos dL/dsin - sin dL/dcos)."""
    radians = dtype(2.0 * pi)

    def fourier_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        count, width = i.output_width // (2 * i.a_width), i.output_width
        w = numbers(c.parameters, i.parameters, i.parameter_count, dtype)
        for r in range(row, row + rows):
            dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, width, c.capacity, r, 1, dtype)
            for column in range(dx.size):
                own = w[column * count : (column + 1) * count]
                cosines, sines = _halves(y, column, count)
                to_cosines, to_sines = _halves(dy, column, count)
                total = _sum_of_messages(own, cosines, sines, to_cosines, to_sines)
                message = radians * total
                dx[column] = dx[column] + message if i.a_adds else message
        return 0.0

    return fourier_backward


def gradient(dtype: Any) -> Any:
    """dL/dw = 2 pi times the sum over rows of x (cos dL/dsin - sin dL/dcos)."""
    radians = dtype(2.0 * pi)

    def fourier_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        count, width = i.output_width // (2 * i.a_width), i.output_width
        dw = own_gradient(c, i, dtype)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, width, c.capacity, r, 1, dtype)
            for column in range(x.size):
                own, angle = dw[column * count : (column + 1) * count], radians * x[column]
                cosines, sines = _halves(y, column, count)
                to_cosines, to_sines = _halves(dy, column, count)
                for h in range(count):
                    own[h] += angle * (cosines[h] * to_sines[h] - sines[h] * to_cosines[h])
        return 0.0

    return fourier_gradient
