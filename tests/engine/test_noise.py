"""Noise: normal numbers while training, nothing at all when predicting."""

from ctypes import CFUNCTYPE, c_double, c_int64

import numpy as np
import pytest
from scipy import stats

from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.graph import Dense, Graph, Input, Noise

from .networks import factors, loss_and_gradient, network, still

ROWS, UNITS = 400, 50


def noisy(deviation: float) -> Graph:
    """x -> dense -> noise -> prediction, so that all can be read off the buffers."""
    x = Input(2)
    return Graph(x, Noise(deviation)(Dense(UNITS)(x, name="h"), name="n"))


def one_step(deviation: float, dtype=np.float64, *, seed=0, epochs=1, course=None):
    """What noise added, and the gradients before and after it, of a step that moves nothing."""
    rng = np.random.default_rng(3)
    net = network(noisy(deviation), "squared_error", dtype, keep_all=True)
    x, y = rng.normal(size=(ROWS, 2)), rng.normal(size=(ROWS, UNITS))
    rows = Rows(x.astype(dtype), y.astype(dtype))
    descent = Descent(net, rows, ROWS, "sgd", seed=seed)
    for _ in range(epochs):
        descent.epoch(still(), None, course)
    before, after = net.tape.slots[1], net.tape.slots[2]
    values = [descent.slot(slot.value, UNITS, deltas=False) for slot in (before, after)]
    deltas = [descent.slot(slot.delta, UNITS, deltas=True) for slot in (before, after)]
    return values[1] - values[0], *deltas


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_added_is_normal(dtype):
    added = one_step(2.0, dtype)[0].ravel() / 2.0
    # By chance a p-value is below 0.0001 once in 10,000 seeds; float32 rounds sums to 1e-7, which
    # no test of 20,000 numbers sees.
    assert stats.kstest(added, "norm").pvalue > 1e-4
    # The smallest u of 20,000 is about 1 / 20,000, at 4.5 deviations: the tails are there.
    assert 3.0 < abs(added).max() < 6.0


def test_neighbours_have_nothing_to_do_with_each_other():
    added = one_step(1.0)[0]
    for first, second in [(added[:, 1:], added[:, :-1]), (added[1:], added[:-1])]:
        # The correlation of 20,000 independent pairs deviates by 0.007; four times that.
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.03


def test_numbers_that_were_drawn_together_have_nothing_to_do_with_each_other():
    added = one_step(1.0)[0].ravel()
    whole = added[: added.size // 256 * 256].reshape(-1, 2, 128)
    first, second = whole[:, 0].ravel(), whole[:, 1].ravel()
    # 9,984 pairs of one radius, of which the squares would tell: 0.01 by chance, four times that.
    for power in (1, 2, 3):
        assert abs(np.corrcoef(first**power, second**power)[0, 1]) < 0.04


@pytest.mark.parametrize("rows", [1, 7, 33])
def test_a_number_does_not_depend_on_the_rows_that_are_drawn_with_it(rows):
    whole = forward_in_pieces(ROWS)
    assert np.array_equal(forward_in_pieces(rows), whole)
    assert len(np.unique(whole)) > 0.999 * whole.size


def forward_in_pieces(rows: int) -> np.ndarray:
    """What the kernel adds to zeros when it is given so many rows at a time."""
    net = network(noisy(1.0), "squared_error", keep_all=True)
    buffers = net.contexts(ROWS, 1, shared=True)
    buffers.records["training"], buffers.records["step"] = 1, 3
    number = [line.operation for line in net.tape.instructions].index("noise")
    record = net.records[number]
    record["rate"] = 1.0
    kernel = CFUNCTYPE(c_double, *[c_int64] * 4)(int(record["forward"]))
    place = net.records.ctypes.data + number * net.records.itemsize
    for row in range(0, ROWS, rows):
        kernel(buffers.records.ctypes.data, place, row, min(rows, ROWS - row))
    start = ROWS * net.tape.slots[2].value
    return buffers.values.ravel()[start : start + ROWS * UNITS].copy()


def test_messages_pass_unchanged():
    _, d_before, d_after = one_step(0.5)
    assert (d_after != 0.0).all()
    assert np.array_equal(d_before, d_after)


def test_every_step_draws_anew_and_every_seed_too():
    added = [one_step(1.0, seed=seed, epochs=n)[0] for seed, n in [(0, 1), (0, 2), (1, 1)]]
    for first, second in [(0, 1), (0, 2), (1, 2)]:
        # As above.
        assert abs(np.corrcoef(added[first].ravel(), added[second].ravel())[0, 1]) < 0.03


def test_a_course_changes_the_deviation():
    # Roundings of x + noise, where both are below 10: 2e-15.
    half, whole = one_step(2.0, course=factors(1, noise=0.5))[0], one_step(1.0)[0]
    np.testing.assert_allclose(half, whole, rtol=0.0, atol=4e-15)
    assert not one_step(2.0, course=factors(1, noise=0.0))[0].any()


def test_predictions_and_full_gradients_ignore_it(rng):
    rows = Rows(rng.normal(size=(9, 2)), rng.normal(size=(9, UNITS)))
    x = Input(2)
    plain = network(Graph(x, Dense(UNITS)(x)), "squared_error")
    disturbed = network(noisy(0.7), "squared_error")
    assert np.array_equal(Forward(disturbed).predict(rows), Forward(plain).predict(rows))
    first, second = loss_and_gradient(disturbed, rows), loss_and_gradient(plain, rows)
    assert first[0] == second[0]
    assert np.array_equal(first[1], second[1])
