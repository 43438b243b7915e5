"""Output links: from the network's last sums z to the prediction p.

A link that works on each output alone is an `Activation`; one that ties a row's outputs together
is a `RowLink`, whose functions loop over one row. A new link is a few functions and one row of
`LINKS`. A hidden layer may be tied together in the same way: `ROW_ACTIVATIONS`.
"""

from .activations import ACTIVATIONS, LEARNED_ACTIVATIONS, Activation, Mixture
from .elementary import exp
from .registry import lookup
from .row_link import RowLink as RowLink
from .row_link import Vector


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


def exponential_curvature(x: float, y: float) -> float:
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


def winner_take_all(z: Vector, p: Vector) -> None:
    """Answer with one unit alone: 1 for the largest of a row, 0 for the others.

    Definition: p_k = 1 for the first k with z_k = max_j z_j, otherwise 0
    Domain: at least one number; a NaN stays NaN.
    Derivative: dp_k/dz_j = 0, so nothing before it can learn
    Numerical form: comparisons, exact. `p` may be `z` itself.
    Convention: the first one wins a tie, as NumPy's argmax.
    Source: Rumelhart and Zipser 1985, "Feature discovery by competitive learning".
    """
    winner = 0
    for k in range(1, z.size):
        winner = k if z[k] > z[winner] else winner
    for k in range(z.size):
        p[k] = z[k] if z[k] != z[k] else (1.0 if k == winner else 0.0)


def unchanged(x: float) -> float:
    """Return x; a row that is finished needs nothing for each number."""
    return x


def finished(p: Vector) -> None:
    """Do nothing to a row that is finished."""


def no_pullback(p: Vector, g: Vector, out: Vector) -> None:
    """Write 0, the transposed Jacobian of a row of steps times g."""
    for k in range(p.size):
        out[k] = 0.0


SOFTMAX = RowLink("softmax", softmax_shift, exp, softmax_normalise, softmax_pullback)

LINKS: dict[str, Activation | RowLink] = {
    row.name: row
    for row in (
        ACTIVATIONS["identity"],
        ACTIVATIONS["logistic"],
        Activation("exp", exponential, exponential_slope, exponential_curvature),
        ACTIVATIONS["softplus"],
        SOFTMAX,
    )
}

# Activations of a hidden layer that tie its units together.
ROW_ACTIVATIONS: dict[str, RowLink] = {
    row.name: row
    for row in (
        SOFTMAX,
        RowLink("winner_take_all", winner_take_all, unchanged, finished, no_pullback),
    )
}


def activation_row(
    activation: str | Activation | RowLink | Mixture,
) -> Activation | RowLink | Mixture:
    """Return the row of a hidden layer's activation, given its name or the row itself."""
    if isinstance(activation, Activation | RowLink | Mixture):
        return activation
    known: dict[str, Activation | RowLink | Mixture] = {
        **ACTIVATIONS,
        **ROW_ACTIVATIONS,
        **LEARNED_ACTIVATIONS,
    }
    return lookup(known, "activation", activation)
