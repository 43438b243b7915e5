"""A number for each column: scales, biases, activations with a learned part."""

from typing import Any

from chainrule.formulas.activations.mixtures import mixture_share_slope, mixture_slope

from ...jit import in_precision
from ...records import block, context_at, instruction_at, numbers, own_gradient
from .. import scale
from .linear import on_tangents
from .pairs import inputs, messages, parameters


def scale_forward(dtype: Any) -> Any:
    """yt = st * x + s * xt, for as many copies of x as y is wider."""

    def scale_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            yt = block(c.value_tangents, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for first in range(0, yt.size, x.size):
                s = numbers(c.parameters, i.parameters + first, x.size, dtype)
                st = numbers(c.direction, i.parameters + first, x.size, dtype)
                for j in range(x.size):
                    yt[first + j] = st[j] * x[j] + s[j] * xt[j]
        return 0.0

    return scale_tangent


def scale_backward(dtype: Any) -> Any:
    """dxt = st * dy + s * dyt, summed over the copies."""

    def scale_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in range(row, row + rows):
            dxt = block(c.delta_tangents, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            if not i.a_adds:
                for j in range(dxt.size):
                    dxt[j] = dtype(0)
            for first in range(0, dy.size, dxt.size):
                s = numbers(c.parameters, i.parameters + first, dxt.size, dtype)
                st = numbers(c.direction, i.parameters + first, dxt.size, dtype)
                for j in range(dxt.size):
                    dxt[j] += st[j] * dy[first + j] + s[j] * dyt[first + j]
        return 0.0

    return scale_tangent_backward


def scale_gradient(dtype: Any) -> Any:
    """dst = the sum over rows of xt * dy + x * dyt."""

    def scale_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        dst = own_gradient(c, i, dtype)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x, xt = inputs(c, i, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            for first in range(0, dy.size, x.size):
                for j in range(x.size):
                    dst[first + j] += xt[j] * dy[first + j] + x[j] * dyt[first + j]
        return 0.0

    return scale_tangent_gradient


def bias_forward(dtype: Any) -> Any:
    """yt = xt + bt."""
    return on_tangents(scale.bias_forward, dtype)


def bias_backward(dtype: Any) -> Any:
    """dxt = dyt."""
    return on_tangents(scale.bias_backward, dtype)


def bias_gradient(dtype: Any) -> Any:
    """dbt = the sum over rows of dyt."""
    return on_tangents(scale.bias_gradient, dtype)


def mixture_forward(dtype: Any, formula: Any) -> Any:
    """yt = ((1 - a) + a f'(x)) xt + (f(x) - x) at."""
    f, slope = in_precision(formula.base.value, dtype), in_precision(formula.base.slope, dtype)
    mix, share = in_precision(mixture_slope, dtype), in_precision(mixture_share_slope, dtype)

    def mixture_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a, at = parameters(c, i, dtype)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            yt = block(c.value_tangents, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for j in range(yt.size):
                y = f(x[j])
                yt[j] = mix(slope(x[j], y), a[j]) * xt[j] + share(x[j], y) * at[j]
        return 0.0

    return mixture_tangent


def mixture_backward(dtype: Any, formula: Any) -> Any:
    """dxt = dyt ((1 - a) + a f'(x)) + dy (a f''(x) xt + (f'(x) - 1) at)."""
    f, slope = in_precision(formula.base.value, dtype), in_precision(formula.base.slope, dtype)
    curvature = in_precision(formula.base.curvature, dtype)
    mix = in_precision(mixture_slope, dtype)

    def mixture_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        a, at = parameters(c, i, dtype)
        for r in range(row, row + rows):
            x, xt = inputs(c, i, r, 1, dtype)
            dxt = block(c.delta_tangents, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            for j in range(dxt.size):
                y = f(x[j])
                steep = slope(x[j], y)
                change = a[j] * curvature(x[j], y) * xt[j] + (steep - dtype(1)) * at[j]
                message = dyt[j] * mix(steep, a[j]) + dy[j] * change
                dxt[j] = dxt[j] + message if i.a_adds else message
        return 0.0

    return mixture_tangent_backward


def mixture_gradient(dtype: Any, formula: Any) -> Any:
    """dat = the sum over rows of dyt (f(x) - x) + dy (f'(x) - 1) xt."""
    f, slope = in_precision(formula.base.value, dtype), in_precision(formula.base.slope, dtype)
    share = in_precision(mixture_share_slope, dtype)

    def mixture_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        dat = own_gradient(c, i, dtype)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x, xt = inputs(c, i, r, 1, dtype)
            dy, dyt = messages(c, i, r, 1, dtype)
            for j in range(dat.size):
                y = f(x[j])
                dat[j] += dyt[j] * share(x[j], y) + dy[j] * (slope(x[j], y) - dtype(1)) * xt[j]
        return 0.0

    return mixture_tangent_gradient
