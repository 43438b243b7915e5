"""Edges of bins, from training rows: for embeddings of numbers, and for spiked columns."""

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
# One value in at least so large a part of the rows is a spike; the others must be so many.
_SPIKE, _FEWEST_OTHERS = 0.5, 10
# Leaves of the tree that cuts a spiked column, and of one that a smooth function could follow; how
# much more of the targets' variance the first must explain. With less (pol: 0.001; adult's capital
# gains and losses: 0.014 to 0.025) networks do worse for the intervals, not better.
_FINE, _COARSE, _LEAST_MORE = 32, 4, 0.005
_ROWS_OF_A_LEAF, _FOLDS = 10, 5
# Rows, and numbers of one-hot targets, that are looked at: a second's work for a column.
_MOST_ROWS, _MOST_NUMBERS = 50_000, 5_000_000


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


def spike_edges(values: NDArray[Any], targets: NDArray[Any], random_state: int = 0) -> list[float]:
    """Edges between intervals of a column that is mostly one value; none where they do not help.

    Amounts that are mostly 0 (a capital gain, a loss, a claim) often matter by steps: a scale that
    suits the spike squeezes the others together, and smooth features of them cannot follow.

    Definition: the thresholds of a regression tree on that column alone, for the one-hot classes or
        the standardised numbers, with at most 32 leaves of at least 10 rows
    Domain: finite numbers; others have no edges.
    Derivative: none; the edges are constants.
    Convention: none unless one value fills half of the rows, more than 10 others occur, and the
        tree explains 0.005 more of the targets' variance than one of 4 leaves does, on rows that
        they have not seen (5 folds).
    Source: bins of trees, Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical
        features in tabular deep learning", sec. 3.2.2; for spiked columns alone, chainrule's own
        (docs/recipes.md).

    Parameters
    ----------
    values : ndarray of shape (rows,)
        The known values of training rows.
    targets : ndarray of shape (rows,)
        Class numbers from 0, of a whole dtype; or standardised numbers.
    random_state : int, default=0
        Chooses the rows that are looked at, and the folds.

    Returns
    -------
    list of float
        Ascending; one less than there are intervals.
    """
    if not has_spike(values):
        return []
    classes = targets.max() + 1 if targets.dtype.kind == "i" and len(targets) else 1
    most = min(_MOST_ROWS, max(_MOST_NUMBERS // int(classes), _FOLDS * _ROWS_OF_A_LEAF))
    rows = np.random.default_rng(random_state).permutation(len(values))[:most]
    levels, place = np.unique(values[rows], return_inverse=True)
    if len(levels) <= _FEWEST_OTHERS + 1:
        return []
    # Ranks, since trees read float32.
    ranks, known = place[:, np.newaxis].astype(np.float32), targets[rows].reshape(-1, 1)
    if classes > 1:
        known = (known == np.arange(classes)).astype(np.float64)
    fold = np.arange(len(rows)) % _FOLDS

    def error(leaves: int) -> float:
        total = 0.0
        for held in (fold == number for number in range(_FOLDS)):
            tree = _tree(leaves).fit(ranks[~held], known[~held])
            told = tree.predict(ranks[held]).reshape(-1, known.shape[1])
            total += float(np.square(told - known[held]).sum())
        return total

    variance = float(np.square(known - known.mean(axis=0)).sum())
    if error(_FINE) >= error(_COARSE) - _LEAST_MORE * variance:
        return []
    tree = _tree(_FINE).fit(ranks, known).tree_
    below = np.unique(np.floor(tree.threshold[tree.children_left >= 0])).astype(np.intp)
    # Halves, whose sum cannot overflow.
    edges: list[float] = np.unique(levels[below] / 2 + levels[below + 1] / 2).tolist()
    return edges


def has_spike(values: NDArray[Any]) -> bool:
    """Whether one value fills half of the rows: then it lies in the middle of the sorted ones."""
    count = len(values)
    if not count:
        return False
    middle = [(count - 1) // 2, count // 2]
    likely = np.unique(np.partition(values, middle)[middle])
    return any(np.count_nonzero(values == value) >= _SPIKE * count for value in likely)


def _tree(leaves: int) -> DecisionTreeRegressor:
    return DecisionTreeRegressor(
        max_leaf_nodes=leaves, min_samples_leaf=_ROWS_OF_A_LEAF, random_state=0
    )


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
