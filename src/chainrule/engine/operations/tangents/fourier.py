"""Fourier features: an angle v = 2 pi w x changes by vt = 2 pi (wt x + w xt).

With the message m = cos v dsin - sin v dcos to an angle, mt = cos v dsint - sin v dcost -
vt (sin v dsin + cos v dcos).
"""

from math import pi
from typing import Any

from ...jit import inline
from ...records import block, context_at, instruction_at, own_gradient
from .pairs import inputs, messages, parameters


@inline
def _places(column, h, count):  # type: ignore[no-untyped-def]
    """Where a column's frequency h lies in w, and its cosine and sine in a row of the output."""
    place = column * count + h
    return place, place + column * count, place + (column + 1) * count


def forward(dtype: Any) -> Any:
    """yt = (-sin v vt, cos v vt)."""
    radians = dtype(2.0 * pi)

    def fourier_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        count, width = i.output_width // (2 * i.a_width), i.output_width
        w, wt = parameters(c, i, dtype)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            y = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            yt = block(c.value_tangents, i.output_value, width, c.capacity, r, 1, dtype)
            for column in range(x.size):
                for h in range(count):
                    place, k, m = _places(column, h, count)
                    change = radians * (wt[place] * x[column] + w[place] * xt[column])
                    yt[k], yt[m] = -y[m] * change, y[k] * change
        return 0.0

    return fourier_tangent


@inline
def _message(y, dy, k, m):  # type: ignore[no-untyped-def]
    return y[k] * dy[m] - y[m] * dy[k]


@inline
def _bend(y, dy, k, m):  # type: ignore[no-untyped-def]
    return y[m] * dy[m] + y[k] * dy[k]


def backward(dtype: Any) -> Any:
    """dxt = 2 pi times the sum over frequencies of wt m + w mt."""
    radians = dtype(2.0 * pi)

    def fourier_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        count, width = i.output_width // (2 * i.a_width), i.output_width
        w, wt = parameters(c, i, dtype)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            dxt = block(c.delta_tangents, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            for column in range(x.size):
                total = dtype(0)
                for h in range(count):
                    place, k, m = _places(column, h, count)
                    change = radians * (wt[place] * x[column] + w[place] * xt[column])
                    turned = _message(y, dyt, k, m) - change * _bend(y, dy, k, m)
                    total += wt[place] * _message(y, dy, k, m) + w[place] * turned
                message = radians * total
                dxt[column] = dxt[column] + message if i.a_adds else message
        return 0.0

    return fourier_tangent_backward


def gradient(dtype: Any) -> Any:
    """dwt = 2 pi times the sum over rows of xt m + x mt."""
    radians = dtype(2.0 * pi)

    def fourier_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        count, width = i.output_width // (2 * i.a_width), i.output_width
        w, wt = parameters(c, i, dtype)
        dwt = own_gradient(c, i, dtype)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x, xt = inputs(c, i, r, 1, dtype)
            y = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            for column in range(x.size):
                for h in range(count):
                    place, k, m = _places(column, h, count)
                    change = radians * (wt[place] * x[column] + w[place] * xt[column])
                    turned = _message(y, dyt, k, m) - change * _bend(y, dy, k, m)
                    straight = xt[column] * _message(y, dy, k, m)
                    dwt[place] += radians * (straight + x[column] * turned)
        return 0.0

    return fourier_tangent_gradient
