"""What the settings of a table model must be: a table of rules, and the error for each."""

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

from chainrule.exceptions import DataError
from chainrule.formulas import ACTIVATIONS, lookup

# Of a layer, and of a network: more would take tens of gigabytes to train.
MOST_UNITS, MOST_WEIGHTS = 1_000_000, 2**31
# While it is trained: float32 of itself, its slope, Adam's two averages and the best epoch's.
BYTES_OF_A_WEIGHT = 5 * 4


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _layer(value: Any) -> bool:
    return _whole(value, 1) and int(value) <= MOST_UNITS


def _real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _fraction(value: Any) -> bool:
    return _real(value) and 0 <= value < 1


Rule = tuple[Callable[[Any], bool], str]

TASKS = ("auto", "classification", "regression")

RULES: dict[str, Rule] = {
    "target": (lambda v: isinstance(v, str), "the name of a column"),
    "hidden": (
        lambda v: isinstance(v, list | tuple) and all(_layer(n) for n in v),
        "whole numbers from 1 to 1,000,000, one for each hidden layer",
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
    try:
        lookup(dict.fromkeys(TASKS), "task", settings["task"])
        lookup(ACTIVATIONS, "activation", settings["activation"])
    except ValueError as error:
        raise DataError(str(error)) from error


def memory() -> int:
    """Return the bytes of memory of this computer; where the system does not tell, very many."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**63


def check_size(inputs: int, hidden: Sequence[int], outputs: int) -> None:
    """Refuse a network with more weights than memory holds, before anything is allocated."""
    units = [inputs, *map(int, hidden), outputs]
    weights = sum((a + 1) * b for a, b in pairwise(units))
    most = min(MOST_WEIGHTS, memory() // BYTES_OF_A_WEIGHT)
    if weights > most:
        raise DataError(
            f"hidden must give at most {most:,} weights to fit in memory, got {weights:,} from "
            f"{tuple(hidden)}, {inputs:,} inputs and {outputs:,} outputs. Use smaller layers."
        )
