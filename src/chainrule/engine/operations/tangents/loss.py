"""The loss: where the tangents of messages begin."""

from typing import Any

from chainrule.formulas.second_order import ROW_CURVATURES

from ...jit import in_precision, inline
from ...records import block, context_at, instruction_at
from ..loss import is_known, prediction_of, rows_of_members, target_of, weight_of


def forward(dtype: Any, formula: Any) -> Any:
    """Nothing: the loss's own tangent is not needed."""

    def loss_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        return 0.0

    return loss_tangent


@inline
def _tangent(c, i, r, dtype):  # type: ignore[no-untyped-def]
    width = i.a_width // i.members
    return block(c.value_tangents, i.a_value, width, c.capacity, r, 1, dtype)


@inline
def _message_tangent(c, i, r, dtype):  # type: ignore[no-untyped-def]
    width = i.a_width // i.members
    return block(c.delta_tangents, i.a_delta, width, c.capacity, r, 1, dtype)


@inline
def _share(c, i, r, dtype):  # type: ignore[no-untyped-def]
    """What a member's loss is multiplied by."""
    return weight_of(c, i, r, dtype) * dtype(1.0 / i.members)


def residual_curvature(y: float, p: float) -> float:
    """Return 1, the derivative in p of a canonical pair's slope p - y."""
    return 1.0


def backward(dtype: Any, formula: Any, canonical: bool) -> Any:
    """dpt = L''(p) pt; or at once dzt = pt for a canonical pair, whose dz is p - y."""
    curvature = in_precision(residual_curvature if canonical else formula.curvature, dtype)

    def loss_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in rows_of_members(i, row, rows):
            y, p = target_of(c, i, r, dtype), prediction_of(c, i, r, dtype)
            pt, dpt = _tangent(c, i, r, dtype), _message_tangent(c, i, r, dtype)
            share = _share(c, i, r, dtype)
            for j in range(dpt.size):
                known = y[j] == y[j]
                dpt[j] = share * curvature(y[j], p[j]) * pt[j] if known else dtype(0)
        return 0.0

    return loss_tangent_backward


def row_backward(dtype: Any, formula: Any) -> Any:
    """dpt = the Hessian of L in p, times pt, row by row."""
    curvature = in_precision(ROW_CURVATURES[formula.name], dtype)

    def row_loss_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in rows_of_members(i, row, rows):
            y, dpt = target_of(c, i, r, dtype), _message_tangent(c, i, r, dtype)
            curvature(y, prediction_of(c, i, r, dtype), _tangent(c, i, r, dtype), dpt)
            share, known = _share(c, i, r, dtype), is_known(y)
            for j in range(dpt.size):
                dpt[j] = share * dpt[j] if known else dtype(0)
        return 0.0

    return row_loss_tangent_backward
