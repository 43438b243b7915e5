"""Dropout: silent units while training, nothing at all when predicting."""

import numpy as np
import pytest

from chainrule.engine import partition
from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.graph import Add, Bias, Dense, Dropout, Graph, Input, Node

from .networks import factors, loss_and_gradient, network, settings, still

ROWS, UNITS = 400, 50


def silenced(rate: float) -> Graph:
    """x -> dense -> dropout -> prediction, so that all can be read off the buffers."""
    x = Input(2)
    return Graph(x, Dropout(rate)(Dense(UNITS)(x, name="h"), name="d"))


def one_step(rate: float, *, seed: int = 0, epochs: int = 1, course: np.ndarray | None = None):
    """Values before and after dropout, with their gradients, after a step that moves nothing."""
    rng = np.random.default_rng(3)
    net = network(silenced(rate), "squared_error", keep_all=True)
    rows = Rows(rng.normal(size=(ROWS, 2)), rng.normal(size=(ROWS, UNITS)))
    descent = Descent(net, rows, ROWS, "sgd", seed=seed)
    for _ in range(epochs):
        descent.epoch(still(), None, course)
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


def test_a_course_changes_the_rate():
    for half, whole in zip(one_step(0.6, course=factors(1, noise=0.5)), one_step(0.3), strict=True):
        assert np.array_equal(half, whole)
    before, after, _, _ = one_step(0.6, course=factors(1, noise=0.0))
    assert np.array_equal(before, after)


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


def over_a_bias(x: Node) -> Node:
    """Bias and dropout take the place of what comes before."""
    return Dropout(0.4)(Bias()(Dense(7)(x)))


def over_an_activation(x: Node) -> Node:
    """tanh asks for its own value again, so only the gradient is changed in place."""
    return Dropout(0.4)(Dense(7, activation="tanh")(x))


def twice(x: Node) -> Node:
    return Dropout(0.3)(Dropout(0.4)(Dense(7)(x)))


def with_a_second_reader(x: Node) -> Node:
    a = Dense(7)(x)
    return Add()(Dropout(0.4)(Bias()(a)), a)


@pytest.mark.parametrize("part", [over_a_bias, over_an_activation, twice, with_a_second_reader])
def test_the_gradient_is_that_of_the_masked_network(part, rng):
    x = Input(2)
    graph = Graph(x, Dense(3)(part(x)))
    rows = Rows(rng.normal(size=(11, 2)), rng.normal(size=(11, 3)))
    start = network(graph, "squared_error").parameters.copy()

    def step(parameters, rate=0.0):
        """A first step always draws the same masks: its loss, and where it leads."""
        net = network(graph, "squared_error")
        net.parameters[...] = parameters
        loss = Descent(net, rows, 11, "sgd").epoch(settings(rate), None)
        return 3 * loss, net.parameters  # the loss is reported as a mean over three outputs

    gradient = start - step(start, rate=1.0)[1]
    h = 1e-5
    for k in range(start.size):
        shift = h * (np.arange(start.size) == k)
        slope = (step(start + shift)[0] - step(start - shift)[0]) / (2 * h)
        # Central differences: h^2 times a third derivative, and 1e-15 / h, of numbers of size one.
        assert gradient[k] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("width", [1, 3, 4, 50])
def test_masks_do_not_depend_on_how_a_batch_is_cut(width, finely_cut, monkeypatch):
    x = Input(1)
    rows = Rows(np.ones((40, 1)), np.zeros((40, width)))
    masks = []
    for chunk in (8, 64):
        monkeypatch.setattr(partition, "CHUNK_ROWS", chunk)
        net = network(Graph(x, Dropout(0.5)(Dense(width)(x))), "squared_error", keep_all=True)
        descent = Descent(net, rows, 40, "sgd")
        descent.epoch(still(), None)
        masks.append(descent.slot(net.tape.slots[2].value, width, deltas=False) != 0.0)
    assert np.array_equal(*masks)
    assert 0 < masks[0].mean() < 1
    # Each row has a mask of its own.
    assert len({row.tobytes() for row in masks[0]}) > 1


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize("units", [1, 6, 300])
def test_a_step_learns_through_the_mask_of_its_forward_pass(units, cut, request, rng):
    if cut:
        request.getfixturevalue("finely_cut")
    x, y = rng.normal(size=(40, 2)), rng.normal(size=(40, units))
    graph_input = Input(2)
    hidden = Dense(units)(graph_input)
    net = network(Graph(graph_input, Dropout(0.4)(hidden)), "squared_error")
    weights = net.parameters.copy().reshape(3, units)
    descent = Descent(net, Rows(x, y), 40, "sgd")
    descent.epoch(settings(0.5), None)
    predicted = descent.slot(net.tape.slots[net.tape.prediction].value, units, deltas=False)
    factor = np.where(predicted == 0.0, 0.0, 1.0 / 0.6)
    with_one = np.hstack([x, np.ones((40, 1))])
    # A few roundings of sums of 40 numbers of size one.
    np.testing.assert_allclose(predicted, factor * (with_one @ weights), rtol=0.0, atol=1e-14)
    slope = with_one.T @ (factor * (predicted - y)) / 40
    expected = weights - 0.5 * slope
    np.testing.assert_allclose(net.parameters.reshape(3, units), expected, rtol=0.0, atol=1e-14)
    assert 0.2 < (factor == 0.0).mean() < 0.65
