"""Losses made of flat pieces: between their corners they have no curvature to follow."""

from collections.abc import Iterator
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from chainrule.formulas import Loss, RowLoss
from chainrule.training.warn import warn_user

# The smooth loss that is nearest; None: there is none.
SMOOTH: dict[str, str | None] = {
    "hinge": "squared_hinge",
    "perceptron": "squared_hinge",
    "crammer_singer": "log_loss",
    "absolute_error": "huber",
    "quantile": None,
    "quantiles": None,
}
# Their steps are what second derivatives say.
CURVATURE_SOLVERS = ("newton-cg", "scg")


def corner_mistakes(solver: str, row: Loss | RowLoss) -> Iterator[str]:
    """The message for a solver by curvature and a loss that has none."""
    if solver in CURVATURE_SOLVERS and row.name in SMOOTH:
        yield (
            f"loss must be one with curvature for the solver {solver!r}, got {row.name!r}, which "
            f"is made of flat pieces. {_instead(row.name)}"
        )


def warn_of_corners(solver: str, row: Any) -> None:
    """Warn that a line search, or steps by signs, may get stuck at a corner."""
    if row.name in SMOOTH:
        warn_user(
            f"loss {row.name!r} has corners, at which the solver {solver!r} may end before it is "
            f"at the minimum. {_instead(row.name)}",
            ConvergenceWarning,
        )


def _instead(loss: str) -> str:
    smooth = SMOOTH[loss]
    other = "" if smooth is None else f"the loss {smooth!r}, or "
    return f"Take {other}the solver 'adam' with a schedule that ends at 0, such as 'cosine'."
