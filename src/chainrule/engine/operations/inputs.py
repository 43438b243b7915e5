"""Inputs, targets and weights: a batch's rows, gathered from the data in the order of the epoch."""

from typing import Any

import numpy as np

from ..jit import inline
from ..records import block, context_at, instruction_at, numbers


@inline
def row_of(c, row):  # type: ignore[no-untyped-def]
    """Which row of the data is row `row` of the batch."""
    if c.order:
        return numbers(c.order, c.first + row, 1, np.int64)[0]
    return c.first + row


def dense_input(dtype: Any) -> Any:
    """Copy the input's columns of each row."""

    def input_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        for r in range(row, row + rows):
            source = numbers(c.x, row_of(c, r) * c.columns + i.column, width, dtype)
            target = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            for j in range(target.size):
                target[j] = source[j]
        return 0.0

    return input_forward


def sparse_input(dtype: Any) -> Any:
    """Spread each row of a compressed sparse row matrix over the input's columns."""

    def sparse_input_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        for r in range(row, row + rows):
            target = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            for j in range(target.size):
                target[j] = dtype(0)
            ends = numbers(c.x_indptr, row_of(c, r), 2, np.int64)
            for k in range(ends[0], ends[1]):
                j = numbers(c.x_indices, k, 1, np.int32)[0] - i.column
                if 0 <= j < width:
                    target[j] += numbers(c.x, k, 1, dtype)[0]
        return 0.0

    return sparse_input_forward


def target(dtype: Any) -> Any:
    """Copy each row's targets."""

    def target_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        for r in range(row, row + rows):
            source = numbers(c.y, row_of(c, r) * width, width, dtype)
            target = block(c.values, i.output_value, width, c.capacity, r, 1, dtype)
            for j in range(target.size):
                target[j] = source[j]
        return 0.0

    return target_forward


def target_codes(dtype: Any) -> Any:
    """One-hot: 1 in the column of the row's class, 0 elsewhere."""

    def target_codes_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        whole = block(c.values, i.output_value, width, c.capacity, row, rows, dtype)
        for j in range(whole.size):
            whole[j] = dtype(0)
        for r in range(rows):
            whole[r * width + numbers(c.y, row_of(c, row + r), 1, np.int32)[0]] = dtype(1)
        return 0.0

    return target_codes_forward


def weight(dtype: Any) -> Any:
    """Copy each row's weight; gives their sum."""

    def weight_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        weights = block(c.values, i.output_value, 1, c.capacity, row, rows, dtype)
        total = 0.0
        for r in range(rows):
            weights[r] = numbers(c.sample_weight, row_of(c, row + r), 1, dtype)[0]
            total += weights[r]
        return total

    return weight_forward
