"""Shuffles against NumPy's own: the same orders, and the generator left as NumPy leaves it."""

import numpy as np
import pytest

from chainrule.engine import shuffle as shuffling
from chainrule.engine.rows import ROW_NUMBER
from chainrule.engine.shuffle import FEW, shuffle


@pytest.mark.parametrize("rows", [1, 2, FEW - 1, FEW, FEW + 1, 1024, 1025, 2**14 + 1, 50_000])
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_the_orders_are_those_of_numpy(rows, seed):
    """Several in turn, so that they begin at all places of the generator's numbers."""
    ours, reference = np.random.RandomState(seed), np.random.RandomState(seed)
    order, expected = np.arange(rows, dtype=ROW_NUMBER), np.arange(rows)
    for _ in range(5):
        shuffle(ours, order)
        reference.shuffle(expected)
        assert (order == expected).all()
        assert ours.randint(2**31) == reference.randint(2**31)
        assert ours.normal() == reference.normal()  # half of a pair is kept between two draws


@pytest.mark.parametrize("rows", range(2, 70))
def test_few_rows_too(rows, monkeypatch):
    monkeypatch.setattr(shuffling, "FEW", 0)
    ours, reference = np.random.RandomState(rows), np.random.RandomState(rows)
    order, expected = np.arange(rows, dtype=ROW_NUMBER), np.arange(rows)
    for _ in range(40):
        shuffle(ours, order)
        reference.shuffle(expected)
    assert (order == expected).all()
    assert ours.randint(2**31) == reference.randint(2**31)


def test_numpy_lays_its_generator_out_as_known():
    """Else the shuffles would be NumPy's own, and slower."""
    assert shuffling._as_known()


def test_another_generator_shuffles_itself():
    ours, reference = (np.random.RandomState(np.random.PCG64(3)) for _ in range(2))
    order, expected = np.arange(2 * FEW, dtype=ROW_NUMBER), np.arange(2 * FEW)
    shuffle(ours, order)
    reference.shuffle(expected)
    assert (order == expected).all()
