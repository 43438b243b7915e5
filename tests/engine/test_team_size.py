"""A team or one thread, by the time that their steps take."""

import numpy as np
import pytest

from chainrule.engine import descent, partition, team
from chainrule.engine.descent import Descent
from chainrule.engine.rows import Rows
from chainrule.engine.team_size import MOST_KEPT_SECONDS, TRY_SECONDS, TeamSize

from . import networks
from .networks import COLUMNS, network, settings, targets

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
    done = passes(TeamSize(2, 1), {faster: 10e-6, slower: 20e-6}, 20.0)
    assert done[0] == 2
    assert slower in done[-len(done) // 2 :]  # it is tried again and again
    assert done.count(slower) < 0.02 * len(done)


def test_what_becomes_slower_is_left_soon():
    size = TeamSize(2, 1)
    assert passes(size, {1: 15e-6, 2: 12e-6}, 5.0).count(1) > 2
    done = passes(size, {1: 15e-6, 2: 30e-6}, 2.0 * MOST_KEPT_SECONDS)
    assert done[-1] == 1
    done = passes(size, {1: 15e-6, 2: 12e-6}, 2.0 * MOST_KEPT_SECONDS)
    assert done[-1] == 2


def test_a_small_difference_changes_nothing():
    done = passes(TeamSize(2, 1), {1: 19e-6, 2: 20e-6}, 1.0)
    tries = done.count(1)
    assert 0 < tries < 10 * TRY_SECONDS / (STEPS * 19e-6)


def test_only_steps_that_are_hardly_worth_a_team_are_tried_by_one_thread(monkeypatch):
    one_hidden = network(networks.one_hidden("tanh"), "squared_error")
    rows = np.random.default_rng(0)
    data = Rows(rows.normal(size=(64, COLUMNS)), targets("squared_error", 64, rows))
    lanes = descent.shape(one_hidden.dtype).lanes
    work = partition.step_work(one_hidden.tape, 64) / lanes
    members = partition.most_members
    for small, tried in ((work * 2, {1}), (work / 2, {1, 2}), (work / 100, {2})):
        monkeypatch.setattr(partition, "SMALL_STEP", small)
        monkeypatch.setattr(partition, "most_members", lambda *sizes: min(2, members(*sizes)))
        size = Descent(one_hidden, data, 64, "adam")._team_size
        assert set(passes(size, {1: 1e-5, 2: 1e-5}, 0.1)) == tried


def test_the_same_bits_whoever_does_a_pass(finely_cut, monkeypatch):
    monkeypatch.setattr(team, "allowed_threads", lambda: 3)

    class InTurn(TeamSize):
        def took(self, steps, seconds):
            self.members = self.members % 3 + 1
            seen.append(self.members)

    outcomes, seen = [], []
    for size in (TeamSize, InTurn):
        monkeypatch.setattr(descent, "TeamSize", size)
        rng = np.random.default_rng(7)
        net = network(networks.one_hidden("tanh"), "squared_error")
        rows = Rows(rng.normal(size=(48, COLUMNS)), targets("squared_error", 48, rng))
        run = Descent(net, rows, 16, "adam")
        losses = [run.epoch(settings(), None) for _ in range(7)]
        outcomes.append((net.parameters.tobytes(), losses))
    assert outcomes[0] == outcomes[1]
    assert set(seen) == {1, 2, 3}
