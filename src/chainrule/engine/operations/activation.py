"""Activations: a formula of one number, element by element."""

from typing import Any

from ..jit import in_precision
from ..records import block, context_at, instruction_at
from ..vectors import loaded, widest_vectors


def forward(dtype: Any, formula: Any) -> Any:
    """y = f(x), in place where the tape gave both one slot."""
    f = in_precision(formula.value, dtype)

    def activation_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        widest_vectors()
        c, i = context_at(context), instruction_at(instruction)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        if i.a_value == i.output_value:
            for j in range(y.size):
                y[j] = f(loaded(y[j]))
        else:
            x = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
            for j in range(y.size):
                y[j] = f(x[j])
        return 0.0

    return activation_forward


def backward(dtype: Any, formula: Any) -> Any:
    """dL/dx = dL/dy f'(x)."""
    slope = in_precision(formula.slope, dtype)

    def activation_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        widest_vectors()
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        x = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, row, rows, dtype)
        if i.a_delta == i.output_delta:
            for j in range(dy.size):
                dy[j] *= slope(x[j], y[j])
            return 0.0
        dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
        if i.a_adds:
            for j in range(dx.size):
                dx[j] += dy[j] * slope(x[j], y[j])
        else:
            for j in range(dx.size):
                dx[j] = dy[j] * slope(x[j], y[j])
        return 0.0

    return activation_backward
