"""How many epochs fit into a time, by a clock that the test turns."""

import pytest

from chainrule.training import horizon
from chainrule.training.horizon import Horizon


class Clock:
    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(horizon, "time", clock)
    return clock


def heading(clock, plan, ends) -> list[int]:
    """The number of epochs after each that ends at one of these times."""
    found = []
    for done, now in enumerate(ends, 1):
        clock.now = now
        plan.epoch_ends(done)
        found.append(plan.epochs)
    return found


def test_without_a_limit_all_are_run(clock):
    plan = Horizon(5)
    assert heading(clock, plan, [10.0, 1e6]) == [5, 5]
    assert plan.reason == "All of the 5 epochs were run."


def test_the_first_epoch_tells_no_pace(clock):
    # 8 s for the first, with its compiling; then 1 s each: of 12.5 s are left 3.5, 2.5, 1.5, 0.5.
    plan = Horizon(100, lambda: 12.5)
    assert heading(clock, plan, [8.0, 9.0, 10.0, 11.0, 12.0]) == [100, 5, 5, 5, 5]
    assert plan.reason == "The time limit of 12.5 s is over."


def test_a_machine_that_becomes_slow_has_fewer(clock):
    # After the second: 10 + 7 epochs of 1 s. The third takes 5 s, so 3 s each: 3 s are left.
    assert heading(clock, Horizon(100, lambda: 10.0), [1.0, 2.0, 7.0]) == [100, 10, 4]


def test_an_epoch_is_run_even_where_there_is_no_time(clock):
    plan = Horizon(100, lambda: 0.5)
    assert plan.epochs == 100
    assert heading(clock, plan, [0.75]) == [1]


def test_a_limit_that_is_raised_on_the_way(clock):
    plan = Horizon(100, lambda: 4.0 if clock.now < 3.0 else 10.0)
    assert heading(clock, plan, [1.0, 2.0, 3.0]) == [100, 4, 10]
    assert plan.reason == "The time limit of 10 s is over."


def test_time_for_more_epochs_than_wanted(clock):
    plan = Horizon(3, lambda: 1000.0)
    assert heading(clock, plan, [1.0, 2.0]) == [3, 3]
    assert plan.reason == "All of the 3 epochs were run."
