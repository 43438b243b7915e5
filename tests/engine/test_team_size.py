"""A team or one thread, by the time that their steps take."""

from itertools import pairwise

import numpy as np
import pytest

from chainrule.engine import descent, partition, team, team_size, waiting
from chainrule.engine.descent import Descent, FullGradient
from chainrule.engine.hessian import HessianProduct
from chainrule.engine.rows import Rows
from chainrule.engine.team_size import MOST_KEPT_SECONDS, TeamSize

from . import networks
from .networks import COLUMNS, factors, network, settings, targets

STEPS = 100


def passes(size: TeamSize, step_seconds: dict[int, float], seconds: float) -> list[int]:
    """Who does the passes of so many seconds, where a step takes a team or one thread so long."""
    members, left = [], seconds
    while left > 0.0:
        members.append(size.members)
        took = STEPS * step_seconds[size.members]
        size.took(STEPS, took)
        left -= took
    return members


@pytest.mark.parametrize("faster", [1, 2])
def test_the_faster_one_does_nearly_everything(faster):
    slower = 3 - faster
    done = passes(TeamSize(2, tries_one=True), {faster: 10e-6, slower: 20e-6}, 20.0)
    assert done[0] == 1
    assert slower in done[-len(done) // 2 :]  # it is tried again and again
    assert done.count(slower) < 0.02 * len(done)


def test_what_becomes_slower_is_left_soon():
    size = TeamSize(2, tries_one=True)
    assert passes(size, {1: 15e-6, 2: 12e-6}, 5.0).count(1) > 2
    done = passes(size, {1: 15e-6, 2: 30e-6}, 2.0 * MOST_KEPT_SECONDS)
    assert done[-1] == 1
    done = passes(size, {1: 15e-6, 2: 12e-6}, 2.0 * MOST_KEPT_SECONDS)
    assert done[-1] == 2


def test_a_small_difference_changes_nothing():
    done = passes(TeamSize(2, tries_one=True), {1: 20e-6, 2: 19e-6}, 1.0)
    tries = done.count(2)
    assert 0 < tries < 0.03 / (STEPS * 19e-6)


def test_the_first_steps_of_a_try_do_not_count():
    size, woken = TeamSize(2, tries_one=True), False
    for _ in range(1000):
        first_of_team = size.members == 2 and not woken
        woken = size.members == 2
        step = 1e-3 if first_of_team else {1: 20e-6, 2: 10e-6}[size.members]
        size.took(STEPS, STEPS * step)
    assert size.members == 2


def test_a_try_ends_within_a_pass_over_the_rows(monkeypatch):
    monkeypatch.setattr(team, "allowed_threads", lambda: 2)
    monkeypatch.setattr(partition, "is_doubtful", lambda *sizes: True)
    monkeypatch.setattr(partition, "most_members", lambda *sizes: 2)
    monkeypatch.setattr(team_size, "TRY_SECONDS", 1e-4)
    done = {1: 0, 2: 0}

    class Disturbed(TeamSize):
        def took(self, steps, seconds):
            done[self.members] += steps
            super().took(steps, steps * {1: 1e-5, 2: 1e-3}[self.members])

    losses = []
    for size in (TeamSize, Disturbed):
        monkeypatch.setattr(descent, "TeamSize", size)
        rng = np.random.default_rng(7)
        net = network(networks.one_hidden("tanh"), "squared_error")
        rows = Rows(rng.normal(size=(16_000, COLUMNS)), targets("squared_error", 16_000, rng))
        losses.append(Descent(net, rows, 4, "adam").epoch(settings(), None))
    assert losses[0] == losses[1]
    assert sum(done.values()) == 4000
    assert 0 < done[2] < done[1]


def test_another_team_begins_with_caution_and_nobody_lingers_for_the_last(monkeypatch):
    monkeypatch.setattr(team, "allowed_threads", lambda: 2)
    slices, dismissed = [], []

    class Alternating(TeamSize):
        """A hundred steps of 10 us by one, by two, by one, ..."""

        def __init__(self, team, *, tries_one):
            super().__init__(2, tries_one=True)
            self.seconds_left, self._left = 1e-3, 100

        def took(self, steps, seconds):
            slices.append((self.members, steps))
            self._left -= steps
            if self._left <= 0:
                self._left, self.members = 100, 3 - self.members

    class Watched(team.Team):
        def dismiss(self):
            super().dismiss()
            dismissed.append([int(helper.state[0]) for helper in self.helpers])

    class Clock:
        """Two times are as far apart as the steps between them take."""

        now = between = 0.0

        @classmethod
        def perf_counter(cls):
            cls.now += cls.between
            return cls.now

    class Job(descent.Job):
        def begin(self, first, last):
            Clock.between = 1e-5 * (last - first)
            super().begin(first, last)

    monkeypatch.setattr(descent, "TeamSize", Alternating)
    monkeypatch.setattr(descent, "time", Clock)
    monkeypatch.setattr(descent, "Job", Job)
    monkeypatch.setattr(team, "Team", Watched)
    rng = np.random.default_rng(7)
    net = network(networks.one_hidden("tanh"), "squared_error")
    rows = Rows(rng.normal(size=(16_000, COLUMNS)), targets("squared_error", 16_000, rng))
    run = Descent(net, rows, 4, "adam")
    run.epoch(settings(), None)
    # A turn's first slice is an eighth of what the last turn's pace would allow: 100 steps.
    turns = [steps for (before, _), (members, steps) in pairwise(slices) if members != before]
    assert turns
    assert set(turns) == {100 // descent.CAUTION}
    assert [waiting.DISMISSED] in dismissed
    assert all(state == waiting.DISMISSED for states in dismissed for state in states)


def test_only_steps_that_are_hardly_worth_a_team_are_tried_by_one_thread(monkeypatch):
    one_hidden = network(networks.one_hidden("tanh"), "squared_error")
    rows = np.random.default_rng(0)
    data = Rows(rows.normal(size=(64, COLUMNS)), targets("squared_error", 64, rows))
    tile = descent.shape(one_hidden.dtype)
    work = partition.step_work(one_hidden.tape, 64) / partition.counted_lanes(tile.lanes, tile.size)
    members = partition.most_members
    for small, tried in ((work * 2, {1}), (work / 2, {1, 2}), (work / 100, {2})):
        monkeypatch.setattr(partition, "SMALL_STEP", small)
        monkeypatch.setattr(partition, "most_members", lambda *sizes: min(2, members(*sizes)))
        size = Descent(one_hidden, data, 64, "adam")._team_size
        assert set(passes(size, {1: 1e-5, 2: 1e-5}, 0.1)) == tried


def trained(graph, rows):
    """Weights and losses after passes with all that a context is told before one."""
    net = network(graph(), "squared_error")
    steps = -(-rows.count // 8)
    course = factors(steps, momentum=np.linspace(1.0, 0.5, steps))
    run = Descent(net, rows, 8, "adam")
    orders = np.random.default_rng(1)
    how = settings(clip_norm=0.5, alpha=0.1)
    losses = [run.epoch(how, orders.permutation(rows.count), course) for _ in range(3)]
    return net.parameters.tobytes(), losses


def summed(graph, rows):
    """The gradient over all rows, twice."""
    gradient = FullGradient(network(graph(), "squared_error"), rows, 8)
    return [(loss, slope.tobytes()) for loss, slope in (gradient(0.1), gradient(0.1))]


def turned(graph, rows):
    """The Hessian times a vector."""
    net = network(graph(), "squared_error")
    product = HessianProduct(net, rows, 8)
    return product(np.linspace(-1.0, 1.0, net.tape.parameter_count), 0.1).tobytes()


@pytest.mark.parametrize(
    ("graph", "outcome"),
    [
        (networks.diamond, trained),
        (networks.batch_norm_called_twice, trained),
        (networks.diamond, summed),
        (networks.batch_norm_called_twice, summed),
        (networks.diamond, turned),
    ],
)
def test_the_same_bits_whoever_does_a_step(graph, outcome, finely_cut, monkeypatch):
    monkeypatch.setattr(team, "allowed_threads", lambda: 3)

    class InTurn(TeamSize):
        """Another size for each step."""

        def __init__(self, team, *, tries_one):
            super().__init__(team, tries_one=tries_one)
            self.seconds_left = 0.0

        def took(self, steps, seconds):
            assert steps == 1
            self.members = self.members % 3 + 1
            seen.append(self.members)

    seen = []
    rng = np.random.default_rng(7)
    rows = Rows(rng.normal(size=(45, COLUMNS)), targets("squared_error", 45, rng))
    usual = outcome(graph, rows)
    monkeypatch.setattr(descent, "TeamSize", InTurn)
    assert outcome(graph, rows) == usual
    assert set(seen) == {1, 2, 3}
