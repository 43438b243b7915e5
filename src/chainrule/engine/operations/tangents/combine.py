"""Two nodes into one: add, multiply, concatenate."""

from typing import Any

from ...jit import inline
from ...records import block, context_at, instruction_at
from .. import combine
from .linear import on_tangents
from .pairs import inputs, messages


def add_forward(dtype: Any) -> Any:
    """yt = at + bt."""
    return on_tangents(combine.add_forward, dtype)


def add_backward(dtype: Any) -> Any:
    """dat = dyt and dbt = dyt."""
    return on_tangents(combine.add_backward, dtype)


def concatenate_forward(dtype: Any) -> Any:
    """yt = [at, bt], row by row."""
    return on_tangents(combine.concatenate_forward, dtype)


def concatenate_backward(dtype: Any) -> Any:
    """dat and dbt are the parts of dyt."""
    return on_tangents(combine.concatenate_backward, dtype)


def multiply_forward(dtype: Any) -> Any:
    """yt = at * b + a * bt."""

    def multiply_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        b = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
        at = block(c.value_tangents, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        bt = block(c.value_tangents, i.b_value, i.b_width, c.capacity, row, rows, dtype)
        yt = block(c.value_tangents, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        for j in range(yt.size):
            yt[j] = at[j] * b[j] + a[j] * bt[j]
        return 0.0

    return multiply_tangent


@inline
def _send(message, message_tangent, factor, factor_tangent, to, adds):  # type: ignore[no-untyped-def]
    """Pass on the tangent of a message times the other factor of a product."""
    for j in range(to.size):
        change = message_tangent[j] * factor[j] + message[j] * factor_tangent[j]
        to[j] = to[j] + change if adds else change


def multiply_backward(dtype: Any) -> Any:
    """dat = dyt * b + dy * bt and dbt = dyt * a + dy * at."""

    def multiply_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        dy, dyt = messages(c, i, row, rows, dtype)
        if i.a_delta >= 0:
            b = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
            bt = block(c.value_tangents, i.b_value, i.b_width, c.capacity, row, rows, dtype)
            dat = block(c.delta_tangents, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
            _send(dy, dyt, b, bt, dat, i.a_adds)
        if i.b_delta >= 0:
            a, at = inputs(c, i, row, rows, dtype)
            dbt = block(c.delta_tangents, i.b_delta, i.b_width, c.capacity, row, rows, dtype)
            _send(dy, dyt, a, at, dbt, i.b_adds)
        return 0.0

    return multiply_tangent_backward
