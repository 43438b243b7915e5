"""A prior that is learned with the weights: a penalty on how all of them are distributed.

It is no function of rows. Once a step, after the gradient of the rows, each block of weights adds
its slope (`pull`) and what it says of the prior's own parameters; when all have, these sums make up
the gradient of those (`collect`). The sums are one row a block and are added in the order of the
blocks, so their bits do not depend on who did which.
"""

from typing import Any

import numpy as np

from chainrule.formulas.elementary import exp, log

from ..jit import REDUCTION, in_precision, inline
from ..records import context_at, instruction_at, numbers

# Weights that are worked on at a time: with some components they stay in the first-level cache.
_TILE = 256


def _summing(function: Any) -> Any:
    """A helper whose sums may be reordered, so that they vectorise."""
    return inline(function, fastmath=REDUCTION)


@_summing
def _sum(x):  # type: ignore[no-untyped-def]
    total = x.dtype.type(0)
    for k in range(x.size):
        total += x[k]
    return total


def forward(dtype: Any, formula: Any) -> Any:
    """Nothing: no row has a part in it."""

    def prior_forward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        return 0.0

    return prior_forward


def pull(dtype: Any, formula: Any) -> Any:
    """Add the slope to the sum over rows that the gradient is before it is scaled."""
    terms_of = in_precision(formula.terms, dtype)
    responsibilities, add = _responsibilities(dtype, formula), _add(dtype, formula)

    def prior_pull(context, start, count, block):  # type: ignore[no-untyped-def]
        c = context_at(context)
        i = instruction_at(c.prior)
        size, components = i.parameter_count, i.hidden
        terms = np.empty(size, dtype)
        terms_of(numbers(c.parameters, i.parameters, size, dtype), dtype(i.epsilon), terms)
        of_component = terms.reshape(3, components)
        sums = numbers(c.prior_sums, block * (size + 1), size + 1, np.float64)
        strength = dtype(i.rate / c.scale if c.scale > 0.0 else 0.0)
        shares, rows = np.empty((components, _TILE), dtype), np.empty((2, _TILE), dtype)
        for first in range(0, count, _TILE):
            rest = min(_TILE, count - first)
            w = numbers(c.parameters, start + first, rest, dtype)
            g = numbers(c.gradient, start + first, rest, dtype)
            sums[size] += responsibilities(w, of_component, shares, rows)
            add(w, g, of_component, shares, strength, sums)
        return 0.0

    return prior_pull


def _responsibilities(dtype: Any, formula: Any) -> Any:
    log_density = in_precision(formula.log_density, dtype)

    @inline
    def responsibilities(w, terms, shares, rows):  # type: ignore[no-untyped-def]
        """Write each weight's share of each component; gives the sum of -log densities.

        Many weights at a time, a component after the other: so the loops vectorise.
        """
        largest, total = rows[0, : w.size], rows[1, : w.size]
        for j in range(terms.shape[1]):
            peak, mean, precision = terms[0, j], terms[1, j], terms[2, j]
            share = shares[j, : w.size]
            for k in range(w.size):
                share[k] = log_density(w[k], peak, mean, precision)
            if j == 0:
                for k in range(w.size):
                    largest[k] = share[k]
            else:
                for k in range(w.size):
                    largest[k] = share[k] if share[k] > largest[k] else largest[k]
        for k in range(w.size):
            total[k] = dtype(0)
        for j in range(terms.shape[1]):
            share = shares[j, : w.size]
            for k in range(w.size):
                share[k] = exp(share[k] - largest[k])
                total[k] += share[k]
        for j in range(terms.shape[1]):
            share = shares[j, : w.size]
            for k in range(w.size):
                share[k] /= total[k]
        for k in range(w.size):
            largest[k] += log(total[k])
        return -_sum(largest)

    return responsibilities


def _add(dtype: Any, formula: Any) -> Any:
    pull, push = in_precision(formula.pull, dtype), in_precision(formula.push, dtype)

    @_summing
    def add(w, g, terms, shares, strength, sums):  # type: ignore[no-untyped-def]
        """Add the slopes at the weights, and what they say of each component."""
        count = terms.shape[1]
        for j in range(count):
            mean, precision, share = terms[1, j], terms[2, j], shares[j, : w.size]
            weights, pulls, pushes = dtype(0), dtype(0), dtype(0)
            for k in range(w.size):
                pulled = share[k] * pull(w[k], mean, precision)
                g[k] -= strength * pulled
                weights += share[k]
                pulls += pulled
                pushes += share[k] * push(w[k], mean, precision)
            sums[j] += weights
            sums[count + j] += pulls
            sums[2 * count + j] += pushes

    return add


def collect(dtype: Any, formula: Any) -> Any:
    """Sum what the blocks say and clear it; gives the penalty."""
    terms_of = in_precision(formula.terms, dtype)
    own_slope = in_precision(formula.own_slope, dtype)

    def prior_collect(context, blocks, a, b):  # type: ignore[no-untyped-def]
        c = context_at(context)
        i = instruction_at(c.prior)
        size = i.parameter_count
        terms, total = np.empty(size, dtype), np.zeros(size + 1)
        for k in range(blocks):
            sums = numbers(c.prior_sums, k * (size + 1), size + 1, np.float64)
            for j in range(size + 1):
                total[j] += sums[j]
                sums[j] = 0.0
        own = numbers(c.parameters, i.parameters, size, dtype)
        g = numbers(c.gradient, i.parameters, size, dtype)
        terms_of(own, dtype(i.epsilon), terms)
        own_slope(own, terms, total, g)
        strength = dtype(i.rate / c.scale if c.scale > 0.0 else 0.0)
        for j in range(g.size):
            g[j] *= strength
        return i.rate * total[size]

    return prior_collect
