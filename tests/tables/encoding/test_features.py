"""0/1 features as the network sees them, by hand."""

import numpy as np

from chainrule.tables.encoding.columns.block import CODES, INDICATOR, NUMERIC, ONE_HOT, Block
from chainrule.tables.encoding.features import FeatureScale


def test_only_features_are_scaled_and_clipped(rng):
    matrix = np.zeros((8, 4), np.float32)
    matrix[:, 0] = rng.normal(size=8)
    matrix[:4, 1] = 1.0  # half: median 1/2, quartiles 0 and 1
    matrix[7, 2] = 1.0  # rare: the quartiles are equal, so 2 / (max - min) = 2; the median is 0
    matrix[:, 3] = np.arange(8)
    layout = [
        Block(NUMERIC, "a", 0, 1, 0),
        Block(ONE_HOT, "b", 1, 1, 1),
        Block(INDICATOR, "c", 2, 1, 0),
        Block(CODES, "d", 3, 1, 8),
    ]
    before = matrix.copy()
    FeatureScale.learn(matrix, layout).apply(matrix)
    # z / sqrt(1 + (z / 3)^2) for z = 1/2 and 2.
    half, two = 0.5 / np.sqrt(1 + 1 / 36), 2 / np.sqrt(1 + 4 / 9)
    # A float32's last bit.
    np.testing.assert_allclose(matrix[:, 1], [half] * 4 + [-half] * 4, rtol=1e-6)
    np.testing.assert_allclose(matrix[:, 2], [0.0] * 7 + [two], rtol=1e-6)
    assert (matrix[:, [0, 3]] == before[:, [0, 3]]).all()


def test_a_table_without_features(rng):
    matrix = rng.normal(size=(8, 2)).astype(np.float32)
    before = matrix.copy()
    FeatureScale.learn(matrix, [Block(NUMERIC, "a", 0, 2, 0)]).apply(matrix)
    assert (matrix == before).all()
