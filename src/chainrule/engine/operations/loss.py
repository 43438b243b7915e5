"""The loss: the last instruction of a tape, where back-propagation begins."""

from typing import Any

from ..jit import in_precision
from ..records import block, context_at, instruction_at


def forward(dtype: Any, formula: Any) -> Any:
    """The sum over rows and outputs of weight * L(y, p)."""
    value = in_precision(formula.value, dtype)

    def loss_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.weight_value < 0:
            p = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
            y = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
            total = dtype(0)
            for j in range(p.size):
                total += value(y[j], p[j])
            return float(total)
        whole = 0.0
        for r in range(row, row + rows):
            p = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.b_value, i.b_width, c.capacity, r, 1, dtype)
            weight = block(c.values, i.weight_value, 1, c.capacity, r, 1, dtype)[0]
            total = dtype(0)
            for j in range(p.size):
                total += value(y[j], p[j])
            whole += weight * total
        return whole

    return loss_forward


def backward(dtype: Any, formula: Any, canonical: bool) -> Any:
    """dL/dp; or at once dL/dz with p = link(z), where loss and link are a canonical pair."""
    slope = in_precision(formula.canonical_slope if canonical else formula.slope, dtype)

    def loss_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        p = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
        dp = block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
        for j in range(dp.size):
            dp[j] = slope(y[j], p[j])
        if i.weight_value >= 0:
            for r in range(row, row + rows):
                weight = block(c.values, i.weight_value, 1, c.capacity, r, 1, dtype)[0]
                dp = block(c.deltas, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
                for j in range(dp.size):
                    dp[j] *= weight
        return 0.0

    return loss_backward
