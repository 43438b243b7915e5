"""Combinations of parameters that are allowed, but hardly wanted: each is warned of."""

from typing import Any

import numpy as np

from chainrule.exceptions import GradientWarning
from chainrule.formulas import OPTIMIZERS
from chainrule.training.warn import warn_user

from ._per_layer import activation_names
from ._solvers import first_rate, is_stochastic, method_of

# Slope 0 wherever they have one.
_FLAT_ACTIVATIONS = ("sign", "step")
# Their steps shrink by the sum of past gradients, or begin at the size of epsilon: with a rate so
# many times below the usual one they stand still.
_SLOW = {"adagrad": 10.0, "adadelta": 100.0}


def warn_of_doubts(estimator: Any, hidden: list[int], *, incremental: bool) -> None:
    """Warn of each; a range test begins with small rates, and goes on by `partial_fit`."""
    _warn_of_flat_activations(estimator, hidden)
    _warn_of_alike_units(estimator, hidden)
    if not incremental:
        _warn_of_small_rate(estimator)


def _warn_of_flat_activations(e: Any, hidden: list[int]) -> None:
    names = activation_names(e.activation, len(hidden))
    flat = [number for number, name in enumerate(names) if name in _FLAT_ACTIVATIONS]
    if flat:
        warn_user(
            f"activation {names[flat[-1]]!r} of hidden layer {flat[-1] + 1} has slope 0: that "
            "layer and those before it learn nothing. Take 'tanh' or 'logistic' to train them.",
            GradientWarning,
        )


def _warn_of_alike_units(e: Any, hidden: list[int]) -> None:
    if hidden and e.initializer == "zeros" and e.pretrain is None:
        warn_user(
            "initializer 'zeros' makes all units of a hidden layer alike, and they stay so. Take "
            "'glorot_uniform', or hidden_layer_sizes=().",
            UserWarning,
        )


def _warn_of_small_rate(e: Any) -> None:
    if not is_stochastic(e.solver):
        return
    method, rate = method_of(e), first_rate(e)
    usual = OPTIMIZERS[method].defaults.get("learning_rate", np.nan)
    if method in _SLOW and rate * _SLOW[method] <= usual:
        warn_user(
            f"learning_rate_init must be near {usual:g} for {method!r} to learn, got {rate}. Pass "
            "'auto' for its usual rate.",
            UserWarning,
        )
