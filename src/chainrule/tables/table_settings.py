"""What the settings of the table estimators must be: a table of rules, and the error for each."""

from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from chainrule.exceptions import DataError

from .networks.architecture import EMBEDDINGS
from .recipes import recipe

# What `target_transform` takes besides None.
TRANSFORMS = ("power",)


def _whole(least: int) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least

    return holds


def _real(low: float, high: float, *, with_low: bool) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        is_real = isinstance(value, Real) and not isinstance(value, bool)
        return is_real and (low <= value if with_low else low < value) and value < high

    return holds


def _boolean(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _layers(value: Any) -> bool:
    units = value if isinstance(value, list | tuple) else [value]
    return all(_whole(1)(number) for number in units)


def _random_state(value: Any) -> bool:
    try:
        check_random_state(value)
    except ValueError:
        return False
    return True


Rule = tuple[Callable[[Any], bool], str]
_INFINITY = float("inf")

# Each may also be None, which leaves it to the recipe, or to chance.
RULES: dict[str, Rule] = {
    "time_limit": (_real(0.0, _INFINITY, with_low=False), "a number of seconds above 0"),
    "n_ensemble": (_whole(1), "a whole number of at least 1"),
    "cv": (_whole(2), "a whole number of at least 2"),
    "hidden_layer_sizes": (_layers, "whole numbers of at least 1, one for each hidden layer"),
    "learning_rate_init": (_real(0.0, _INFINITY, with_low=False), "a number above 0"),
    "dropout": (_real(0.0, 1.0, with_low=True), "a number of at least 0 and below 1"),
    "weight_decay": (_real(0.0, _INFINITY, with_low=True), "a number of at least 0"),
    "label_smoothing": (_real(0.0, 1.0, with_low=True), "a number of at least 0 and below 1"),
    "embeddings": (
        lambda value: isinstance(value, str) and value in EMBEDDINGS,
        f"one of {', '.join(map(repr, EMBEDDINGS))}",
    ),
    "batch_size": (_whole(1), "a whole number of at least 1"),
    "epochs": (_whole(1), "a whole number of at least 1"),
    "validation_fraction": (_real(0.0, 0.5001, with_low=False), "above 0 and at most 0.5"),
    "random_state": (
        _random_state,
        "None, a whole number from 0 to 4294967295 or a RandomState of NumPy",
    ),
    "target_transform": (
        lambda value: isinstance(value, str) and value in TRANSFORMS,
        f"None or {' or '.join(map(repr, TRANSFORMS))}",
    ),
    "column_kinds": (lambda value: isinstance(value, Mapping), "a dict from columns to kinds"),
    "eval_metric": (
        lambda value: isinstance(value, str) or callable(value),
        "a scorer of scikit-learn or its name",
    ),
    "class_weight": (
        lambda value: isinstance(value, str | Mapping),
        "'balanced' or a dict from classes of y to weights",
    ),
    "calibrate": (_boolean, "True or False"),
    "verbose": (lambda value: _boolean(value) or _whole(0)(value), "True or False"),
}


def check_settings(estimator: Any) -> None:
    """Raise DataError for the first setting that breaks its rule."""
    settings = estimator.get_params(deep=False)
    try:
        recipe(settings["preset"], estimator.task_)
    except ValueError as error:
        raise DataError(str(error)) from error
    for name, (holds, rule) in RULES.items():
        value = settings.get(name)
        if value is not None and not holds(value):
            raise DataError(f"{name} must be {rule}, got {value!r}. Choose another value.")
