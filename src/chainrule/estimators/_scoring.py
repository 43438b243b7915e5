"""scikit-learn's scorers as the measure of validation rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import get_scorer

from chainrule.engine.rows import Rows
from chainrule.training.validation import Score


def scorer(
    estimator: Any, scoring: Any, X: Any, y: Any, rows: Rows, refresh: Callable[[], None]
) -> Score:
    """A scorer, given its name or a callable, on rows as the user gave them.

    The scorer asks the estimator itself, whose weights `refresh` makes those in training.
    """
    if rows.y is not None and not rows.codes and np.isnan(rows.y).any():
        raise ValueError(
            f"scoring must be None or 'loss' where labels are missing, got {scoring!r}. "
            "scikit-learn's scorers need every label."
        )
    metric = scoring if callable(scoring) else _by_name(scoring)
    settings = {}
    if rows.weight is not None and isinstance(scoring, str):
        settings["sample_weight"] = rows.weight if rows.subset is None else rows.weight[rows.subset]

    def score(prediction: NDArray[Any], rows: Rows) -> float:
        refresh()
        return float(metric(estimator, X, y, **settings))

    return score


def _by_name(scoring: Any) -> Callable[..., Any]:
    try:
        return get_scorer(scoring)  # type: ignore[no-any-return]
    except ValueError:
        raise ValueError(
            f"scoring must be 'loss', a callable or one of sklearn.metrics.get_scorer_names(), got "
            f"{scoring!r}. 'accuracy' and 'r2' are two of them."
        ) from None
