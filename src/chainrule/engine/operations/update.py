"""The optimizer's step: one loop over a stretch of the flat parameter vector.

The gradient that arrives is a sum over rows. The penalty's slope is added to it, and the sum
divided by the weight of the batch, as in scikit-learn; then the optimizer's rule moves the weight
and its states.
"""

from typing import Any

import numpy as np
from numba.np.unsafe.ndarray import to_fixed_tuple

from chainrule.formulas import PENALTIES

from ..jit import REDUCTION, in_precision, inline
from ..records import context_at, numbers, settings_at


def constants(dtype: Any, formula: Any) -> Any:
    """Once a step: what the update needs besides gradient and states, from the settings."""
    rule = in_precision(formula.constants, np.float64)

    def step_constants(context, settings, step, unused):  # type: ignore[no-untyped-def]
        c = context_at(context)
        values = rule(step, settings_at(settings))
        out = numbers(c.constants, 0, len(values), dtype)
        for k in range(len(values)):
            out[k] = values[k]
        return 0.0

    return step_constants


def update(dtype: Any, formula: Any) -> Any:
    """Move `count` parameters from number `start`; gives the sum of their squares before."""
    loop = _LOOPS[formula.n_states](in_precision(formula.update, dtype), _penalised(dtype))
    n_constants = formula.update.__code__.co_argcount - 2 - formula.n_states

    def update_parameters(context, start, count, penalised):  # type: ignore[no-untyped-def]
        c = context_at(context)
        w = numbers(c.parameters, start, count, dtype)
        g = numbers(c.gradient, start, count, dtype)
        for part in range(1, c.parts):
            other = numbers(c.gradient, part * c.parameter_count + start, count, dtype)
            for j in range(g.size):
                g[j] += other[j]
        k = to_fixed_tuple(numbers(c.constants, 0, n_constants, dtype), n_constants)
        alpha = dtype(c.alpha) if penalised else dtype(0)
        return float(loop(c, start, w, g, alpha, dtype(c.scale), k, dtype(0)))

    return update_parameters


def _penalised(dtype: Any) -> Any:
    slope = in_precision(PENALTIES["l2"].slope, dtype)

    @inline
    def penalised_gradient(w, g, alpha, scale):  # type: ignore[no-untyped-def]
        return (g + slope(w, alpha)) * scale

    return penalised_gradient


def _summing(loop: Any) -> Any:
    """A loop that adds up squares beside its work.

    Only this sum may be reordered, so it vectorises.
    """
    return inline(loop, fastmath=REDUCTION)


def _no_state(rule: Any, gradient: Any) -> Any:
    @_summing
    def loop(c, start, w, g, alpha, scale, k, squares):  # type: ignore[no-untyped-def]
        for j in range(w.size):
            squares += w[j] * w[j]
            (w[j],) = rule(w[j], gradient(w[j], g[j], alpha, scale), *k)
        return squares

    return loop


def _one_state(rule: Any, gradient: Any) -> Any:
    @_summing
    def loop(c, start, w, g, alpha, scale, k, squares):  # type: ignore[no-untyped-def]
        s = numbers(c.state, start, w.size, w.dtype)
        for j in range(w.size):
            squares += w[j] * w[j]
            w[j], s[j] = rule(w[j], gradient(w[j], g[j], alpha, scale), s[j], *k)
        return squares

    return loop


def _two_states(rule: Any, gradient: Any) -> Any:
    @_summing
    def loop(c, start, w, g, alpha, scale, k, squares):  # type: ignore[no-untyped-def]
        s = numbers(c.state, start, w.size, w.dtype)
        t = numbers(c.state, c.parameter_count + start, w.size, w.dtype)
        for j in range(w.size):
            squares += w[j] * w[j]
            w[j], s[j], t[j] = rule(w[j], gradient(w[j], g[j], alpha, scale), s[j], t[j], *k)
        return squares

    return loop


# By the number of states of a weight; Numba needs each loop to name its arrays.
_LOOPS = (_no_state, _one_state, _two_states)
