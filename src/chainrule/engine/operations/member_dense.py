"""A Dense of its own for each of the members side by side: y_k = x_k W_k + b_k.

A member's part of each row is a matrix whose rows lie a whole row apart, which BLAS can read and
write in place. Why products are written as their transposes: see dense.py.
"""

from typing import Any

from ..jit import inline
from ..machine import gemm
from ..records import context_at, instruction_at, own_gradient
from .addresses import number_at, row_at
from .dense import add_rows


@inline
def add_products(c, i, row, rows, values, parameters, to, adds, dtype):  # type: ignore[no-untyped-def]
    """Z_k = A_k W_k + b_k, or Z_k += A_k W_k."""
    n, units = i.a_width // i.members, i.output_width // i.members
    a_at = row_at(values, i.a_value, i.a_width, c.capacity, row, dtype)
    z_at = row_at(to, i.output_value, i.output_width, c.capacity, row, dtype)
    w_at = number_at(parameters, i.parameters, dtype)
    b_at = number_at(parameters, i.parameters + i.a_width * units, dtype)
    for member in range(i.members):
        a, z = number_at(a_at, member * n, dtype), number_at(z_at, member * units, dtype)
        w = number_at(w_at, member * n * units, dtype)
        lda, ldz = i.a_width, i.output_width
        old, apart = (z, ldz) if adds else (number_at(b_at, member * units, dtype), 0)
        gemm(c.gemm, dtype, 0, 0, units, rows, n, w, units, a, lda, z, ldz, old, apart)


@inline
def send_products(c, i, row, rows, messages, parameters, to, adds, dtype):  # type: ignore[no-untyped-def]
    """dA_k = dZ_k W_k', added where `adds`."""
    n, units = i.a_width // i.members, i.output_width // i.members
    da_at = row_at(to, i.a_delta, i.a_width, c.capacity, row, dtype)
    dz_at = row_at(messages, i.output_delta, i.output_width, c.capacity, row, dtype)
    w_at = number_at(parameters, i.parameters, dtype)
    for member in range(i.members):
        da, dz = number_at(da_at, member * n, dtype), number_at(dz_at, member * units, dtype)
        w = number_at(w_at, member * n * units, dtype)
        lda, ldz = i.a_width, i.output_width
        old = da if adds else 0
        gemm(c.gemm, dtype, 1, 0, n, rows, units, w, units, dz, ldz, da, lda, old, lda)


@inline
def sum_products(c, i, values, messages, dtype):  # type: ignore[no-untyped-def]
    """dW_k += A_k' dZ_k."""
    n, units = i.a_width // i.members, i.output_width // i.members
    row, rows = c.gradient_row, c.gradient_rows
    a_at = row_at(values, i.a_value, i.a_width, c.capacity, row, dtype)
    dz_at = row_at(messages, i.output_delta, i.output_width, c.capacity, row, dtype)
    dw_at = number_at(c.gradient, c.part * c.parameter_count + i.parameters, dtype)
    for member in range(i.members):
        a, dz = number_at(a_at, member * n, dtype), number_at(dz_at, member * units, dtype)
        dw = number_at(dw_at, member * n * units, dtype)
        lda, ldz = i.a_width, i.output_width
        gemm(c.gemm, dtype, 0, 1, units, n, rows, dz, ldz, a, lda, dw, units, dw, units)


@inline
def sum_messages(c, i, messages, dtype):  # type: ignore[no-untyped-def]
    """db_k = the sum over rows of dZ_k. It comes first, since it clears what was there."""
    units = i.output_width // i.members
    db = own_gradient(c, i, dtype)[i.a_width * units :]
    dz = row_at(messages, i.output_delta, db.size, c.capacity, c.gradient_row, dtype)
    add_rows(db, dz, c.gradient_rows, dtype)


def forward(dtype: Any) -> Any:
    """Z_k = A_k W_k + b_k."""

    def member_dense_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        add_products(c, i, row, rows, c.values, c.parameters, c.values, 0, dtype)
        return 0.0

    return member_dense_forward


def backward(dtype: Any) -> Any:
    """dL/dA_k = dL/dZ_k W_k'."""

    def member_dense_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta >= 0:
            send_products(c, i, row, rows, c.deltas, c.parameters, c.deltas, i.a_adds, dtype)
        return 0.0

    return member_dense_backward


def gradient(dtype: Any) -> Any:
    """dL/dW_k = A_k' dL/dZ_k, and dL/db_k = the sum over rows of dL/dZ_k."""

    def member_dense_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        sum_messages(c, i, c.deltas, dtype)
        sum_products(c, i, c.values, c.deltas, dtype)
        return 0.0

    return member_dense_gradient
