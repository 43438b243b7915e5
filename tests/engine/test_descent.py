"""Compiled steps: the formulas by hand, however a batch is cut, for any number of threads."""

import numpy as np
import pytest

from chainrule.engine import partition, team
from chainrule.engine.descent import Descent
from chainrule.engine.rows import Rows
from chainrule.formulas import OPTIMIZERS
from chainrule.graph import Dense, Dropout, Graph, Input, chain

from .networks import network, settings

ALPHA = 0.3
SETTINGS = settings(0.05, momentum=0.8, beta_1=0.7, beta_2=0.9, rho=0.6, epsilon=1e-8, alpha=ALPHA)


def perceptron(*widths: int, dropout: float = 0.0) -> Graph:
    x = Input(widths[0])
    hidden = [Dense(units, activation="tanh") for units in widths[1:-1]]
    return Graph(x, chain(x, [*hidden, Dropout(dropout), Dense(widths[-1])]))


def linear() -> Graph:
    x = Input(3)
    return Graph(x, Dense(1)(x))


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("method", sorted(OPTIMIZERS))
def test_three_steps_are_the_formulas_by_hand(method, weighted, rng):
    x, y, weight = rng.normal(size=(6, 3)), rng.normal(size=(6, 1)), rng.exponential(size=6)
    weight = weight if weighted else np.ones(6)
    net = network(linear(), "squared_error", weighted=weighted)
    by_hand, states = net.parameters.tolist(), [[0.0] * OPTIMIZERS[method].n_states] * 4
    descent = Descent(net, Rows(x, y, weight if weighted else None), 6, method)
    for t in (1, 2, 3):
        residual = (x @ by_hand[:3] + by_hand[3] - y[:, 0]) * weight
        squares = 0.5 * (residual**2 / weight).sum() + 0.5 * ALPHA * sum(w * w for w in by_hand[:3])
        slope = [*(x.T @ residual + ALPHA * np.array(by_hand[:3])), residual.sum()]
        by_hand, states = step(method, t, by_hand, slope / weight.sum(), states)
        loss = descent.epoch(SETTINGS, None)
        # A dozen operations on numbers of size one, each to 1e-16.
        assert loss == pytest.approx(squares / weight.sum(), rel=1e-12)
        np.testing.assert_allclose(net.parameters, by_hand, rtol=1e-12)
    assert descent.steps_done == 3


def step(method, t, weights, slope, states):
    """One step of the row in `OPTIMIZERS`, weight by weight; biases are not penalised."""
    row = OPTIMIZERS[method]
    constants = row.constants(t, SETTINGS)
    moved = [
        row.update(w, g, *state, *constants)
        for w, g, state in zip(weights, slope.tolist(), states, strict=True)
    ]
    return [w for w, *_ in moved], [state for _, *state in moved]


def fitted(
    monkeypatch, widths, *, members=1, rows=101, batch=50, dropout=0.0, method="adam", seed=0
):
    """Parameters and losses after three epochs in shuffled order, the last batch a short one."""
    monkeypatch.setattr(team, "allowed_threads", lambda: members)
    rng = np.random.default_rng(7)
    data = Rows(rng.normal(size=(rows, widths[0])), rng.normal(size=(rows, widths[-1])))
    net = network(perceptron(*widths, dropout=dropout), "squared_error")
    descent = Descent(net, data, batch, method, seed=seed)
    losses = [descent.epoch(SETTINGS, rng.permutation(rows)) for _ in range(3)]
    return net.parameters, np.array(losses), descent


# More parameters than values of a batch, and fewer; small enough that all runs take no time.
SIZES = pytest.mark.parametrize("widths", [(40, 30, 20), (4, 6, 3)], ids=["blocks", "parts"])


@SIZES
def test_cut_steps_agree_with_whole_ones(widths, monkeypatch, request):
    monkeypatch.setattr(partition, "SMALL_STEP", 10**6)
    whole, losses, descent = fitted(monkeypatch, widths, method="momentum")
    assert descent.job.record.chunk_rows == 50
    request.getfixturevalue("finely_cut")
    cut, cut_losses, descent = fitted(monkeypatch, widths, method="momentum")
    assert descent.job.record.chunk_rows == 7
    assert bool(descent.job.record.in_parts) is (widths == (4, 6, 3))
    # Nine steps on sums of 50 numbers in another order; no step magnifies a rounding by much.
    np.testing.assert_allclose(cut, whole, rtol=0.0, atol=1e-12)
    np.testing.assert_allclose(cut_losses, losses, rtol=1e-12)


