"""A Dense of its own for each of the members side by side: y_k = x_k W_k + b_k.

A member's part of each row is a matrix whose rows lie a whole row apart, which BLAS can read and
write in place. Why products are written as their transposes: see dense.py.
"""

from typing import Any

from ..machine import gemm
from ..records import block, context_at, instruction_at, numbers, own_gradient


def forward(dtype: Any) -> Any:
    """Z_k = A_k W_k + b_k."""
    bytes_each = dtype().itemsize

    def member_dense_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        n, units = i.a_width // i.members, i.output_width // i.members
        z = block(c.values, i.output_value, i.output_width, c.capacity, row, rows, dtype)
        b = numbers(c.parameters, i.parameters + i.a_width * units, i.output_width, dtype)
        for r in range(rows):
            own = z[r * b.size : (r + 1) * b.size]
            for j in range(b.size):
                own[j] = b[j]
        a_at = c.values + (i.a_value * c.capacity + row * i.a_width) * bytes_each
        z_at = c.values + (i.output_value * c.capacity + row * i.output_width) * bytes_each
        w_at = c.parameters + i.parameters * bytes_each
        for member in range(i.members):
            a, z_own = a_at + member * n * bytes_each, z_at + member * units * bytes_each
            w = w_at + member * n * units * bytes_each
            lda, ldz = i.a_width, i.output_width
            gemm(c.gemm, dtype, 0, 0, units, rows, n, w, units, a, lda, 1, z_own, ldz)
        return 0.0

    return member_dense_forward


def backward(dtype: Any) -> Any:
    """dL/dA_k = dL/dZ_k W_k'."""
    bytes_each = dtype().itemsize

    def member_dense_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        n, units = i.a_width // i.members, i.output_width // i.members
        da_at = c.deltas + (i.a_delta * c.capacity + row * i.a_width) * bytes_each
        dz_at = c.deltas + (i.output_delta * c.capacity + row * i.output_width) * bytes_each
        w_at = c.parameters + i.parameters * bytes_each
        for member in range(i.members):
            da, dz = da_at + member * n * bytes_each, dz_at + member * units * bytes_each
            w = w_at + member * n * units * bytes_each
            lda, ldz = i.a_width, i.output_width
            gemm(c.gemm, dtype, 1, 0, n, rows, units, w, units, dz, ldz, i.a_adds, da, lda)
        return 0.0

    return member_dense_backward


def gradient(dtype: Any) -> Any:
    """dL/dW_k = A_k' dL/dZ_k, and dL/db_k = the sum over rows of dL/dZ_k."""
    bytes_each = dtype().itemsize

    def member_dense_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        n, units, row, rows = (
            i.a_width // i.members,
            i.output_width // i.members,
            c.gradient_row,
            c.gradient_rows,
        )
        whole = own_gradient(c, i, dtype)
        db = whole[i.a_width * units :]
        for r in range(row, row + rows):
            dz_row = block(c.deltas, i.output_delta, db.size, c.capacity, r, 1, dtype)
            for j in range(db.size):
                db[j] += dz_row[j]
        a_at = c.values + (i.a_value * c.capacity + row * i.a_width) * bytes_each
        dz_at = c.deltas + (i.output_delta * c.capacity + row * i.output_width) * bytes_each
        dw_at = c.gradient + (c.part * c.parameter_count + i.parameters) * bytes_each
        for member in range(i.members):
            a, dz = a_at + member * n * bytes_each, dz_at + member * units * bytes_each
            dw = dw_at + member * n * units * bytes_each
            lda, ldz = i.a_width, i.output_width
            gemm(c.gemm, dtype, 0, 1, units, n, rows, dz, ldz, a, lda, 1, dw, units)
        return 0.0

    return member_dense_gradient
