"""Members of a team begin on processors of their own."""

import os
import sys
import threading

import pytest

from chainrule.engine import processors
from chainrule.engine import team as team_module
from chainrule.engine.processors import Processors
from chainrule.engine.team import team

from .test_team import Flags

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are moved on Linux only")


class System:
    """One that lets a thread run on some processors, and puts it where it may."""

    def __init__(self, here: int, allowed: set[int]) -> None:
        self.here, self.allowed = here, allowed
        self.refuses = False

    def sched_getcpu(self) -> int:
        return self.here

    def sched_getaffinity(self, thread: int) -> set[int]:
        return set(self.allowed)

    def sched_setaffinity(self, thread: int, allowed: set[int]) -> None:
        assert (thread, bool(allowed)) == (0, True)  # 0: the calling thread
        if self.refuses:
            raise OSError("processors were taken away")
        self.allowed = set(allowed)
        if self.here not in self.allowed:
            self.here = min(self.allowed)


@pytest.fixture
def system(monkeypatch):
    made = System(here=1, allowed={0, 1, 3})
    monkeypatch.setattr(processors, "_here", made.sched_getcpu)
    for name in ("sched_getaffinity", "sched_setaffinity"):
        monkeypatch.setattr(os, name, getattr(made, name))
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


def test_what_the_system_refuses_is_left_as_it_is(system):
    places = Processors()
    places.take()
    system.refuses = True
    places.take()
    assert (system.here, system.allowed) == (1, {0, 1, 3})


def test_a_thread_moves_and_is_allowed_what_it_was():
    allowed = os.sched_getaffinity(0)
    if len(allowed) < 2:
        pytest.skip("there is one processor")
    seen = []

    def move():
        os.sched_setaffinity(0, {max(allowed)})
        os.sched_setaffinity(0, allowed)
        processors._leave({max(allowed)})
        seen.append((processors._here(), os.sched_getaffinity(0)))

    # The system may move it back before it looks.
    for _ in range(20):
        thread = threading.Thread(target=move)
        thread.start()
        thread.join()
    assert any(here != max(allowed) for here, _ in seen)
    assert all(after == allowed for _, after in seen)


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
