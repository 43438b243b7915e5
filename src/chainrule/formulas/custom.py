"""What a user's own functions are asked before they become formulas, and derivatives of them."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FunctionType
from typing import Any

# A complex step so small that its square vanishes beside 1 in any precision; nothing is subtracted,
# so it costs no digits. Above the smallest normal number of float32.
STEP = 1e-20


def checked_call(kind: str, function: Any, *numbers: float) -> float:
    """Call a user's function with numbers; a clear error where that does not give a number."""
    arguments = ", ".join(map(str, numbers))
    if not isinstance(function, FunctionType):
        raise ValueError(
            f"{kind} must be a function of {len(numbers)} number(s) made by def or lambda, got "
            f"{function!r}. Write one around it."
        )
    try:
        result = function(*numbers)
        return float(result)
    except Exception as error:
        raise ValueError(
            f"{kind} must give a number for {kind}({arguments}), got "
            f"{type(error).__name__}: {error}. Write it for single numbers, not arrays."
        ) from error


def is_derivative(
    derivative: Callable[[float], float], function: Callable[[float], float], at: Iterable[float]
) -> bool:
    """Whether a derivative by complex step exists and is the central difference at some points."""
    # The difference is right to 1e-10 times a third derivative; a comparison or abs, through which
    # no complex step goes, costs more than 1e-4.
    step, tolerance = 1e-5, 1e-4
    with suppress(TypeError):
        for x in at:
            difference = (function(x + step) - function(x - step)) / (2.0 * step)
            if not abs(derivative(x) - difference) <= tolerance * max(1.0, abs(difference)):
                return False
        return True
    return False
