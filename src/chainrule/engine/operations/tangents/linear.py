"""Operations that only add or copy: they do to tangents what they do to values."""

from typing import Any

from ...jit import inline
from ...records import context_at


def on_tangents(make: Any, dtype: Any) -> Any:
    """The kernel of such an operation, run on tangents in place of what they belong to."""
    kernel = inline(make(dtype))

    def linear_tangent(context, instruction, first, second):  # type: ignore[no-untyped-def]
        c = context_at(context)
        values, deltas, parameters = c.values, c.deltas, c.parameters
        c.values, c.deltas, c.parameters = c.value_tangents, c.delta_tangents, c.direction
        kernel(context, instruction, first, second)
        c.values, c.deltas, c.parameters = values, deltas, parameters
        return 0.0

    linear_tangent.__qualname__ = f"{make.__name__}_tangent"
    return linear_tangent
