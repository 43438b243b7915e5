"""Layer normalisation: each row brought to mean 0 and variance 1, then scaled and shifted.

Mean and deviation of a row are computed again in the backward pass, which costs less than keeping
them.
"""

from typing import Any

import numpy as np

from ..jit import REDUCTION, inline
from ..records import block, context_at, instruction_at, numbers, own_gradient


def sums_of_a_row(function: Any) -> Any:
    """A helper that adds up a row, and may do so in any order so that it vectorises."""
    return inline(function, fastmath=REDUCTION)


@sums_of_a_row
def normalisation(x, epsilon):  # type: ignore[no-untyped-def]
    """The mean of a row, and 1 over its deviation."""
    one = x.dtype.type(1)
    share = one / x.dtype.type(x.size)
    mean = squares = x.dtype.type(0)
    for j in range(x.size):
        mean += x[j]
    mean *= share
    for j in range(x.size):
        squares += (x[j] - mean) * (x[j] - mean)
    return mean, one / np.sqrt(squares * share + epsilon)


@sums_of_a_row
def _mean_messages(x, g, dy, mean, inverse):  # type: ignore[no-untyped-def]
    """The means over a row of dL/dz and of dL/dz z, z the normalised row and dL/dz = g dL/dy."""
    message = product = x.dtype.type(0)
    for j in range(x.size):
        message += g[j] * dy[j]
        product += g[j] * dy[j] * (x[j] - mean)
    share = x.dtype.type(1) / x.dtype.type(x.size)
    return share * message, share * product * inverse


def forward(dtype: Any) -> Any:
    """y = g (x - mean) / deviation + b."""

    def layer_norm_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        g = numbers(c.parameters, i.parameters, i.output_width, dtype)
        b = numbers(c.parameters, i.parameters + i.output_width, i.output_width, dtype)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            mean, inverse = normalisation(x, dtype(i.epsilon))
            for j in range(y.size):
                y[j] = g[j] * ((x[j] - mean) * inverse) + b[j]
        return 0.0

    return layer_norm_forward


def backward(dtype: Any) -> Any:
    """dL/dx = (dL/dz - its mean - z * the mean of dL/dz z) / deviation, dL/dz = g dL/dy."""

    def layer_norm_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        g, adds = numbers(c.parameters, i.parameters, i.output_width, dtype), i.a_adds
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            mean, inverse = normalisation(x, dtype(i.epsilon))
            message, product = _mean_messages(x, g, dy, mean, inverse)
            for j in range(dx.size):
                z = (x[j] - mean) * inverse
                passed = (g[j] * dy[j] - message - z * product) * inverse
                dx[j] = dx[j] + passed if adds else passed
        return 0.0

    return layer_norm_backward


def gradient(dtype: Any) -> Any:
    """dL/dg = the sum over rows of dL/dy times the normalised row, dL/db = that of dL/dy."""

    def layer_norm_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        out = own_gradient(c, i, dtype)
        dg, db = out[: i.output_width], out[i.output_width :]
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            mean, inverse = normalisation(x, dtype(i.epsilon))
            for j in range(dg.size):
                dg[j] += dy[j] * ((x[j] - mean) * inverse)
                db[j] += dy[j]
        return 0.0

    return layer_norm_gradient
