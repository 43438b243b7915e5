"""Layer normalisation of a row: z = (x - m) s with its mean m and s = 1 / its deviation.

Its Jacobian is symmetric, J v = s (v - mean(v) - z mean(z v)), and changes along xt by

    Jt v = (st / s) J v - s (zt mean(z v) + z mean(zt v)),  zt = J xt,  st / s = -s mean(z xt).
"""

from typing import Any

import numpy as np

from ...jit import inline
from ...records import block, context_at, instruction_at, numbers, own_gradient
from ..layer_norm import normalisation, sums_of_a_row
from .pairs import inputs, messages


@sums_of_a_row
def _mean(a):  # type: ignore[no-untyped-def]
    total = a.dtype.type(0)
    for j in range(a.size):
        total += a[j]
    return total / a.dtype.type(a.size)


@sums_of_a_row
def _mean_product(a, b):  # type: ignore[no-untyped-def]
    total = a.dtype.type(0)
    for j in range(a.size):
        total += a[j] * b[j]
    return total / a.dtype.type(a.size)


@inline
def _normalise(x, epsilon, z):  # type: ignore[no-untyped-def]
    """Write the normalised row to z; gives s."""
    mean, inverse = normalisation(x, epsilon)
    for j in range(z.size):
        z[j] = (x[j] - mean) * inverse
    return inverse


@inline
def _pull(z, inverse, v, to):  # type: ignore[no-untyped-def]
    """J v."""
    mean, product = _mean(v), _mean_product(z, v)
    for j in range(to.size):
        to[j] = inverse * (v[j] - mean - z[j] * product)


def forward(dtype: Any) -> Any:
    """yt = gt z + g zt + bt."""

    def layer_norm_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        g = numbers(c.parameters, i.parameters, width, dtype)
        gt = numbers(c.direction, i.parameters, width, dtype)
        bt = numbers(c.direction, i.parameters + width, width, dtype)
        z, zt = np.empty(width, dtype), np.empty(width, dtype)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            yt = block(c.value_tangents, i.output_value, width, c.capacity, r, 1, dtype)
            inverse = _normalise(x, dtype(i.epsilon), z)
            _pull(z, inverse, xt, zt)
            for j in range(width):
                yt[j] = gt[j] * z[j] + g[j] * zt[j] + bt[j]
        return 0.0

    return layer_norm_tangent


def backward(dtype: Any) -> Any:
    """dxt = J dzt + Jt dz, dz = g dy and dzt = gt dy + g dyt."""

    def layer_norm_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        g = numbers(c.parameters, i.parameters, width, dtype)
        gt = numbers(c.direction, i.parameters, width, dtype)
        z, zt = np.empty(width, dtype), np.empty(width, dtype)
        dz, dzt = np.empty(width, dtype), np.empty(width, dtype)
        dx, bent = np.empty(width, dtype), np.empty(width, dtype)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            dxt = block(c.delta_tangents, i.a_delta, width, c.capacity, r, 1, dtype)
            for j in range(width):
                dz[j] = g[j] * dy[j]
                dzt[j] = gt[j] * dy[j] + g[j] * dyt[j]
            inverse = _normalise(x, dtype(i.epsilon), z)
            _pull(z, inverse, xt, zt)
            _pull(z, inverse, dz, dx)
            _pull(z, inverse, dzt, bent)
            speed, straight, turned = (
                _mean_product(z, xt),
                _mean_product(z, dz),
                _mean_product(zt, dz),
            )
            for j in range(width):
                change = speed * dx[j] + zt[j] * straight + z[j] * turned
                message = bent[j] - inverse * change
                dxt[j] = dxt[j] + message if i.a_adds else message
        return 0.0

    return layer_norm_tangent_backward


def gradient(dtype: Any) -> Any:
    """dgt = the sum over rows of dyt z + dy zt, and dbt = that of dyt."""

    def layer_norm_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        width = i.output_width
        out = own_gradient(c, i, dtype)
        dgt, dbt = out[:width], out[width:]
        z, zt = np.empty(width, dtype), np.empty(width, dtype)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x, xt = inputs(c, i, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            inverse = _normalise(x, dtype(i.epsilon), z)
            _pull(z, inverse, xt, zt)
            for j in range(width):
                dgt[j] += dyt[j] * z[j] + dy[j] * zt[j]
                dbt[j] += dyt[j]
        return 0.0

    return layer_norm_tangent_gradient
