"""The order of an epoch's rows."""

import numpy as np
from sklearn.utils import shuffle

from chainrule.engine.rows import Rows
from chainrule.training.orders import Permuted, Shuffled, as_they_stand


def test_shuffled_rows_are_in_scikit_learns_order():
    rows = Rows(np.zeros((20, 1)), subset=np.arange(40, 60))
    order = Shuffled(rows, np.random.RandomState(3))
    # scikit-learn shuffles the sample's indices anew, from the last epoch's.
    random, expected = np.random.RandomState(3), np.arange(40, 60)
    for _ in range(3):
        expected = shuffle(expected, random_state=random)
        assert order().tolist() == expected.tolist()
    assert rows.subset.tolist() == list(range(40, 60))


def test_all_rows_where_there_is_no_subset():
    order = Shuffled(Rows(np.zeros((7, 1))), np.random.RandomState(0))
    assert sorted(order().tolist()) == list(range(7))


def test_each_epoch_has_a_permutation_of_its_own(rng):
    rows = np.arange(5, 55)
    order = Permuted(rows, rng)
    first, second = order(), order()
    assert sorted(first) == sorted(second) == rows.tolist()
    assert (first != second).any()


def test_each_member_has_a_permutation_of_its_own(rng):
    rows = np.arange(5, 55)
    order = Permuted(rows, rng, members=8)()
    assert order.shape == (50, 8)
    assert order.flags.c_contiguous  # the engine reads it by address
    assert (np.sort(order, axis=0) == rows[:, None]).all()
    assert len({tuple(column) for column in order.T.tolist()}) == 8


def test_rows_as_they_stand():
    assert as_they_stand() is None
