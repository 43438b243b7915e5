"""How networks share a limit of time, by a clock that the test turns."""

import numpy as np
import pytest

from chainrule.tables.networks import time_shares
from chainrule.tables.networks.time_shares import TimeShares


class Clock:
    now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time_shares, "time", clock)
    return clock


def test_each_round_has_an_equal_share_of_what_is_left(clock):
    # 8 networks, 2 at once: 4 rounds of the 20 s.
    shares = TimeShares(8, 2, 120.0, 0)
    assert shares.until(0, 100.0) == shares.until(1, 100.0) == 105.0
    # The second round was late: 3 rounds of 12 s.
    assert shares.until(2, 108.0) == 112.0
    assert shares.until(7, 113.0) == 120.0


def test_fewer_networks_where_each_would_have_too_few_epochs(clock):
    # Of 1 s an epoch, 10 for each network: time for 2 rounds of 2 networks, not for 4.
    shares = TimeShares(8, 2, 120.0, 10)
    shares.epoch_ends(1, 1.0)
    assert shares.wanted == 4
    assert shares.until(0, 100.0) == 110.0
    assert [shares.too_late(number) for number in range(6)] == [False] * 4 + [True] * 2


def test_the_first_epoch_may_wait_for_a_compiler(clock):
    shares = TimeShares(8, 2, 120.0, 10)
    shares.epoch_ends(1, 6.0)
    assert shares.wanted == 2
    # From then on 0.1 s: 6.9 s for the first round, 1 s for each of the next.
    shares.epoch_ends(2, 6.1)
    assert shares.wanted == 8


def test_a_first_network_without_time_for_enough_is_not_alone_in_having_begun(clock):
    shares = TimeShares(8, 2, 101.0, 10)
    shares.epoch_ends(1, 1.0)
    assert shares.wanted == 2
    assert not shares.too_late(1)


def test_only_the_first_epochs_tell_the_pace(clock):
    shares = TimeShares(8, 2, 120.0, 10)
    shares.epoch_ends(1, 0.1)
    shares.epoch_ends(5, 19.0)
    assert shares.wanted == 8


def test_folds_are_all_wanted(clock):
    shares = TimeShares(8, 2, 101.0, 0)
    shares.epoch_ends(1, 1.0)
    assert shares.wanted == 8
    clock.now = 101.0
    assert [shares.too_late(number) for number in (0, 1)] == [False, True]


def test_without_a_limit_there_is_time_for_all(clock):
    shares = TimeShares(8, 2, np.inf, 10)
    shares.epoch_ends(1, 1e6)
    assert (shares.wanted, shares.until(0, 100.0)) == (8, np.inf)
