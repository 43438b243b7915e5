"""Second derivatives of what ties a row's numbers together: links and losses of rows.

A formula here is the derivative of a `RowLink`'s pullback or of a `RowLoss`'s slope along a
direction, which is all that a product of the Hessian with a vector needs.
"""

from collections.abc import Callable

from .elementary import exp
from .row_link import Vector


def softmax_pullback_tangent(p: Vector, pt: Vector, g: Vector, gt: Vector, out: Vector) -> None:
    """Write the derivative of p * (g - <g, p>) where p moves along pt and g along gt.

    Definition: out_k = pt_k * (g_k - <g, p>) + p_k * (gt_k - <gt, p> - <g, pt>)
    Domain: p a row of probabilities; the others any numbers. `out` is none of them.
    Derivative: it is one, of `softmax_pullback`.
    Numerical form: as defined.
    Convention: pt is the tangent of p, not of z.
    Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian", section 3.
    """
    inner = g[0] * p[0]
    change = gt[0] * p[0] + g[0] * pt[0]
    for k in range(1, p.size):
        inner = inner + g[k] * p[k]
        change = change + gt[k] * p[k] + g[k] * pt[k]
    for k in range(p.size):
        out[k] = pt[k] * (g[k] - inner) + p[k] * (gt[k] - change)


def no_tangent(p: Vector, pt: Vector, g: Vector, gt: Vector, out: Vector) -> None:
    """Write 0, since the pullback of a row of steps is 0 everywhere."""
    for k in range(p.size):
        out[k] = 0.0


def gaussian_likelihood_curvature(y: Vector, p: Vector, pt: Vector, out: Vector) -> None:
    """Write the Hessian of `gaussian_likelihood` in p, times pt.

    Definition: with m and s the means and log variances in p, d = m - y, and mt and st those of pt,
        out_m = (mt - d * st) * exp(-s), out_s = (0.5 * d^2 * st - d * mt) * exp(-s)
    Domain: every y, p and pt.
    Derivative: it is one, of `gaussian_likelihood_slope`.
    Numerical form: as defined; nothing is divided.
    Convention: as `gaussian_likelihood`.
    Source: Nix and Weigend 1994, "Estimating the mean and variance of the target probability
        distribution".
    """
    for k in range(y.size):
        s = y.size + k
        precision = exp(-p[s])
        distance = p[k] - y[k]
        out[k] = (pt[k] - distance * pt[s]) * precision
        out[s] = (0.5 * distance * distance * pt[s] - distance * pt[k]) * precision


def piecewise_linear(y: Vector, p: Vector, pt: Vector, out: Vector) -> None:
    """Write 0, the curvature of a loss that is linear but for its kinks."""
    for k in range(p.size):
        out[k] = 0.0


# Of links of rows, by name. Each of them has a symmetric Jacobian, so its pullback of a tangent is
# the tangent of its value.
PULLBACK_TANGENTS: dict[str, Callable[[Vector, Vector, Vector, Vector, Vector], None]] = {
    "softmax": softmax_pullback_tangent,
    "winner_take_all": no_tangent,
}

# Of losses of rows, by name.
ROW_CURVATURES: dict[str, Callable[[Vector, Vector, Vector, Vector], None]] = {
    "gaussian_likelihood": gaussian_likelihood_curvature,
    "quantiles": piecewise_linear,
    "crammer_singer": piecewise_linear,
}
