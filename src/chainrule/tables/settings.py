"""What the settings of a table model must be: a table of rules, and the error for each."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

from chainrule.exceptions import DataError

from .frames import nearest


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _fraction(value: Any) -> bool:
    return _real(value) and 0 <= value < 1


Rule = tuple[Callable[[Any], bool], str]

RULES: dict[str, Rule] = {
    "target": (lambda v: isinstance(v, str), "the name of a column"),
    "task": (
        lambda v: v in ("auto", "classification", "regression"),
        "'auto', 'classification' or 'regression'",
    ),
    "hidden": (
        lambda v: isinstance(v, list | tuple) and all(_whole(n, 1) for n in v),
        "whole numbers of at least 1, one for each hidden layer",
    ),
    "epochs": (lambda v: _whole(v, 1), "a whole number of at least 1"),
    "patience": (lambda v: _whole(v, 1), "a whole number of at least 1"),
    "seed": (lambda v: _whole(v, 0) and int(v) < 2**32, "a whole number from 0 to 4294967295"),
    "batch_size": (lambda v: v == "auto" or _whole(v, 1), "'auto' or a whole number of at least 1"),
    "learning_rate": (lambda v: _real(v) and 0 < v < float("inf"), "a number above 0"),
    "alpha": (lambda v: _real(v) and 0 <= v < float("inf"), "a number of at least 0"),
    "test_fraction": (_fraction, "a number of at least 0 and below 1"),
    "validation_fraction": (_fraction, "a number of at least 0 and below 1"),
}


def check_settings(settings: dict[str, Any]) -> None:
    """Raise `DataError` for the first setting that breaks its rule."""
    for name, (holds, rule) in RULES.items():
        if not holds(settings[name]):
            raise DataError(f"{name} must be {rule}, got {settings[name]!r}. Choose another value.")
    check_activation(settings["activation"])


def check_activation(name: Any) -> None:
    """Raise `DataError` for an activation that no formula has."""
    from chainrule.formulas.activations import ACTIVATIONS

    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise DataError(
            f"activation must be one of {', '.join(ACTIVATIONS)}, got {name!r}."
            f"{nearest(str(name), ACTIVATIONS) or ' Choose one.'}"
        )
