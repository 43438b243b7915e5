"""Two nodes into one: add, multiply, concatenate. Where paths meet again, messages add up."""

from typing import Any

from ..jit import inline
from ..records import block, context_at, instruction_at


@inline
def send(message, to, adds):  # type: ignore[no-untyped-def]
    """Pass a message on: the first overwrites, a later one is added."""
    for j in range(to.size):
        to[j] = to[j] + message[j] if adds else message[j]


@inline
def send_product(message, factor, to, adds):  # type: ignore[no-untyped-def]
    """Pass on a message times the other factor of a product."""
    for j in range(to.size):
        to[j] = to[j] + message[j] * factor[j] if adds else message[j] * factor[j]


def add_forward(dtype: Any) -> Any:
    """y = a + b."""

    def add_forward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        b = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        for j in range(y.size):
            y[j] = a[j] + b[j]
        return 0.0

    return add_forward_kernel


def add_backward(dtype: Any) -> Any:
    """dL/da = dL/dy and dL/db = dL/dy."""

    def add_backward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, row, rows, dtype)
        if i.a_delta >= 0:
            send(dy, block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype), i.a_adds)
        if i.b_delta >= 0:
            send(dy, block(c.deltas, i.b_delta, i.b_width, c.capacity, row, rows, dtype), i.b_adds)
        return 0.0

    return add_backward_kernel


def multiply_forward(dtype: Any) -> Any:
    """y = a * b."""

    def multiply_forward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        b = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
        y = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        for j in range(y.size):
            y[j] = a[j] * b[j]
        return 0.0

    return multiply_forward_kernel


def multiply_backward(dtype: Any) -> Any:
    """dL/da = dL/dy * b and dL/db = dL/dy * a."""

    def multiply_backward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a = block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype)
        b = block(c.values, i.b_value, i.b_width, c.capacity, row, rows, dtype)
        dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, row, rows, dtype)
        if i.a_delta >= 0:
            da = block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
            send_product(dy, b, da, i.a_adds)
        if i.b_delta >= 0:
            db = block(c.deltas, i.b_delta, i.b_width, c.capacity, row, rows, dtype)
            send_product(dy, a, db, i.b_adds)
        return 0.0

    return multiply_backward_kernel


def concatenate_forward(dtype: Any) -> Any:
    """y = [a, b], row by row."""

    def concatenate_forward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in range(row, row + rows):
            a = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            b = block(c.values, i.b_value, i.b_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for j in range(a.size):
                y[j] = a[j]
            for j in range(b.size):
                y[a.size + j] = b[j]
        return 0.0

    return concatenate_forward_kernel


def concatenate_backward(dtype: Any) -> Any:
    """dL/da and dL/db are the parts of dL/dy."""

    def concatenate_backward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in range(row, row + rows):
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            if i.a_delta >= 0:
                da = block(c.deltas, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
                send(dy[: i.a_width], da, i.a_adds)
            if i.b_delta >= 0:
                db = block(c.deltas, i.b_delta, i.b_width, c.capacity, r, 1, dtype)
                send(dy[i.a_width :], db, i.b_adds)
        return 0.0

    return concatenate_backward_kernel
