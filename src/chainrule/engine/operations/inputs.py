"""Inputs, targets and weights: a batch's rows, gathered from the data in the order of the epoch.

With mixup (Zhang, Cisse, Dauphin and Lopez-Paz 2018) a row and its target are mixed with those of
a partner, the row that is as far from the batch's end as it is from its begin: a batch's rows are
in random order, so the partner is a random one. The share of the own row is drawn once a batch.

Where members have rows of their own, as many rows of the data lie side by side in a row of a slot:
the kernels see them as so many more, narrower rows, and the order as so many more numbers.
"""

from typing import Any

import numpy as np

from ..jit import inline
from ..machine import copy_numbers
from ..records import block, context_at, instruction_at, numbers
from ..rows import ROW_NUMBER
from .addresses import number_at, row_at


@inline
def batch(c, i):  # type: ignore[no-untyped-def]
    """Where a batch's rows are found: the order of the data, the first row, rows side by side, all.

    In variables of their own: for all that the compiler knows, what is stored may change a record.
    """
    return c.order, c.first, i.own_rows, c.rows * i.own_rows


@inline
def row_of(batch, row):  # type: ignore[no-untyped-def]
    """Which row of the data is row `row` of the batch."""
    order, first, own_rows, _ = batch
    if order:
        return np.int64(numbers(order, first * own_rows + row, 1, ROW_NUMBER)[0])
    return first + row // own_rows


@inline
def partner_of(batch, row):  # type: ignore[no-untyped-def]
    """Which row of the data is mixed into row `row` of the batch."""
    return row_of(batch, batch[3] - 1 - row)


@inline
def rows_of_data(i, row, rows):  # type: ignore[no-untyped-def]
    """The rows of the data behind some rows of a slot, as numbers within the batch."""
    return range(row * i.own_rows, (row + rows) * i.own_rows)


@inline
def mixed(own, other, share):  # type: ignore[no-untyped-def]
    """A number of a row moved towards its partner's."""
    return other + share * (own - other)


@inline
def slot(c, i):  # type: ignore[no-untyped-def]
    """Where the rows of an instruction's output lie, as `block` takes it."""
    return c.values, i.output_value, i.output_width // i.own_rows, c.capacity


def dense_input(dtype: Any) -> Any:
    """Copy the input's columns of each row."""

    def input_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        here, output, width = batch(c, i), slot(c, i), i.output_width // i.own_rows
        x, columns, column, share = c.x, c.columns, i.column, c.mix
        for r in rows_of_data(i, row, rows):
            place = number_at(x, row_of(here, r) * columns + column, dtype)
            to = row_at(*output, r, dtype)
            copy_numbers(place, to, width, dtype)
            if share < 1.0:
                source, target = numbers(place, 0, width, dtype), numbers(to, 0, width, dtype)
                other = numbers(x, partner_of(here, r) * columns + column, width, dtype)
                for j in range(width):
                    target[j] = mixed(source[j], other[j], dtype(share))
        return 0.0

    return input_forward


@inline
def _spread(c, i, row, share, target, dtype):  # type: ignore[no-untyped-def]
    """Add `share` times a sparse row of the data."""
    ends = numbers(c.x_indptr, row, 2, np.int64)
    for k in range(ends[0], ends[1]):
        j = numbers(c.x_indices, k, 1, np.int32)[0] - i.column
        if 0 <= j < target.size:
            target[j] += share * numbers(c.x, k, 1, dtype)[0]


def sparse_input(dtype: Any) -> Any:
    """Spread each row of a compressed sparse row matrix over the input's columns."""

    def sparse_input_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        here, output = batch(c, i), slot(c, i)
        for r in rows_of_data(i, row, rows):
            target = block(*output, r, 1, dtype)
            for j in range(target.size):
                target[j] = dtype(0)
            _spread(c, i, row_of(here, r), dtype(c.mix), target, dtype)
            if c.mix < 1.0:
                _spread(c, i, partner_of(here, r), dtype(1.0 - c.mix), target, dtype)
        return 0.0

    return sparse_input_forward


def target(dtype: Any) -> Any:
    """Copy each row's targets, smoothed: y becomes low + (high - low) y."""

    def target_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        here, output, width = batch(c, i), slot(c, i), i.output_width // i.own_rows
        y, share, low, slope = c.y, c.mix, dtype(i.low), dtype(i.high - i.low)
        if width == 1 and share == 1.0:
            # By itself, since what is asked for each row below takes longer than a number.
            column = block(*output, 0, here[3], dtype)
            for r in rows_of_data(i, row, rows):
                column[r] = low + slope * numbers(y, row_of(here, r), 1, dtype)[0]
            return 0.0
        for r in rows_of_data(i, row, rows):
            source = numbers(y, row_of(here, r) * width, width, dtype)
            target = block(*output, r, 1, dtype)
            for j in range(width):
                target[j] = low + slope * source[j]
            if share < 1.0:
                other = numbers(y, partner_of(here, r) * width, width, dtype)
                for j in range(width):
                    target[j] = low + slope * mixed(source[j], other[j], dtype(share))
        return 0.0

    return target_forward


def target_codes(dtype: Any) -> Any:
    """One-hot: 1 in the column of the row's class, 0 elsewhere; smoothed: `high` and `low`."""

    def target_codes_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        here, output = batch(c, i), slot(c, i)
        y, share, low, slope = c.y, c.mix, i.low, i.high - i.low
        for r in rows_of_data(i, row, rows):
            target = block(*output, r, 1, dtype)
            for j in range(target.size):
                target[j] = dtype(low)
            code = numbers(y, row_of(here, r), 1, np.int32)[0]
            target[code] += dtype(slope * share)
            if share < 1.0:
                code = numbers(y, partner_of(here, r), 1, np.int32)[0]
                target[code] += dtype(slope * (1.0 - share))
        return 0.0

    return target_codes_forward


def weight(dtype: Any) -> Any:
    """Copy each row's weight; gives their sum, of rows side by side their mean."""

    def weight_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        here, output, total = batch(c, i), slot(c, i), 0.0
        for r in rows_of_data(i, row, rows):
            own = numbers(c.sample_weight, row_of(here, r), 1, dtype)
            block(*output, r, 1, dtype)[0] = own[0]
            total += own[0]
        return total / i.own_rows

    return weight_forward
