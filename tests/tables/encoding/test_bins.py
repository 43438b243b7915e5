"""Edges of bins: by hand, against PyTorch's quantiles, and where a tree must split."""

import numpy as np
import pytest
import torch

from chainrule.exceptions import DataError
from chainrule.graph import Graph, Input, PiecewiseLinear
from chainrule.tables.encoding.bins import quantile_bins, tree_bins
from chainrule.training import GraphModel


def test_quantiles_by_hand():
    """Nine numbers, four bins: each fourth of the way is a number. Half of the second are equal."""
    X = np.column_stack([np.arange(9.0)[::-1], [0, 0, 0, 0, 0, 1, 2, 3, 4]])
    assert quantile_bins(X, 4) == [[0.0, 2.0, 4.0, 6.0, 8.0], [0.0, 2.0, 4.0]]


def test_quantiles_as_those_of_torch(rng):
    X = rng.normal(size=(101, 3))
    levels = torch.linspace(0.0, 1.0, 49, dtype=torch.float64)
    expected = torch.quantile(torch.tensor(X), levels, dim=0).T.numpy()
    # Interpolated between two numbers of size one.
    np.testing.assert_allclose(quantile_bins(X), expected, rtol=0.0, atol=1e-14)


@pytest.mark.parametrize("constant", [0.0, -3.0, 1e30])
def test_a_constant_column_is_encoded_as_0(constant):
    X = np.full((5, 1), constant)
    x = Input(1)
    for edges in (quantile_bins(X), tree_bins(X, np.arange(5), classification=True)):
        model = GraphModel(Graph(x, PiecewiseLinear(edges)(x)))
        assert (model.predict(X) == 0.0).all()


@pytest.mark.parametrize("classification", [True, False])
def test_a_tree_splits_where_the_target_changes(classification, rng):
    """At 0.3 and 0.7, but only by the first column; the second says nothing of it."""
    X = rng.uniform(size=(2000, 2))
    y = ((X[:, 0] > 0.3) & (X[:, 0] < 0.7)).astype(int)
    first, _ = tree_bins(X, y, 4, classification=classification)
    assert first[0] == X[:, 0].min()
    assert first[-1] == X[:, 0].max()
    # Between the two rows on both sides of the change, which lie about 1 / 2000 apart.
    assert np.abs(np.array(first)[:, None] - [0.3, 0.7]).min(axis=0) == pytest.approx(
        [0.0, 0.0], abs=0.01
    )
    assert len(first) <= 5


def test_few_rows_or_one_bin_make_one_bin(rng):
    X = rng.normal(size=(60, 1))  # fewer than two leaves need
    whole = [[X.min(), X.max()]]
    y = (X[:, 0] > 0.0).astype(int)
    assert tree_bins(X, y, classification=True) == whole
    assert tree_bins(X, y, 1, classification=True) == whole
    assert quantile_bins(X, 1) == whole


def test_more_bins_than_rows():
    assert quantile_bins([[1.0], [2.0]], 2) == [[1.0, 1.5, 2.0]]


@pytest.mark.parametrize(
    ("X", "n_bins", "message"),
    [
        ([[1.0]], 0, r"n_bins must be a whole number of at least 1, got 0\. Choose"),
        ([[1.0]], 2.0, r"n_bins must be a whole number of at least 1, got 2\.0\. Choose"),
        (
            [1.0],
            2,
            r"X must be numbers of shape \(rows, columns\) .*, got shape \(1,\) of float64\.",
        ),
        ([["a"]], 2, r"X must be numbers of shape .*, got shape \(1, 1\) of <U1\. Take the"),
        (np.empty((0, 2)), 2, r"with a row at least, got shape \(0, 2\) of float64\. Take the"),
        ([[np.nan]], 2, r"X must be finite, got NaN or infinity\. Fill missing values first\."),
        ([[np.inf]], 2, r"X must be finite, got NaN or infinity\. Fill missing values first\."),
    ],
)
def test_what_has_no_bins_is_refused(X, n_bins, message):
    with pytest.raises(DataError, match=message):
        quantile_bins(X, n_bins)
