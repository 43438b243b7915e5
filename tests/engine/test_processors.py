"""Members of a team begin on processors of their own."""

import os
import threading

import pytest

from chainrule.engine import processors
from chainrule.engine import team as team_module
from chainrule.engine.processors import Processors
from chainrule.engine.team import team

from .test_team import Flags


class System:
    """One that lets a thread run on some processors, and puts it where it may."""

    def __init__(self, here: int, allowed: set[int]) -> None:
        self.here, self.allowed = here, allowed
        self.refused: set[str] = set()

    def current(self) -> int:
        return self.here

    def affinity(self, thread: int) -> set[int]:
        self._check("affinity")
        return set(self.allowed)

    def allow(self, thread: int, allowed: set[int]) -> None:
        assert (thread, bool(allowed)) == (0, True)  # 0: the calling thread
        self._check("widen" if len(allowed) > len(self.allowed) else "narrow")
        self.allowed = set(allowed)
        if self.here not in self.allowed:
            self.here = min(self.allowed)

    def _check(self, call: str) -> None:
        if call in self.refused:
            raise PermissionError(call)


@pytest.fixture
def system(monkeypatch):
    made = System(here=1, allowed={0, 1, 3})
    monkeypatch.setattr(processors, "_current", made.current)
    monkeypatch.setattr(processors, "_allowed", made.affinity)
    monkeypatch.setattr(processors, "_allow", made.allow)
    return made


def test_each_leaves_a_processor_that_is_taken_and_keeps_what_it_is_allowed(system):
    places, began = Processors(), []
    for _ in range(4):
        system.here = 1  # where the one that wakes the others runs
        places.take()
        began.append(system.here)
        assert system.allowed == {0, 1, 3}
    assert began == [1, 0, 3, 1]  # the fourth has no place of its own


def test_a_processor_that_nobody_has_is_kept(system):
    places = Processors()
    for here in (3, 0, 1):
        system.here = here
        places.take()
        assert system.here == here


@pytest.mark.parametrize(
    ("call", "here", "allowed"),
    [("affinity", 1, {0, 1, 3}), ("narrow", 1, {0, 1, 3}), ("widen", 0, {0, 3})],
)
def test_what_the_system_refuses_is_no_error(call, here, allowed, system):
    places = Processors()
    places.take()
    system.refused.add(call)
    places.take()
    assert (system.here, system.allowed) == (here, allowed)


@pytest.mark.parametrize("name", ["_current", "_allowed", "_allow"])
def test_a_system_without_these_calls_is_left_alone(name, monkeypatch, system):
    monkeypatch.setattr(processors, name, None)
    places = Processors()
    for _ in range(2):
        places.take()
    assert (system.here, system.allowed) == (1, {0, 1, 3})


def test_a_thread_moves_and_is_allowed_what_it_was():
    current, allowed = processors._current, processors._allowed and processors._allowed(0)
    if current is None or not allowed or len(allowed) < 2:
        pytest.skip("threads are moved on Linux with several processors")
    moved = []

    def move():
        places = Processors()
        places.take()
        (before,) = places._taken
        places.take()
        moved.append(len(places._taken - {before}) == 1)
        assert os.sched_getaffinity(0) == allowed

    for _ in range(20):
        thread = threading.Thread(target=move)
        thread.start()
        thread.join()
    # The system may move it back, or have moved it, before it looks.
    assert sum(moved) > 10


@pytest.mark.parametrize(("caller_joins", "own"), [(True, 2), (False, 3)])
def test_every_member_of_a_team_takes_one(caller_joins, own, monkeypatch):
    monkeypatch.setattr(team_module, "allowed_threads", lambda: 3)
    who: dict[Processors, list[str]] = {}

    class Counted(Processors):
        def take(self):
            who.setdefault(self, []).append(threading.current_thread().name)
            super().take()

    monkeypatch.setattr(team_module, "Processors", Counted)
    with team(3, caller_joins=caller_joins) as members:
        members.run(lambda member, _: None, Flags())
    (names,) = who.values()
    assert names.count("chainrule") == own
    assert len(names) == 3
    assert caller_joins == (names[0] == threading.current_thread().name)
