"""Batch normalisation: two instructions, between which all rows of a batch meet.

Forward, "batch_statistics" leaves the mean of each chunk of rows and the squares of the distances
from it; after the meeting "batch_norm" joins what all chunks have left and normalises its rows.
Backward, "batch_norm" leaves sums of messages; after the meeting "batch_statistics" passes on the
messages to x. Predictions, and gradients over all rows, take the running averages in the place of
the batch's mean and variance; the sums then serve the gradient of g and b alone.
"""

from typing import Any

import numpy as np

from ..jit import inline
from ..records import block, context_at, instruction_at, numbers, own_gradient

# What a chunk of rows leaves, each a number a column: of x the mean and the sum of squared
# distances from it, of the messages dL/dy their sum and that of their products with x, normalised.
MEAN, SQUARES, MESSAGES, PRODUCTS = 0, 1, 2, 3


@inline
def _left(c, i, chunk, which, dtype):  # type: ignore[no-untyped-def]
    """What a chunk of rows has left."""
    place = chunk * c.statistics_width + i.statistics + which * i.output_width
    return numbers(c.statistics, place, i.output_width, dtype)


@inline
def _array(c, i, number, dtype):  # type: ignore[no-untyped-def]
    """One of g, b, running mean and running variance."""
    return numbers(c.parameters, i.parameters + number * i.output_width, i.output_width, dtype)


