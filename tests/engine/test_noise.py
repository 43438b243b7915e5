"""Noise: normal numbers while training, nothing at all when predicting."""

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
