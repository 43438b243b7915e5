"""What a tangent's kernel reads comes in pairs: numbers, and how they change."""

from ...jit import inline
from ...records import block, numbers


@inline
def parameters(c, i, dtype):  # type: ignore[no-untyped-def]
    """An instruction's parameters, and the direction along which they change."""
    return (
        numbers(c.parameters, i.parameters, i.parameter_count, dtype),
        numbers(c.direction, i.parameters, i.parameter_count, dtype),
    )


@inline
def inputs(c, i, row, rows, dtype):  # type: ignore[no-untyped-def]
    """Rows of the first input x, and xt."""
    return (
        block(c.values, i.a_value, i.a_width, c.capacity, row, rows, dtype),
        block(c.value_tangents, i.a_value, i.a_width, c.capacity, row, rows, dtype),
    )


@inline
def messages(c, i, row, rows, dtype):  # type: ignore[no-untyped-def]
    """Rows of the message dy to the output, and dyt."""
    return (
        block(c.deltas, i.output_delta, i.output_width, c.capacity, row, rows, dtype),
        block(c.delta_tangents, i.output_delta, i.output_width, c.capacity, row, rows, dtype),
    )
