"""The optimizer's step: one loop over a stretch of the flat parameter vector.

The gradient that arrives is a sum over rows. scikit-learn's penalty is added to it, and the sum
divided by the weight of the batch; then come the penalties that do not depend on the batch. Weight
decay shrinks the weight itself. Then the optimizer's rule moves the weight and its states.
"""

from typing import Any

import numpy as np
from numba.np.unsafe.ndarray import to_fixed_tuple

from chainrule.formulas import PENALTIES

from ..jit import REDUCTION, in_precision, inline
from ..records import SETTINGS, context_at, numbers, settings_at

# The widest tuple of constants that an optimizer's formula may give.
MOST_CONSTANTS = 16

_SETTINGS_BYTES = SETTINGS.itemsize


def constants(dtype: Any, formula: Any) -> Any:
    """Once a step: what the update needs besides gradient and states, from a group's settings."""
    rule = in_precision(formula.constants, np.float64)

    def step_constants(context, settings, step, group):  # type: ignore[no-untyped-def]
        c = context_at(context)
        values = rule(step, settings_at(settings))
        out = numbers(c.constants, group * MOST_CONSTANTS, len(values), dtype)
        for k in range(len(values)):
            out[k] = values[k]
        return 0.0

    return step_constants


def prepare(dtype: Any, formula: Any) -> Any:
    """Complete the gradient with penalties and scale; gives the sum of its squares."""
    strengths, gradient = _strengths(dtype), _gradient(dtype)

    def prepare_gradient(context, start, count, kind):  # type: ignore[no-untyped-def]
        c = context_at(context)
        s = settings_at(c.settings + (kind >> 1) * _SETTINGS_BYTES)
        w = numbers(c.parameters, start, count, dtype)
        g = numbers(c.gradient, start, count, dtype)
        _add_parts(c, start, g, dtype)
        alpha, l1, l2 = strengths(c, s, kind)
        bound, scale = dtype(s.clip_value), dtype(c.scale)
        squares = dtype(0)
        for j in range(g.size):
            g[j] = gradient(w[j], g[j], scale, alpha, l1, l2, bound)
            squares += g[j] * g[j]
        return float(squares)

    return prepare_gradient


def update(dtype: Any, formula: Any) -> Any:
    """Move `count` parameters from number `start`; gives their penalty before.

    The usual case, scikit-learn's penalty alone, has a loop of its own: the other penalties and the
    bound are a third of the instructions.
    """
    strengths, rule = _strengths(dtype), in_precision(formula.update, dtype)
    loop = _LOOPS[formula.n_states](rule, _gradient(dtype), _penalty)
    plain_loop = _LOOPS[formula.n_states](rule, _plain_gradient(dtype), _plain_penalty)
    n_constants = formula.update.__code__.co_argcount - 2 - formula.n_states

    def update_parameters(context, start, count, kind):  # type: ignore[no-untyped-def]
        c = context_at(context)
        s = settings_at(c.settings + (kind >> 1) * _SETTINGS_BYTES)
        w = numbers(c.parameters, start, count, dtype)
        g = numbers(c.gradient, start, count, dtype)
        first = (kind >> 1) * MOST_CONSTANTS
        k = to_fixed_tuple(numbers(c.constants, first, n_constants, dtype), n_constants)
        alpha, l1, l2 = strengths(c, s, kind)
        strength = (dtype(0.5) * (alpha * dtype(c.scale) + l2), l1)
        shrink = dtype(1.0 - s.decay_rate * s.weight_decay) if kind & 1 else dtype(1)
        bound = dtype(s.clip_value)
        zero = dtype(0)
        scale = dtype(c.clip)
        if c.prepared:
            alpha = l1 = l2 = zero
        else:
            _add_parts(c, start, g, dtype)
            scale = dtype(c.scale)
        penalties = (scale, alpha, l1, l2, bound)
        if s.l1 == 0.0 and s.l2 == 0.0 and np.isinf(s.clip_value):
            return float(plain_loop(c, start, w, g, penalties, shrink, strength, k, zero))
        return float(loop(c, start, w, g, penalties, shrink, strength, k, zero))

    return update_parameters


