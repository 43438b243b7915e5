"""What each parameter of the estimators may be, topic by topic."""

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions

from chainrule.formulas import (
    ACTIVATIONS,
    BIAS_RULES,
    COURSES,
    INITIALIZERS,
    LEARNED_ACTIVATIONS,
    LINKS,
    ROW_ACTIVATIONS,
    SCHEDULES,
    WEIGHT_PRIORS,
    Activation,
    Course,
    Mixture,
    OptimizerChoice,
    Plateau,
    RowLink,
    SoftSharing,
)

from ._solvers import FULL_BATCH_SOLVERS, STOCHASTIC_SOLVERS

# Stopping rules and full-batch solvers are known by their methods: their modules import the engine.
Constraints = dict[str, list[Any]]


def one_of(names: Iterable[str]) -> StrOptions:
    """One of these names, which the message lists in this order (a set would have none)."""
    return StrOptions(dict.fromkeys(names).keys())


_NAMED_ACTIVATIONS = one_of((*ACTIVATIONS, *ROW_ACTIVATIONS, *LEARNED_ACTIVATIONS))
_SIZE = Interval(Real, 0, None, closed="left")
_POSITIVE = Interval(Real, 0, None, closed="neither")
_COUNT = Interval(Integral, 1, None, closed="left")
_SHARE = Interval(Real, 0, 1, closed="left")
_COURSE = [None, one_of(COURSES), Course, Plateau]

NETWORK: Constraints = {
    "hidden_layer_sizes": ["array-like", _COUNT],
    "activation": [_NAMED_ACTIVATIONS, Activation, RowLink, Mixture, "array-like"],
    "output_activation": [None, one_of(LINKS)],
    "initializer": [one_of(INITIALIZERS)],
    "bias_initializer": [None, one_of(BIAS_RULES)],
    "batch_norm": ["boolean"],
    "layer_norm": ["boolean"],
}

OPTIMIZER: Constraints = {
    "solver": [
        one_of((*STOCHASTIC_SOLVERS, *FULL_BATCH_SOLVERS)),
        OptimizerChoice,
        HasMethods("solve"),
    ],
    "batch_size": [StrOptions({"auto"}), _COUNT],
    "learning_rate": [one_of(SCHEDULES)],
    "learning_rate_init": [StrOptions({"auto"}), _POSITIVE],
    "power_t": [_SIZE],
    "schedule": _COURSE,
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "momentum_schedule": _COURSE,
    "nesterovs_momentum": ["boolean"],
    "beta_1": [_SHARE],
    "beta_2": [_SHARE],
    "epsilon": [_POSITIVE],
    "clip_norm": [None, _POSITIVE],
    "clip_value": [None, _POSITIVE],
    "shuffle": ["boolean"],
    "max_fun": [_COUNT],
}

REGULARISATION: Constraints = {
    "alpha": [_SIZE],
    "l1": [_SIZE],
    "l2": [_SIZE],
    "prior_scale": [None, _POSITIVE],
    "weight_prior": [None, one_of(WEIGHT_PRIORS), SoftSharing],
    "weight_decay": [None, _SIZE],
    "weight_decay_schedule": _COURSE,
    "max_norm": [None, _POSITIVE],
    "dropout": [_SHARE, "array-like"],
    "input_dropout": [_SHARE],
    "dropout_schedule": _COURSE,
    "noise": [_SIZE, "array-like"],
    "mixup": [_SIZE],
}

COURSE_OF_FIT: Constraints = {
    "max_iter": [_COUNT],
    "random_state": ["random_state"],
    "tol": [_SIZE],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [_SHARE],
    "n_iter_no_change": [_COUNT, Options(Real, {np.inf})],
    "n_init": [_COUNT],
    "stopping": [None, str, HasMethods("start"), list, tuple],
    "diagnostics": ["boolean"],
}

COMMON: Constraints = {**NETWORK, **OPTIMIZER, **REGULARISATION, **COURSE_OF_FIT}