@SIZES
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.usefixtures("finely_cut")
def test_any_number_of_threads_gives_the_same_bits(widths, dropout, monkeypatch):
    one, losses, _ = fitted(monkeypatch, widths, dropout=dropout)
    for members in (2, 3):
        many, same, descent = fitted(monkeypatch, widths, dropout=dropout, members=members)
        assert list(descent._prepared) == [members]  # so many threads did run
        assert many.tobytes() == one.tobytes()
        assert same.tobytes() == losses.tobytes()


@SIZES
def test_sizes_alone_choose_the_way_too(widths, monkeypatch):
    # The package's own constants: a step above and one below the size at which threads pay.
    wide = tuple(2 * width for width in widths)
    first, _, descent = fitted(monkeypatch, wide, members=1, batch=100)
    assert descent.job.record.chunk_rows == (50 if wide == (80, 60, 40) else 100)
    second, _, _ = fitted(monkeypatch, wide, members=2, batch=100)
    assert first.tobytes() == second.tobytes()


@SIZES
@pytest.mark.usefixtures("finely_cut")
def test_sizes_that_are_numpys_numbers(widths, monkeypatch):
    expected, losses, _ = fitted(monkeypatch, widths)
    found, same, _ = fitted(monkeypatch, tuple(map(np.int64, widths)), batch=np.int64(50))
    assert found.tobytes() == expected.tobytes()
    assert same.tobytes() == losses.tobytes()


def test_settings_whose_writing_was_interrupted_are_written_again():
    rows = Rows(np.ones((4, 3)), np.zeros((4, 1)))

    def epoch(descent: Descent, chosen) -> bytes:
        descent.epoch(chosen, None)
        return descent.network.parameters.tobytes()

    class Interrupting:
        """Takes one field of a record, then Ctrl-C comes."""

        def __init__(self, record):
            self.record, self.left = record, 1

        def __setitem__(self, name, value):
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            self.record[name] = value

    expected = Descent(network(linear(), "squared_error"), rows, 2, "adam")
    descent = Descent(network(linear(), "squared_error"), rows, 2, "adam")
    assert epoch(descent, settings(0.05)) == epoch(expected, settings(0.05))
    written = descent._settings
    descent._settings = [Interrupting(written[0])]
    with pytest.raises(KeyboardInterrupt):
        descent.epoch(settings(0.5), None)
    descent._settings = written
    assert epoch(descent, settings(0.05)) == epoch(expected, settings(0.05))


def test_another_seed_silences_other_units(monkeypatch):
    first, _, _ = fitted(monkeypatch, (4, 6, 3), dropout=0.5, seed=0)
    again, _, _ = fitted(monkeypatch, (4, 6, 3), dropout=0.5, seed=0)
    other, _, _ = fitted(monkeypatch, (4, 6, 3), dropout=0.5, seed=1)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_averages_of_idle_units_become_zero_and_the_caller_keeps_its_rounding():
    """Subnormal numbers take a processor many times longer; 0.9 of the smallest one is itself."""
    x, y = np.ones((1, 3), np.float32), np.zeros((1, 1), np.float32)
    smallest = np.finfo(np.float32).smallest_subnormal
    descent = Descent(network(linear(), "squared_error", dtype=np.float32), Rows(x, y), 1, "adam")
    descent.state[:] = smallest
    x[:], descent.network.parameters[:] = 0.0, 0.0
    descent.epoch(settings(0.05, beta_1=0.9, beta_2=0.999), None)
    assert not descent.state.any()
    assert smallest / np.float32(1) == smallest > 0


def test_a_member_that_is_called_twice_for_a_part_does_it_once(monkeypatch):
    """As after Ctrl-C, when nobody knows which helpers have begun."""
    parameters, _, descent = fitted(monkeypatch, (4, 6, 3))
    descent.epoch(SETTINGS, None)  # in order, for a permutation is gone after its epoch
    _, part = descent._prepared[1]
    before = parameters.tobytes()
    part(0, 0)
    assert parameters.tobytes() == before
    descent.job.begin(0, 1)
    part(0, 0)
    assert parameters.tobytes() != before
