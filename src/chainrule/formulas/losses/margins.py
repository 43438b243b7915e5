"""Losses of classification by a margin: the sign or the largest of the outputs is the answer."""

from .row import Loss, RowLoss, Vector, same_outputs


def hinge(y: float, p: float) -> float:
    """Ask for the right side of 0 and a margin of 1, as a linear support vector machine does.

    Definition: L = max(0, 1 - y * p)
    Domain: y = -1 or 1; every p.
    Derivative: dL/dp = -y for y * p < 1, otherwise 0; dL/dz the same under the link "identity"
    Numerical form: one selection; NaN falls through.
    Convention: slope 0 at the kink; summed over the outputs (one-versus-rest); scikit-learn's
        LinearSVC(loss="hinge").
    Source: Cortes and Vapnik 1995, "Support-vector networks".
    """
    return 0.0 if y * p >= 1.0 else 1.0 - y * p


def hinge_slope(y: float, p: float) -> float:
    """Return -y inside the margin."""
    return 0.0 if y * p >= 1.0 else -y


def flat(y: float, p: float) -> float:
    """Return 0: the loss is made of straight lines."""
    return 0.0


def squared_hinge(y: float, p: float) -> float:
    """Square what is missing to a margin of 1.

    Definition: L = max(0, 1 - y * p)^2
    Domain: y = -1 or 1; every p.
    Derivative: dL/dp = -2 y * max(0, 1 - y * p); dL/dz the same under the link "identity"
    Numerical form: one selection; NaN falls through.
    Convention: no 1/2; summed over the outputs; scikit-learn's LinearSVC(loss="squared_hinge").
    Source: Cortes and Vapnik 1995, "Support-vector networks".
    """
    return 0.0 if y * p >= 1.0 else (1.0 - y * p) * (1.0 - y * p)


def squared_hinge_slope(y: float, p: float) -> float:
    """Return -2 y * (1 - y * p) inside the margin."""
    return 0.0 if y * p >= 1.0 else -2.0 * y * (1.0 - y * p)


def squared_hinge_curvature(y: float, p: float) -> float:
    """Return 2 y^2 inside the margin."""
    return 0.0 if y * p >= 1.0 else 2.0 * y * y


def perceptron(y: float, p: float) -> float:
    """Ask for the right side of 0 and nothing more.

    Definition: L = max(0, -y * p)
    Domain: y = -1 or 1; every p.
    Derivative: dL/dp = -y for y * p <= 0, otherwise 0; dL/dz the same under the link "identity"
    Numerical form: one selection; NaN falls through.
    Convention: slope -y at 0, so that the zero weights of Rosenblatt's rule move, as in
        scikit-learn's Perceptron.
    Source: Rosenblatt 1958, "The perceptron"; as a loss, Bottou 1991.
    """
    return 0.0 if y * p > 0.0 else -y * p


def perceptron_slope(y: float, p: float) -> float:
    """Return -y on the wrong side and at 0."""
    return 0.0 if y * p > 0.0 else -y


def crammer_singer(y: Vector, p: Vector) -> float:
    """Ask the true class to lead the best of the others by 1.

    Definition: L = max(0, 1 + max_{j != c} p_j - p_c), c the class, y_c = max_j y_j
    Domain: y a one-hot row of at least two; every p.
    Derivative: dL/dp_c = -1 and dL/dp_j = 1 for the best other j where L > 0, otherwise 0
    Numerical form: comparisons, exact.
    Convention: the first of several best classes is taken; slope 0 at the kink; not squared, as
        scikit-learn's LinearSVC(multi_class="crammer_singer").
    Source: Crammer and Singer 2001, "On the algorithmic implementation of multiclass kernel-based
        vector machines".
    """
    c = true_class(y)
    missing: float = 1.0 + p[rival(p, c)] - p[c]
    return 0.0 * missing if missing <= 0.0 else missing


def crammer_singer_slope(y: Vector, p: Vector, out: Vector) -> None:
    """Write -1 for the class and 1 for its rival where the lead is too small."""
    c = true_class(y)
    j = rival(p, c)
    violated = 0.0 if 1.0 + p[j] - p[c] <= 0.0 else 1.0
    for k in range(p.size):
        out[k] = 0.0
    out[j] = violated
    out[c] = -violated


def true_class(y: Vector) -> int:
    """Return the place of the first largest target."""
    c = 0
    for k in range(1, y.size):
        c = k if y[k] > y[c] else c
    return c


def rival(p: Vector, c: int) -> int:
    """Return the place of the first largest prediction besides class c."""
    j = 1 if c == 0 else 0
    for k in range(j + 1, p.size):
        j = k if k != c and p[k] > p[j] else j
    return j


ONLY_IDENTITY = ("identity",)

ROWS: tuple[Loss | RowLoss, ...] = (
    Loss("hinge", hinge, hinge_slope, "identity", hinge_slope, "sum", flat, ONLY_IDENTITY, "sign"),
    Loss(
        "squared_hinge",
        squared_hinge,
        squared_hinge_slope,
        "identity",
        squared_hinge_slope,
        "sum",
        squared_hinge_curvature,
        ONLY_IDENTITY,
        "sign",
    ),
    Loss(
        "perceptron",
        perceptron,
        perceptron_slope,
        "identity",
        perceptron_slope,
        "sum",
        flat,
        ONLY_IDENTITY,
        "sign",
    ),
    RowLoss(
        "crammer_singer",
        crammer_singer,
        crammer_singer_slope,
        "identity",
        ONLY_IDENTITY,
        same_outputs,
        "sum",
        "class",
    ),
)
