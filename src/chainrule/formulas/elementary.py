"""Elementary functions of one number, the only calls that a formula makes outside its own floor.

These bodies are what plain Python runs: they keep the type of `x` (a np.float32 stays one) and give
inf, -inf, 0 or NaN where the result has no finite value, without a warning. The engine replaces
each by a form that the compiler vectorises, registered on the very same function.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def exp(x: float) -> float:
    """Raise e to the power x; inf above the largest representable result, 0 below the smallest."""
    return _quiet(np.exp, x)


def expm1(x: float) -> float:
    """Return exp(x) - 1 without cancellation near x = 0."""
    return _quiet(np.expm1, x)


def log(x: float) -> float:
    """Natural logarithm; -inf at 0, NaN below."""
    return _quiet(np.log, x)


def log1p(x: float) -> float:
    """Return log(1 + x) without cancellation near x = 0; -inf at -1, NaN below."""
    return _quiet(np.log1p, x)


def log1pexp(x: float) -> float:
    """Return log(1 + exp(x)) with all digits where it is small, and x where exp(x) overflows."""
    return _quiet(lambda z: np.logaddexp(z, 0.0), x)


def tanh(x: float) -> float:
    """Hyperbolic tangent."""
    return _quiet(np.tanh, x)


def erf(x: float) -> float:
    """Error function, 2/sqrt(pi) * integral from 0 to x of exp(-t*t) dt."""
    value = math.erf(x)
    return _quiet(np.float32, value) if isinstance(x, np.float32) else value


def sin(x: float) -> float:
    """Sine of x in radians."""
    return _quiet(np.sin, x)


def cos(x: float) -> float:
    """Cosine of x in radians."""
    return _quiet(np.cos, x)


def sin_turns(x: float) -> float:
    """Sine of x turns, sin(2 pi x): taking off whole turns is exact, however large x is."""
    return _quiet(lambda turns: np.sin(2.0 * np.pi * (turns - np.rint(turns))), x)


def cos_turns(x: float) -> float:
    """Cosine of x turns, cos(2 pi x)."""
    return _quiet(lambda turns: np.cos(2.0 * np.pi * (turns - np.rint(turns))), x)


def sqrt(x: float) -> float:
    """Square root; NaN below 0."""
    return _quiet(np.sqrt, x)


def machine_epsilon(x: float) -> float:
    """Distance from 1 to the next number of the type of x: 2^-23 in float32, 2^-52 in float64."""
    dtype = np.float32 if isinstance(x, np.float32) else np.float64
    epsilon: float = np.finfo(dtype).eps
    return epsilon


def _quiet(function: Callable[..., Any], x: float) -> float:
    with np.errstate(all="ignore"):
        value: float = function(x)
    return value


# Every function above that the engine must replace by a vectorisable form.
ELEMENTARY: dict[str, Callable[[float], float]] = {
    function.__name__: function
    for function in (
        *(exp, expm1, log, log1p, log1pexp, tanh, erf),
        *(sin, cos, sin_turns, cos_turns),
        *(sqrt, machine_epsilon),
    )
}