@inline
def _add_parts(c, start, g, dtype):  # type: ignore[no-untyped-def]
    """Sum the parts of the gradient that the chunks made, in the order of the chunks."""
    for part in range(1, c.parts):
        other = numbers(c.gradient, part * c.parameter_count + start, g.size, dtype)
        for j in range(g.size):
            g[j] += other[j]


def _strengths(dtype: Any) -> Any:
    @inline
    def strengths(c, s, kind):  # type: ignore[no-untyped-def]
        """How strong the penalties are here; not at all on biases and the like."""
        if kind & 1:
            return dtype(s.alpha), dtype(s.l1), dtype(s.l2)
        return dtype(0), dtype(0), dtype(0)

    return strengths


def _gradient(dtype: Any) -> Any:
    l1_slope = in_precision(PENALTIES["l1"].slope, dtype)
    l2_slope = in_precision(PENALTIES["l2"].slope, dtype)

    @inline
    def complete_gradient(w, g, scale, alpha, l1, l2, bound):  # type: ignore[no-untyped-def]
        whole = (g + l2_slope(w, alpha)) * scale + l2_slope(w, l2) + l1_slope(w, l1)
        return -bound if whole < -bound else (bound if whole > bound else whole)

    return complete_gradient


def _plain_gradient(dtype: Any) -> Any:
    l2_slope = in_precision(PENALTIES["l2"].slope, dtype)

    @inline
    def plain_gradient(w, g, scale, alpha, l1, l2, bound):  # type: ignore[no-untyped-def]
        return (g + l2_slope(w, alpha)) * scale

    return plain_gradient


@inline
def _penalty(w, strength):  # type: ignore[no-untyped-def]
    return strength[0] * w * w + strength[1] * abs(w)


@inline
def _plain_penalty(w, strength):  # type: ignore[no-untyped-def]
    return strength[0] * w * w


def _summing(loop: Any) -> Any:
    """A loop that adds up penalties beside its work.

    Only this sum may be reordered, so it vectorises.
    """
    return inline(loop, fastmath=REDUCTION)


def _no_state(rule: Any, gradient: Any, penalty: Any) -> Any:
    @_summing
    def loop(c, start, w, g, penalties, shrink, strength, k, total):  # type: ignore[no-untyped-def]
        for j in range(w.size):
            total += penalty(w[j], strength)
            slope = gradient(w[j], g[j], *penalties)
            (w[j],) = rule(w[j] * shrink, slope, *k)
        return total

    return loop


def _one_state(rule: Any, gradient: Any, penalty: Any) -> Any:
    @_summing
    def loop(c, start, w, g, penalties, shrink, strength, k, total):  # type: ignore[no-untyped-def]
        s = numbers(c.state, start, w.size, w.dtype)
        for j in range(w.size):
            total += penalty(w[j], strength)
            slope = gradient(w[j], g[j], *penalties)
            w[j], s[j] = rule(w[j] * shrink, slope, s[j], *k)
        return total

    return loop


def _two_states(rule: Any, gradient: Any, penalty: Any) -> Any:
    @_summing
    def loop(c, start, w, g, penalties, shrink, strength, k, total):  # type: ignore[no-untyped-def]
        s = numbers(c.state, start, w.size, w.dtype)
        t = numbers(c.state, c.parameter_count + start, w.size, w.dtype)
        for j in range(w.size):
            total += penalty(w[j], strength)
            slope = gradient(w[j], g[j], *penalties)
            w[j], s[j], t[j] = rule(w[j] * shrink, slope, s[j], t[j], *k)
        return total

    return loop


def _three_states(rule: Any, gradient: Any, penalty: Any) -> Any:
    @_summing
    def loop(c, start, w, g, penalties, shrink, strength, k, total):  # type: ignore[no-untyped-def]
        s = numbers(c.state, start, w.size, w.dtype)
        t = numbers(c.state, c.parameter_count + start, w.size, w.dtype)
        u = numbers(c.state, 2 * c.parameter_count + start, w.size, w.dtype)
        for j in range(w.size):
            total += penalty(w[j], strength)
            slope = gradient(w[j], g[j], *penalties)
            w[j], s[j], t[j], u[j] = rule(w[j] * shrink, slope, s[j], t[j], u[j], *k)
        return total

    return loop


# By the number of states of a weight; Numba needs each loop to name its arrays.
_LOOPS = (_no_state, _one_state, _two_states, _three_states)
