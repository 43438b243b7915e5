"""Shuffles and draws against NumPy's own: the same, and the generator left as NumPy leaves it."""

import platform

import numpy as np
import pytest

from chainrule.engine import random_state
from chainrule.engine.random_state import FEW, FEW_NUMBERS, draw_uniform, shuffle
from chainrule.engine.rows import ROW_NUMBER


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
    monkeypatch.setattr(random_state, "FEW", 0)
    ours, reference = np.random.RandomState(rows), np.random.RandomState(rows)
    order, expected = np.arange(rows, dtype=ROW_NUMBER), np.arange(rows)
    for _ in range(40):
        shuffle(ours, order)
        reference.shuffle(expected)
    assert (order == expected).all()
    assert ours.randint(2**31) == reference.randint(2**31)


def test_numpy_lays_its_generator_out_as_known():
    """Else the shuffles would be NumPy's own, and slower."""
    assert random_state._as_known()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="elsewhere NumPy may round otherwise")
def test_numpy_rounds_as_known():
    """Else the uniform draws would be NumPy's own, and compared with themselves below."""
    assert random_state._rounds_as_known()


def test_another_generator_shuffles_itself():
    ours, reference = (np.random.RandomState(np.random.PCG64(3)) for _ in range(2))
    order, expected = np.arange(2 * FEW, dtype=ROW_NUMBER), np.arange(2 * FEW)
    shuffle(ours, order)
    reference.shuffle(expected)
    assert (order == expected).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("before", [0, 1, 2, 623, 624])
def test_uniform_draws_are_those_of_numpy(dtype, before, monkeypatch):
    """From all places of the generator's numbers: so many draws, and so many numbers, before."""
    monkeypatch.setattr(random_state, "FEW_NUMBERS", 0)
    ours, reference = np.random.RandomState(3), np.random.RandomState(3)
    for own in (ours, reference):
        own.randint(2**31, size=before)
    for count in (1, 2, 3, 310, 311, 312, 313, 1000):
        out = np.empty(count, dtype)
        draw_uniform(ours, -0.1, 0.7, out)
        expected = reference.uniform(-0.1, 0.7, count).astype(dtype)
        np.testing.assert_array_equal(out, expected)
        assert ours.randint(2**31) == reference.randint(2**31)
        assert ours.normal() == reference.normal()


@pytest.mark.parametrize("count", [5, FEW_NUMBERS - 1, FEW_NUMBERS])
@pytest.mark.parametrize("generator", [np.random.MT19937, np.random.PCG64])
def test_few_draws_and_those_of_another_generator(count, generator):
    ours, reference = (np.random.RandomState(generator(3)) for _ in range(2))
    out = np.empty(count)
    draw_uniform(ours, -1e3, 2e3, out)
    np.testing.assert_array_equal(out, reference.uniform(-1e3, 2e3, count))
    assert ours.randint(2**31) == reference.randint(2**31)
