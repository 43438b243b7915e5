"""What the settings of a `TableModel` must be; those of its estimator are checked by it."""

import inspect
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from chainrule.exceptions import DataError
from chainrule.formulas import ACTIVATIONS, LEARNED_ACTIVATIONS, lookup

from .classifier import TableClassifier
from .networks.measures import scorer_of
from .recipes import CLASSIFICATION, REGRESSION
from .regressor import TableRegressor
from .table_settings import check_settings

TASKS = ("auto", CLASSIFICATION, REGRESSION)
ESTIMATORS: dict[str, Any] = {CLASSIFICATION: TableClassifier, REGRESSION: TableRegressor}


def check_model_settings(model: Any) -> None:
    """Raise DataError for the first setting that breaks its rule."""
    if not isinstance(model.target, str):
        raise DataError(f"target must be the name of a column, got {model.target!r}. Name one.")
    fraction, seed = model.test_fraction, model.seed
    if not _is(fraction, Real) or not 0 <= fraction < 1:
        raise DataError(
            "test_fraction must be a number of at least 0 and below 1, got "
            f"{fraction!r}. Choose another value."
        )
    if not _is(seed, Integral) or not 0 <= seed < 2**32:
        raise DataError(
            f"seed must be a whole number from 0 to 4294967295, got {seed!r}. Choose another value."
        )
    if not isinstance(model.settings, Mapping | None):
        raise DataError(
            f"settings must be a dict of parameters or None, got {model.settings!r}. For example "
            "{'preset': 'fast'}."
        )
    settings = model.settings or {}
    try:
        lookup(dict.fromkeys(TASKS), "task", model.task)
        for name in settings:
            lookup(_known(), "settings", name)
        if settings.get("activation") is not None:
            activations = dict.fromkeys([*ACTIVATIONS, *LEARNED_ACTIVATIONS])
            lookup(activations, "activation", settings["activation"])
    except ValueError as error:
        raise DataError(str(error)) from error
    if settings.get("eval_metric") is not None:
        scorer_of(settings["eval_metric"])
    for make in ESTIMATORS.values():
        check_settings(make(**_of(make, settings)))


def estimator_of(task: str, settings: Mapping[str, Any], seed: int) -> Any:
    """The estimator of a task; DataError for a setting that only the other task has."""
    make = ESTIMATORS[task]
    own = _of(make, settings)
    for name, value in settings.items():
        if name not in own and value is not None:
            raise DataError(
                f"{name} must be left out for {task}, got {value!r}. It is for the other task."
            )
    return make(**own, random_state=seed)


def _of(make: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    names = inspect.signature(make).parameters
    return {name: value for name, value in settings.items() if name in names}


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _known() -> dict[str, None]:
    """The parameters of either estimator, besides the seed, which is the model's own."""
    names = [name for make in ESTIMATORS.values() for name in inspect.signature(make).parameters]
    return {name: None for name in names if name != "random_state"}
