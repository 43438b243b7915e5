"""Rows come dense or sparse, whole or in part, with classes as codes or as columns: one answer."""

import numpy as np
import pytest
import scipy.sparse

from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows, address
from chainrule.exceptions import DataError

from .networks import loss_and_gradient, network, one_hidden, targets, two_inputs

ROWS = 17


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.normal(size=(ROWS, 4)) * (rng.random((ROWS, 4)) < 0.4)


def assert_same(first, second):
    """The same numbers go through the same operations, so the bits agree."""
    assert first[0] == second[0]
    assert np.array_equal(first[1], second[1])


@pytest.mark.parametrize("graph", [one_hidden("relu"), two_inputs()], ids=["one", "two inputs"])
def test_sparse_rows_are_dense_rows(graph, x, rng):
    y = targets("squared_error", ROWS, rng)
    dense = network(graph, "squared_error")
    sparse = network(graph, "squared_error", sparse=True)
    csr = Rows(scipy.sparse.csr_matrix(x), y)
    assert np.array_equal(Forward(dense).predict(Rows(x)), Forward(sparse).predict(csr))
    assert_same(loss_and_gradient(dense, Rows(x, y)), loss_and_gradient(sparse, csr))


def test_entries_of_one_place_are_added_up(rng):
    # A CSR matrix may hold a place twice; its value is the sum.
    data, indices, indptr = np.array([1.0, 2.0, 4.0]), [1, 1, 3], [0, 3]
    twice = scipy.sparse.csr_matrix((data, indices, indptr), shape=(1, 4))
    net = network(one_hidden("tanh"), "squared_error")
    spread = network(one_hidden("tanh"), "squared_error", sparse=True)
    expected = Forward(net).predict(Rows(np.array([[0.0, 3.0, 0.0, 4.0]])))
    assert np.array_equal(Forward(spread).predict(Rows(twice)), expected)


@pytest.mark.parametrize("weighted", [False, True])
def test_class_codes_are_columns_of_ones_and_zeros(x, rng, weighted):
    y = targets("log_loss", ROWS, rng)
    weight = rng.exponential(size=ROWS) if weighted else None
    columns = network(one_hidden("relu"), "log_loss", weighted=weighted)
    codes = network(one_hidden("relu"), "log_loss", codes=True, weighted=weighted)
    assert_same(
        loss_and_gradient(columns, Rows(x, y, weight)),
        loss_and_gradient(codes, Rows(x, y.argmax(axis=1).astype(np.int32), weight)),
    )


def test_a_subset_is_a_copy_of_those_rows(x, rng):
    y, weight = targets("squared_error", ROWS, rng), rng.exponential(size=ROWS)
    chosen = np.array([3, 16, 0, 5, 5])
    net = network(one_hidden("relu"), "squared_error", weighted=True)
    part = Rows(x, y, weight, chosen)
    copy = Rows(x[chosen], y[chosen], weight[chosen])
    assert part.count == 5
    assert part.total_weight == copy.total_weight
    assert np.array_equal(Forward(net).predict(part), Forward(net).predict(copy))
    assert_same(loss_and_gradient(net, part), loss_and_gradient(net, copy))


def test_a_weight_of_two_is_a_row_given_twice(x, rng):
    y, weight = targets("squared_error", ROWS, rng), rng.integers(0, 3, ROWS).astype(float)
    weighted = network(one_hidden("tanh"), "squared_error", weighted=True)
    plain = network(one_hidden("tanh"), "squared_error")
    again = np.repeat(np.arange(ROWS), weight.astype(int))
    first = loss_and_gradient(weighted, Rows(x, y, weight))
    second = loss_and_gradient(plain, Rows(x[again], y[again]))
    # Sums of 17 numbers of size one in another order: some ten roundings.
    assert first[0] == pytest.approx(second[0], rel=1e-14)
    np.testing.assert_allclose(first[1], second[1], rtol=0.0, atol=1e-14)


def test_an_array_with_gaps_is_refused():
    with pytest.raises(ValueError, match=r"arrays must be C-contiguous\. Pass np"):
        address(np.zeros((4, 4))[:, :2])


def test_more_rows_than_can_be_numbered_are_refused():
    x = np.broadcast_to(np.float32(0.0), (2**31, 1))
    with pytest.raises(DataError, match=r"^X must have at most 2,147,483,647 rows, got 2,147,"):
        Descent(network(one_hidden("tanh"), "squared_error"), Rows(x), 4, "sgd")
    Descent(network(one_hidden("tanh"), "squared_error"), Rows(x[1:]), 4, "sgd")


def test_addresses_of_arrays_that_must_not_be_written():
    lone, _ = np.broadcast_arrays(np.zeros(1), np.zeros((1, 1)))  # warns when it is written
    constant = np.zeros(3)
    constant.flags.writeable = False
    for array in (np.zeros(3), np.zeros((2, 0)), np.zeros((4, 2))[1:], lone, constant):
        assert address(array) == array.__array_interface__["data"][0]
