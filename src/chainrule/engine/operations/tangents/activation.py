"""Activations: the slope carries tangents as it carries messages; the curvature bends them."""

from typing import Any

from ...jit import in_precision
from ...records import block, context_at, instruction_at
from .pairs import messages


def forward(dtype: Any, formula: Any) -> Any:
    """yt = f'(x) xt."""
    slope = in_precision(formula.slope, dtype)

    def activation_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        x = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        xt = block(c.value_tangents, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        yt = block(c.value_tangents, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        for j in range(yt.size):
            yt[j] = slope(x[j], y[j]) * xt[j]
        return 0.0

    return activation_tangent


def backward(dtype: Any, formula: Any) -> Any:
    """dxt = dyt f'(x) + dy f''(x) xt."""
    slope = in_precision(formula.slope, dtype)
    curvature = in_precision(formula.curvature, dtype)

    def activation_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        x = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        xt = block(c.value_tangents, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        dy, dyt = messages(c, i, row, rows, dtype)
        dxt = block(c.delta_tangents, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
        for j in range(dxt.size):
            message = dyt[j] * slope(x[j], y[j]) + dy[j] * curvature(x[j], y[j]) * xt[j]
            dxt[j] = dxt[j] + message if i.a_adds else message
        return 0.0

    return activation_tangent_backward
