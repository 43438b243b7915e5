"""The loss: the last instruction of a tape, where back-propagation begins.

A target that is NaN is not known: it costs nothing and sends no message. Where the prediction
holds members side by side, each is compared with the same target, or with that of its own row, and
the loss is their mean. The kernels see members side by side as so many more, narrower rows.
"""

from typing import Any

import numpy as np

from ..jit import REDUCTION, in_precision, inline
from ..records import block, context_at, instruction_at


@inline
def rows_of_members(i, row, rows):  # type: ignore[no-untyped-def]
    """The narrow rows, a member each, behind some rows of the batch."""
    return range(row * i.members, (row + rows) * i.members)


@inline
def _sharing(i):  # type: ignore[no-untyped-def]
    """How many members have one row of targets in common."""
    return i.members // i.own_rows


@inline
def prediction_of(c, i, r, dtype):  # type: ignore[no-untyped-def]
    """A member's prediction for a row."""
    return block(c.values, i.a_value, i.a_width // i.members, c.capacity, r, 1, dtype)


@inline
def _message(c, i, r, dtype):  # type: ignore[no-untyped-def]
    return block(c.deltas, i.a_delta, i.a_width // i.members, c.capacity, r, 1, dtype)


@inline
def target_of(c, i, r, dtype):  # type: ignore[no-untyped-def]
    """What a member's prediction is compared with."""
    row = r // _sharing(i)
    return block(c.values, i.b_value, i.b_width // i.own_rows, c.capacity, row, 1, dtype)


@inline
def weight_of(c, i, r, dtype):  # type: ignore[no-untyped-def]
    """A row's weight; 1 where rows have none."""
    if i.weight_value < 0:
        return dtype(1)
    return block(c.values, i.weight_value, 1, c.capacity, r // _sharing(i), 1, dtype)[0]


@inline
def _weigh(c, i, row, rows, dtype):  # type: ignore[no-untyped-def]
    """Multiply the messages by the rows' weights and by the share of a member."""
    share = dtype(1.0 / i.members)
    if i.weight_value >= 0:
        for r in rows_of_members(i, row, rows):
            weight = weight_of(c, i, r, dtype) * share
            dp = _message(c, i, r, dtype)
            for j in range(dp.size):
                dp[j] *= weight
    elif i.members > 1:
        dp = block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
        for j in range(dp.size):
            dp[j] *= share


def forward(dtype: Any, formula: Any) -> Any:
    """The sum over rows and outputs of weight * L(y, p)."""
    value = in_precision(formula.value, dtype)

    def sum_of_known(y, p):  # type: ignore[no-untyped-def]
        total = dtype(0)
        for j in range(p.size):
            total += value(y[j], p[j]) if y[j] == y[j] else dtype(0)
        return float(total)

    known_losses: Any = inline(sum_of_known, fastmath=REDUCTION)

    def loss_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.weight_value < 0 and _sharing(i) == 1:
            p = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
            y = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
            return known_losses(y, p) / i.members
        whole = 0.0
        for r in rows_of_members(i, row, rows):
            loss = known_losses(target_of(c, i, r, dtype), prediction_of(c, i, r, dtype))
            whole += float(weight_of(c, i, r, dtype)) * loss
        return whole / i.members

    return loss_forward


def backward(dtype: Any, formula: Any, canonical: bool) -> Any:
    """dL/dp; or at once dL/dz with p = link(z), where loss and link are a canonical pair."""
    slope = in_precision(formula.canonical_slope if canonical else formula.slope, dtype)

    @inline
    def known_slopes(y, p, dp):  # type: ignore[no-untyped-def]
        for j in range(dp.size):
            dp[j] = slope(y[j], p[j]) if y[j] == y[j] else dtype(0)

    def loss_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if _sharing(i) == 1:
            p = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
            y = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
            known_slopes(y, p, block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype))
        else:
            for r in rows_of_members(i, row, rows):
                y, p = target_of(c, i, r, dtype), prediction_of(c, i, r, dtype)
                known_slopes(y, p, _message(c, i, r, dtype))
        _weigh(c, i, row, rows, dtype)
        return 0.0

    return loss_backward


@inline
def is_known(y):  # type: ignore[no-untyped-def]
    """Whether all targets of a row are known."""
    total = y.dtype.type(0)
    for j in range(y.size):
        total += y[j]
    return not np.isnan(total)


def row_forward(dtype: Any, formula: Any) -> Any:
    """The sum over rows of weight * L(y, p), y and p being whole rows; all of y has to be known."""
    value = in_precision(formula.value, dtype)

    def row_loss_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        whole = 0.0
        for r in rows_of_members(i, row, rows):
            y = target_of(c, i, r, dtype)
            if is_known(y):
                loss = value(y, prediction_of(c, i, r, dtype))
                whole += float(weight_of(c, i, r, dtype)) * loss
        return whole / i.members

    return row_loss_forward


def row_backward(dtype: Any, formula: Any) -> Any:
    """dL/dp, row by row."""
    slope = in_precision(formula.slope, dtype)

    def row_loss_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in rows_of_members(i, row, rows):
            y, dp = target_of(c, i, r, dtype), _message(c, i, r, dtype)
            if is_known(y):
                slope(y, prediction_of(c, i, r, dtype), dp)
            else:
                for j in range(dp.size):
                    dp[j] = dtype(0)
        _weigh(c, i, row, rows, dtype)
        return 0.0

    return row_loss_backward
