"""Which learning rates suit a network and its data: the learning-rate range test."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.utils import check_random_state, indexable
from sklearn.utils._indexing import _safe_indexing

from chainrule.exceptions import DivergenceError

from ._labels import several_labels
from ._solvers import is_stochastic, solver_name

# A loss so many times the smallest one has left the region that training can use.
_LOST = 4.0


class RateRange(NamedTuple):
    """The rates that were tried, one a batch, and the loss of each batch before its step."""

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]


def learning_rate_range_test(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    low: float = 1e-5,
    high: float = 1.0,
    steps: int = 100,
) -> RateRange:
    """Train on one batch after the other at rates that rise from `low` to `high`.

    The rates grow by one factor. It ends early where the loss is four times the smallest one or
    not finite. A good first rate lies where the losses fall fastest, well below where they rise.
    The estimator itself is left as it was.

    Source: Smith 2017, "Cyclical learning rates for training neural networks", section 3.3.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        With a solver that takes batches.
    X, y : as for `fit`
    low, high : float, default=1e-5, 1.0
    steps : int, default=100
        At least 2.

    Returns
    -------
    RateRange
        `rates` and `losses`, of the steps that were taken.
    """
    _check(estimator, low, high, steps)
    if is_classifier(estimator) and several_labels(y, "y") is not None:
        raise ValueError(
            "y must be one class a row or known 0/1 labels for a range test, got several class "
            "columns or missing labels. Give one column, of rows where it is known."
        )
    X, y = indexable(X, np.asarray(y))
    model = clone(estimator).set_params(schedule=None, stopping=None, early_stopping=False)
    random = check_random_state(model.random_state)
    rows = len(y)
    batch = min(200, rows) if model.batch_size == "auto" else min(model.batch_size, rows)
    model.set_params(batch_size=batch, learning_rate="constant")
    known = {"classes": np.unique(y)} if is_classifier(model) else {}
    rates, losses, order = np.geomspace(low, high, steps), [], np.zeros(0, np.intp)
    for step, rate in enumerate(rates):
        if len(order) < batch:
            order = random.permutation(rows)
        chosen, order = order[:batch], order[batch:]
        if step:
            model._optimizer_state["learning_rate"] = float(rate)
        else:
            model.set_params(learning_rate_init=float(rate))
        try:
            model.partial_fit(_safe_indexing(X, chosen), y[chosen], **(known if not step else {}))
        except DivergenceError:
            break
        losses.append(model.loss_)
        if model.loss_ > _LOST * min(losses):
            break
    return RateRange(rates[: len(losses)], np.array(losses))


def _check(estimator: Any, low: float, high: float, steps: int) -> None:
    if not is_stochastic(estimator.solver):
        raise ValueError(
            "solver must be one that takes batches for a range test, got "
            f"{solver_name(estimator.solver)!r}. Take 'sgd' or 'adam'."
        )
    if not 0.0 < low < high < np.inf:
        raise ValueError(
            f"low must be positive and below high, got {low} and {high}. They are learning rates."
        )
    if steps < 2 or steps != int(steps):
        raise ValueError(f"steps must be at least 2, got {steps}. A hundred is usual.")
