"""What the parameters of a table encoder must be: a table of rules."""

from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

from chainrule.exceptions import DataError

from .columns.scale import SCALES

CATEGORIES = ("one-hot", "codes")
BINARY = ("signs", "one-hot")
DTYPES = ("float32", "float64")
# A float32 code holds whole numbers up to this.
_MOST_CODES = 2**24


def _whole(value: Any, least: int, most: int) -> bool:
    return (
        isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) <= most
    )


def _one_of(names: Any) -> tuple[Callable[[Any], bool], str]:
    return lambda v: isinstance(v, str) and v in names, f"one of {', '.join(map(repr, names))}"


RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "column_kinds": (
        lambda v: v is None or isinstance(v, Mapping),
        "a dict from a column's name to its kind",
    ),
    "numeric": _one_of(tuple(SCALES)),
    "categories": _one_of(CATEGORIES),
    "max_one_hot": (lambda v: _whole(v, 2, 1000), "a whole number from 2 to 1000"),
    "binary": _one_of(BINARY),
    "max_levels": (
        lambda v: v is None or _whole(v, 2, _MOST_CODES - 2),
        "None or a whole number from 2 to 16777214",
    ),
    "max_words": (lambda v: _whole(v, 0, 100_000), "a whole number from 0 to 100000"),
    "missing_indicator": (lambda v: isinstance(v, bool), "True or False"),
    "intervals": (lambda v: isinstance(v, bool), "True or False"),
    "dtype": (lambda v: _dtype_name(v) in DTYPES, "'float32' or 'float64'"),
    "random_state": (lambda v: _whole(v, 0, 2**32 - 1), "a whole number from 0 to 4294967295"),
}


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Raise `DataError` for the first parameter that breaks its rule."""
    for name, (holds, rule) in RULES.items():
        if not holds(parameters[name]):
            raise DataError(
                f"{name} must be {rule}, got {parameters[name]!r}. Choose another value."
            )


def _dtype_name(value: Any) -> str:
    return value if isinstance(value, str) else getattr(value, "__name__", str(value))
