"""A number for each column: scales, biases, activations with a learned part; means of members."""

from typing import Any

from chainrule.formulas.activations.mixtures import mixture, mixture_share_slope, mixture_slope

from ..jit import in_precision
from ..records import block, context_at, instruction_at, numbers, own_gradient
from ..vectors import widest_vectors
from .combine import send, send_product


def scale_forward(dtype: Any) -> Any:
    """y = s * x, for as many copies of x as y is wider."""

    def scale_forward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for first in range(0, y.size, x.size):
                s = numbers(c.parameters, i.parameters + first, x.size, dtype)
                own = y[first : first + x.size]
                for j in range(x.size):
                    own[j] = s[j] * x[j]
        return 0.0

    return scale_forward_kernel


def scale_backward(dtype: Any) -> Any:
    """dL/dx = s * dL/dy, summed over the copies."""

    def scale_backward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        for r in range(row, row + rows):
            dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for first in range(0, dy.size, dx.size):
                s = numbers(c.parameters, i.parameters + first, dx.size, dtype)
                send_product(dy[first : first + dx.size], s, dx, first > 0 or i.a_adds)
        return 0.0

    return scale_backward_kernel


def scale_gradient(dtype: Any) -> Any:
    """dL/ds = the sum over rows of x * dL/dy."""

    def scale_gradient_kernel(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        ds = own_gradient(c, i, dtype)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for first in range(0, dy.size, x.size):
                own_ds, own_dy = ds[first : first + x.size], dy[first : first + x.size]
                for j in range(x.size):
                    own_ds[j] += x[j] * own_dy[j]
        return 0.0

    return scale_gradient_kernel


def bias_forward(dtype: Any) -> Any:
    """y = x + b."""

    def bias_forward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        b = numbers(c.parameters, i.parameters, i.output_width, dtype)
        in_place = i.a_value == i.output_value
        for r in range(row, row + rows):
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            if in_place:
                for j in range(y.size):
                    y[j] += b[j]
            else:
                x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
                for j in range(y.size):
                    y[j] = x[j] + b[j]
        return 0.0

    return bias_forward_kernel


def bias_backward(dtype: Any) -> Any:
    """dL/dx = dL/dy; where both have one place, it is there already."""

    def bias_backward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0 or i.a_delta == i.output_delta:
            return 0.0
        dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, row, rows, dtype)
        dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, row, rows, dtype)
        send(dy, dx, i.a_adds)
        return 0.0

    return bias_backward_kernel


def bias_gradient(dtype: Any) -> Any:
    """dL/db = the sum over rows of dL/dy."""

    def bias_gradient_kernel(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        db = own_gradient(c, i, dtype)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for j in range(db.size):
                db[j] += dy[j]
        return 0.0

    return bias_gradient_kernel


def mixture_forward(dtype: Any, formula: Any) -> Any:
    """y = (1 - a) x + a f(x)."""
    f, mix = in_precision(formula.base.value, dtype), in_precision(mixture, dtype)

    def mixture_forward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        widest_vectors()
        c, i = context_at(context), instruction_at(instruction)
        a = numbers(c.parameters, i.parameters, i.output_width, dtype)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for j in range(y.size):
                y[j] = mix(x[j], f(x[j]), a[j])
        return 0.0

    return mixture_forward_kernel


def mixture_backward(dtype: Any, formula: Any) -> Any:
    """dL/dx = dL/dy ((1 - a) + a f'(x))."""
    f, slope = in_precision(formula.base.value, dtype), in_precision(formula.base.slope, dtype)
    mix = in_precision(mixture_slope, dtype)

    def mixture_backward_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        widest_vectors()
        c, i = context_at(context), instruction_at(instruction)
        if i.a_delta < 0:
            return 0.0
        a, adds = numbers(c.parameters, i.parameters, i.output_width, dtype), i.a_adds != 0
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dx = block(c.deltas, i.a_delta, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for j in range(dx.size):
                message = dy[j] * mix(slope(x[j], f(x[j])), a[j])
                dx[j] = dx[j] + message if adds else message
        return 0.0

    return mixture_backward_kernel


def mixture_gradient(dtype: Any, formula: Any) -> Any:
    """dL/da = the sum over rows of dL/dy (f(x) - x)."""
    f = in_precision(formula.base.value, dtype)
    slope = in_precision(mixture_share_slope, dtype)

    def mixture_gradient_kernel(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        widest_vectors()
        c, i = context_at(context), instruction_at(instruction)
        da = own_gradient(c, i, dtype)
        for r in range(c.gradient_row, c.gradient_row + c.gradient_rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            dy = block(c.deltas, i.output_delta, i.output_width, c.capacity, r, 1, dtype)
            for j in range(da.size):
                da[j] += dy[j] * slope(x[j], f(x[j]))
        return 0.0

    return mixture_gradient_kernel


def member_mean_forward(dtype: Any) -> Any:
    """y = the mean of the members side by side in x."""

    def member_mean_kernel(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        share = dtype(i.output_width / i.a_width)
        for r in range(row, row + rows):
            x = block(c.values, i.a_value, i.a_width, c.capacity, r, 1, dtype)
            y = block(c.values, i.output_value, i.output_width, c.capacity, r, 1, dtype)
            for j in range(y.size):
                y[j] = dtype(0)
            for first in range(0, x.size, y.size):
                own = x[first : first + y.size]
                for j in range(y.size):
                    y[j] += share * own[j]
        return 0.0

    return member_mean_kernel
