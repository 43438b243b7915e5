"""Dropout: silent units while training, nothing at all when predicting."""

from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.graph import Dense, Dropout, Graph, Input

from .networks import loss_and_gradient, network

STILL = SimpleNamespace(learning_rate=0.0, momentum=0.0, beta_1=0.0, beta_2=0.0, epsilon=1.0)
ROWS, UNITS = 400, 50


def silenced(rate: float) -> Graph:
    """x -> dense -> dropout -> prediction, so that all can be read off the buffers."""
    x = Input(2)
    return Graph(x, Dropout(rate)(Dense(UNITS)(x, name="h"), name="d"))


def one_step(rate: float, *, seed: int = 0, epochs: int = 1):
    """Values before and after dropout, with their gradients, after a step that moves nothing."""
    rng = np.random.default_rng(3)
    net = network(silenced(rate), "squared_error", keep_all=True)
    rows = Rows(rng.normal(size=(ROWS, 2)), rng.normal(size=(ROWS, UNITS)))
    descent = Descent(net, rows, ROWS, "sgd", seed=seed)
    for _ in range(epochs):
        descent.epoch(STILL, 0.0, None)
    before, after = net.tape.slots[1], net.tape.slots[2]
    read = [(before.value, False), (after.value, False), (before.delta, True), (after.delta, True)]
    return [descent.slot(column, UNITS, deltas=deltas) for column, deltas in read]


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_as_many_units_are_silent_as_said_and_the_mean_is_kept(rate):
    before, after, _, _ = one_step(rate)
    kept = after != 0.0
    np.testing.assert_allclose(after[kept], before[kept] / (1.0 - rate), rtol=1e-15)  # one rounding
    # Of 20,000 units the share is off by more than four standard deviations once in 16,000 seeds.
    assert abs(kept.mean() - (1.0 - rate)) < 4.0 * np.sqrt(rate * (1.0 - rate) / kept.size)


def test_back_through_the_same_mask():
    before, after, d_before, d_after = one_step(0.5)
    kept = after != 0.0
    assert (d_after != 0.0).all()  # every unit has an error of its own
    assert np.array_equal(d_before, np.where(kept, 2.0 * d_after, 0.0))
    assert (before != 0.0).all()


def test_every_step_draws_anew_and_every_seed_too():
    masks = [one_step(0.5, seed=seed, epochs=n)[1] != 0.0 for seed, n in [(0, 1), (0, 2), (1, 1)]]
    for first, second in [(0, 1), (0, 2), (1, 2)]:
        agreement = (masks[first] == masks[second]).mean()
        # Fair coins agree in half of 20,000 places, to four standard deviations of 0.0035.
        assert abs(agreement - 0.5) < 0.014


def test_rate_zero_silences_nothing():
    before, after, _, _ = one_step(0.0)
    assert np.array_equal(before, after)


def test_predictions_and_full_gradients_ignore_it(rng):
    rows = Rows(rng.normal(size=(9, 2)), rng.normal(size=(9, UNITS)))
    x = Input(2)
    plain = network(Graph(x, Dense(UNITS)(x)), "squared_error")
    noisy = network(silenced(0.7), "squared_error")
    assert np.array_equal(Forward(noisy).predict(rows), Forward(plain).predict(rows))
    first, second = loss_and_gradient(noisy, rows), loss_and_gradient(plain, rows)
    assert first[0] == second[0]
    assert np.array_equal(first[1], second[1])
