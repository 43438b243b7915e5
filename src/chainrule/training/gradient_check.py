"""Back-propagation against central differences: says which derivatives are wrong, if any."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A central difference errs by about h^2 |L'''| / 6 + eps |L| / h, smallest near
# h = eps^(1/3) = 6e-6 in float64, and then by about eps^(2/3) = 4e-11 of the loss's scale. A
# planted error of 0.05 % is far above this.
STEP = 6e-6
TOLERANCE = 1e-6


@dataclass(frozen=True)
class ParameterCheck:
    """One parameter: what back-propagation says, and what the difference quotient says."""

    index: int
    name: str
    backward: float
    difference: float
    error: float
    """Relative to the larger of the two, but at least to the typical size of the gradient."""


@dataclass(frozen=True)
class GradientCheck:
    """The outcome of `check_gradients`."""

    checked: int
    tolerance: float
    worst: tuple[ParameterCheck, ...]
    """The largest errors first, at most ten."""
    failures: int

    @property
    def ok(self) -> bool:
        """Whether no error is larger than the tolerance."""
        return self.failures == 0

    def __str__(self) -> str:
        if self.ok:
            return (
                f"{self.checked} derivatives agree with central differences; the largest relative "
                f"difference is {self.worst[0].error:.1e} at {self.worst[0].name}."
            )
        lines = [
            f"{self.failures} of {self.checked} derivatives part from central differences by more "
            f"than {self.tolerance:g} (relative):"
        ]
        for check in self.worst:
            lines.append(
                f"  {check.name}: back-propagation {check.backward:.8g}, central difference "
                f"{check.difference:.8g}, relative difference {check.error:.1e}"
            )
        return "\n".join(lines)


def check_gradients(
    loss_and_gradient: Callable[[], tuple[float, NDArray[Any]]],
    parameters: NDArray[np.float64],
    name_of: Callable[[int], str],
    *,
    step: float = STEP,
    tolerance: float = TOLERANCE,
    most: int = 2000,
    seed: int = 0,
    places: NDArray[np.intp] | None = None,
) -> GradientCheck:
    """Compare each derivative with (L(w + h) - L(w - h)) / 2h.

    Parameters
    ----------
    loss_and_gradient : callable
        Gives the loss at `parameters` and its gradient.
    parameters : float64 ndarray
        Moved while checking and put back.
    name_of : callable
        A parameter's name for the report, given its place.
    step : float
        h, times the larger of 1 and |w|.
    tolerance : float
        Largest relative error that passes.
    most : int
        Larger networks are checked at so many parameters, drawn with `seed`.
    places : ndarray or None
        Which parameters are learned; None: all.
    """
    _, gradient = loss_and_gradient()
    places = np.arange(len(parameters)) if places is None else places
    gradient = np.array(gradient)
    typical = max(float(np.sqrt(np.mean(gradient[places] ** 2))), np.finfo(float).tiny)
    if len(places) > most:
        places = np.sort(np.random.default_rng(seed).choice(places, most, replace=False))
    checks = []
    for place in places:
        difference = _difference(loss_and_gradient, parameters, int(place), step)
        backward = float(gradient[place])
        scale = max(abs(backward), abs(difference), typical)
        error = abs(backward - difference) / scale
        checks.append(ParameterCheck(int(place), name_of(int(place)), backward, difference, error))
    checks.sort(key=lambda check: -check.error)
    failures = sum(not check.error <= tolerance for check in checks)
    return GradientCheck(len(checks), tolerance, tuple(checks[:10]), failures)


def _difference(
    loss_and_gradient: Callable[[], tuple[float, NDArray[Any]]],
    parameters: NDArray[np.float64],
    place: int,
    step: float,
) -> float:
    kept = parameters[place]
    h = step * max(1.0, abs(float(kept)))
    try:
        parameters[place] = kept + h
        above, _ = loss_and_gradient()
        parameters[place] = kept - h
        below, _ = loss_and_gradient()
    finally:
        parameters[place] = kept
    return (above - below) / (2 * h)
