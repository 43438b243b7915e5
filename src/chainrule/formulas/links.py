"""Output links: from the network's last sums z to the prediction p.

A link that works on each output alone is an `Activation`; one that ties a row's outputs together
is a `RowLink`, whose functions loop over one row. A new link is a few functions and one row of
`LINKS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .activations import ACTIVATIONS, Activation
from .elementary import exp

Vector = NDArray[np.floating]


@dataclass(frozen=True)
class RowLink:
    """A function of a whole row with its pullback (the transposed Jacobian times a vector).

    The function is made of three: `before(z, p)` writes a row, `element` is applied to each number
    of it, `after(p)` finishes the row. So the costly part works on numbers alone, many rows at
    once. `pullback(p, g, out)` writes dL/dz to `out`, given g = dL/dp.
    """

    name: str
    before: Callable[[Vector, Vector], None]
    element: Callable[[float], float]
    after: Callable[[Vector], None]
    pullback: Callable[[Vector, Vector, Vector], None]

    def value(self, z: Vector, p: Vector) -> None:
        """Write the whole function of z to p."""
        self.before(z, p)
        for k in range(p.size):
            p[k] = self.element(p[k])
        self.after(p)


def exponential(x: float) -> float:
    """Predict a positive number, the inverse of the log link.

    Definition: y = exp(x)
    Domain: every x; 0 at -inf, inf above the logarithm of the largest number.
    Derivative: dy/dx = y
    Numerical form: the elementary exp.
    Convention: as scikit-learn's output activation "exp".
    Source: Nelder and Wedderburn 1972, "Generalized linear models" (the log link).
    """
    return exp(x)


def exponential_slope(x: float, y: float) -> float:
    """Return the value itself."""
    return y


def softmax_shift(z: Vector, p: Vector) -> None:
    """Turn a row of sums into probabilities: first subtract the row's maximum.

    Definition: p_k = exp(z_k) / sum_j exp(z_j)
    Domain: finite z, at least one; a NaN makes the whole row NaN.
    Derivative: dp_k/dz_j = p_k * ([k = j] - p_j)
    Numerical form: the row's maximum is subtracted first, which changes nothing and keeps exp in
        [0, 1]. `p` may be `z` itself.
    Convention: one output for each class, none left out.
    Source: Bridle 1990, "Probabilistic interpretation of feedforward classification network
        outputs".
    """
    largest = z[0]
    for k in range(1, z.size):
        largest = z[k] if z[k] > largest else largest
    for k in range(z.size):
        p[k] = z[k] - largest


def softmax_normalise(p: Vector) -> None:
    """Divide a row of exponentials by its sum."""
    total = p[0]
    for k in range(1, p.size):
        total = total + p[k]
    for k in range(p.size):
        p[k] = p[k] / total


def softmax_pullback(p: Vector, g: Vector, out: Vector) -> None:
    """Write p * (g - <g, p>), the transposed Jacobian of softmax times g; `out` may be `g`."""
    inner = g[0] * p[0]
    for k in range(1, p.size):
        inner = inner + g[k] * p[k]
    for k in range(p.size):
        out[k] = p[k] * (g[k] - inner)


LINKS: dict[str, Activation | RowLink] = {
    row.name: row
    for row in (
        ACTIVATIONS["identity"],
        ACTIVATIONS["logistic"],
        Activation("exp", exponential, exponential_slope),
        RowLink("softmax", softmax_shift, exp, softmax_normalise, softmax_pullback),
    )
}
