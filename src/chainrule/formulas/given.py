"""Numbers as users give them: what is none becomes NaN, which no comparison lets through.

So a check of a setting is one comparison, `if not number(value) >= 0`, and refuses "a" and None as
it refuses -1 and NaN.
"""

from math import isfinite, nan
from numbers import Real
from typing import Any


def number(value: Any) -> float:
    """The number itself, or NaN for what is none."""
    return value if isinstance(value, Real) else nan  # type: ignore[return-value]


def whole(value: Any) -> float:
    """The number itself, or NaN for what is no whole number."""
    found = number(value)
    return found if isfinite(found) and found == int(found) else nan


def uncalled(value: Any) -> str:
    """What to tell where a class stands for its object, `MaxEpochs` for `MaxEpochs(10)`; or ""."""
    several = value if isinstance(value, list | tuple) else (value,)
    names = [one.__name__ for one in several if isinstance(one, type)]
    return f"an object, got the class {names[0]}. Write {names[0]}(...)." if names else ""