@inline
def _join(c, i, mean, squares, dtype):  # type: ignore[no-untyped-def]
    """Mean and sum of squared distances of the batch from those of its chunks, in their order.

    Source: Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", eq. 2.1.
    """
    own_mean, own_squares = _left(c, i, 0, MEAN, dtype), _left(c, i, 0, SQUARES, dtype)
    for j in range(mean.size):
        mean[j], squares[j] = own_mean[j], own_squares[j]
    count = min(c.chunk_rows, c.rows)
    for chunk in range(1, -(-c.rows // c.chunk_rows)):
        own = min(c.chunk_rows, c.rows - count)
        share, product = dtype(own / (count + own)), dtype(count * own / (count + own))
        own_mean, own_squares = _left(c, i, chunk, MEAN, dtype), _left(c, i, chunk, SQUARES, dtype)
        for j in range(mean.size):
            distance = own_mean[j] - mean[j]
            mean[j] += share * distance
            squares[j] += own_squares[j] + product * distance * distance
        count += own


@inline
def _normalisation(c, i, dtype):  # type: ignore[no-untyped-def]
    """The mean of each column, and 1 over its deviation."""
    found = np.empty((2, i.output_width), dtype)
    mean, inverse = found[0], found[1]
    epsilon, share = dtype(i.epsilon), dtype(1)
    if c.training:
        _join(c, i, mean, inverse, dtype)
        share = dtype(1.0 / c.rows)
    else:
        running_mean, running_variance = _array(c, i, 2, dtype), _array(c, i, 3, dtype)
        for j in range(mean.size):
            mean[j], inverse[j] = running_mean[j], running_variance[j]
    for j in range(mean.size):
        inverse[j] = dtype(1) / np.sqrt(inverse[j] * share + epsilon)
    return mean, inverse


def statistics_forward(dtype: Any) -> Any:
    """Leave the mean of the chunk's rows, and the sum of squared distances from it."""

    def batch_statistics_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if not c.training:
            return 0.0
        chunk, share = row // c.chunk_rows, dtype(1.0 / rows)
        mean, squares = _left(c, i, chunk, MEAN, dtype), _left(c, i, chunk, SQUARES, dtype)
        rest = np.zeros(mean.size, dtype)
        for j in range(mean.size):
            mean[j] = squares[j] = dtype(0)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            for j in range(mean.size):
                mean[j] += share * x[j]
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            for j in range(mean.size):
                distance = x[j] - mean[j]
                rest[j] += distance
                squares[j] += distance * distance
        # The distances do not quite add up to 0, since the first mean was rounded.
        for j in range(mean.size):
            mean[j] += share * rest[j]
            squares[j] -= share * rest[j] * rest[j]
        return 0.0

    return batch_statistics_forward


def forward(dtype: Any) -> Any:
    """y = g (x - mean) / deviation + b."""

    def batch_norm_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        mean, factor = _normalisation(c, i, dtype)
        g, b = _array(c, i, 0, dtype), _array(c, i, 1, dtype)
        for j in range(factor.size):
            factor[j] *= g[j]
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for j in range(y.size):
                y[j] = (x[j] - mean[j]) * factor[j] + b[j]
        return 0.0

    return batch_norm_forward


def backward(dtype: Any) -> Any:
    """Leave the sums over the chunk's rows of dL/dy, and of dL/dy (x - mean) / deviation."""

    def batch_norm_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        mean, inverse = _normalisation(c, i, dtype)
        chunk = row // c.chunk_rows
        messages = _left(c, i, chunk, MESSAGES, dtype)
        products = _left(c, i, chunk, PRODUCTS, dtype)
        for j in range(mean.size):
            messages[j] = products[j] = dtype(0)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for j in range(mean.size):
                messages[j] += dy[j]
                products[j] += dy[j] * (x[j] - mean[j])
        for j in range(mean.size):
            products[j] *= inverse[j]
        return 0.0

    return batch_norm_backward


def statistics_backward(dtype: Any) -> Any:
    """dL/dx = g / deviation * (dL/dy - its mean - z * the mean of dL/dy z), z = x normalised.

    Both means are over the batch; running averages depend on no x, and there both terms fall away.
    """

    def batch_statistics_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        mean, factor = _normalisation(c, i, dtype)
        g, adds = _array(c, i, 0, dtype), i.a_adds
        sums = np.zeros((2, mean.size), dtype)
        message, product = sums[0], sums[1]
        if c.training:
            share = dtype(1.0 / c.rows)
            for chunk in range(-(-c.rows // c.chunk_rows)):
                messages = _left(c, i, chunk, MESSAGES, dtype)
                products = _left(c, i, chunk, PRODUCTS, dtype)
                for j in range(mean.size):
                    message[j] += share * messages[j]
                    product[j] += share * products[j]
        for j in range(mean.size):
            product[j] *= factor[j]
            factor[j] *= g[j]
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for j in range(mean.size):
                passed = factor[j] * (dy[j] - message[j] - (x[j] - mean[j]) * product[j])
                dx[j] = dx[j] + passed if adds else passed
        return 0.0

    return batch_statistics_backward


def gradient(dtype: Any) -> Any:
    """dL/dg = the sum over rows of dL/dy times x normalised, dL/db = that of dL/dy."""

    def batch_norm_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        out = own_gradient(c, i, dtype)
        dg, db = out[: i.output_width], out[i.output_width : 2 * i.output_width]
        first = c.gradient_row // c.chunk_rows
        last = -(-(c.gradient_row + c.gradient_rows) // c.chunk_rows)
        for chunk in range(first, last):
            messages = _left(c, i, chunk, MESSAGES, dtype)
            products = _left(c, i, chunk, PRODUCTS, dtype)
            for j in range(dg.size):
                dg[j] += products[j]
                db[j] += messages[j]
        return 0.0

    return batch_norm_gradient


def settle(dtype: Any) -> Any:
    """Move the running averages towards the batch's mean and its variance over rows - 1.

    A short batch counts as a whole one, as in PyTorch; a single row has no variance and leaves the
    averages as they are (PyTorch refuses it).
    """

    def batch_norm_settle(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if c.rows < 2:
            return 0.0
        found = np.empty((2, i.output_width), dtype)
        mean, squares = found[0], found[1]
        _join(c, i, mean, squares, dtype)
        rate, share = dtype(i.rate), dtype(1.0 / (c.rows - 1))
        running_mean, running_variance = _array(c, i, 2, dtype), _array(c, i, 3, dtype)
        for j in range(mean.size):
            running_mean[j] += rate * (mean[j] - running_mean[j])
            running_variance[j] += rate * (share * squares[j] - running_variance[j])
        return 0.0

    return batch_norm_settle
