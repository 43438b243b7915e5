"""Edges of bins for the piecewise-linear embeddings of `chainrule.graph`, from training rows."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from chainrule.exceptions import DataError

Edges = list[list[float]]

# What rtdl_num_embeddings shows for its trees.
_FEWEST_ROWS, _LEAST_GAIN = 64, 1e-4


def quantile_bins(X: Any, n_bins: int = 48) -> Edges:
    """Edges at equally spaced quantiles of each column, equal ones taken once.

    Definition: b_t = quantile t / n_bins of the column, t = 0 to n_bins
    Domain: finite numbers.
    Derivative: none; the edges are constants.
    Convention: a column of one value v has the bin from v to v + max(1, |v|), which makes it 0.
    Source: Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical features in tabular
        deep learning", sec. 3.2.1.

    Parameters
    ----------
    X : array-like of shape (rows, columns)
        Training rows.
    n_bins : int, default=48
        The most that a column gets.

    Returns
    -------
    list of list of float
        Of each column, ascending.

    Examples
    --------
    >>> quantile_bins([[0.0], [1.0], [2.0], [3.0], [8.0]], n_bins=2)
    [[0.0, 2.0, 8.0]]
    """
    numbers = _checked(X, n_bins)
    levels = np.linspace(0.0, 1.0, n_bins + 1)
    return [_ascending(np.quantile(column, levels)) for column in numbers.T]


def tree_bins(X: Any, y: Any, n_bins: int = 48, *, classification: bool) -> Edges:
    """Edges where a decision tree on that column alone splits the rows to tell their targets.

    Definition: the thresholds of a tree with at most n_bins leaves, and the column's least and
        largest number
    Domain: finite numbers.
    Derivative: none; the edges are constants.
    Convention: a leaf has 64 rows or more (or all), and a split gains 1e-4 or more of impurity.
    Source: Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical features in tabular
        deep learning", sec. 3.2.2.

    Parameters
    ----------
    X : array-like of shape (rows, columns)
        Training rows.
    y : array-like of shape (rows,)
        Their classes or numbers.
    n_bins : int, default=48
        The most that a column gets.
    classification : bool

    Returns
    -------
    list of list of float
        Of each column, ascending.
    """
    numbers = _checked(X, n_bins)
    make = DecisionTreeClassifier if classification else DecisionTreeRegressor
    found = []
    for column in numbers.T:
        splits: NDArray[np.float64] = np.empty(0)
        if n_bins > 1:
            tree = make(
                max_leaf_nodes=n_bins,
                min_samples_leaf=_FEWEST_ROWS,
                min_impurity_decrease=_LEAST_GAIN,
                random_state=0,
            ).fit(column[:, None], y)
            inner = tree.tree_.children_left >= 0
            splits = tree.tree_.threshold[inner]
        found.append(_ascending([column.min(), *splits, column.max()]))
    return found


def _checked(X: Any, n_bins: int) -> NDArray[Any]:
    if not isinstance(n_bins, Integral) or isinstance(n_bins, bool) or n_bins < 1:
        raise DataError(
            f"n_bins must be a whole number of at least 1, got {n_bins!r}. Choose another value."
        )
    numbers = np.asarray(X)
    if numbers.dtype.kind not in "fiub" or numbers.ndim != 2 or not len(numbers):
        raise DataError(
            f"X must be numbers of shape (rows, columns) with a row at least, got shape "
            f"{numbers.shape} of {numbers.dtype}. Take the numeric columns of the training rows."
        )
    if not np.isfinite(numbers).all():
        raise DataError("X must be finite, got NaN or infinity. Fill missing values first.")
    return numbers


def _ascending(edges: Iterable[Any]) -> list[float]:
    own = np.unique(np.asarray(edges, np.float64)).tolist()
    return own if len(own) > 1 else [own[0], own[0] + max(1.0, abs(own[0]))]
