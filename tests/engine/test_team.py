"""A team of threads: interrupts leave nobody waiting, and fits share the cores."""

import ctypes
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule.engine import team as team_module
from chainrule.engine import waiting
from chainrule.engine.team import Team, allowed_threads, for_other_threads, team
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

# A member that still waits after this long was forgotten; what it waits for takes microseconds.
FORGOTTEN = 2.0


class Flags:
    """As the engine's job: whether all shall leave."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def stop(self) -> None:
        self.stopped.set()


class Meeting:
    """A task whose members wait for each other, or for the flag; one of them raises at first."""

    def __init__(self, members: int, raises: int, *, inside: bool) -> None:
        self.flags, self.raises, self.inside = Flags(), raises, inside
        self.arrived = [threading.Event() for _ in range(members)]
        self.left: list[int] = []
        self.forgotten: list[int] = []

    def __call__(self, member: int, state: int = 0) -> None:
        if member == self.raises and not self.inside:
            self.raises = -1
            raise KeyboardInterrupt
        self.arrived[member].set()
        if member == self.raises:
            self.raises = -1
            raise KeyboardInterrupt
        end = time.monotonic() + FORGOTTEN
        while not (self.flags.stopped.is_set() or all(event.is_set() for event in self.arrived)):
            if time.monotonic() > end:
                self.forgotten.append(member)
                return
            time.sleep(0.001)
        self.left.append(member)


@pytest.fixture
def three_threads(monkeypatch):
    monkeypatch.setattr(team_module, "allowed_threads", lambda: 3)


@pytest.mark.usefixtures("three_threads")
# Ctrl-C comes only to the caller, so only the caller can raise before it has begun.
@pytest.mark.parametrize(
    ("raises", "caller_joins", "inside"),
    [(0, True, False), (0, True, True), (1, True, True), (0, False, True), (1, False, True)],
)
def test_an_interrupt_in_any_member_frees_all(raises, caller_joins, inside):
    with team(3, caller_joins=caller_joins) as members:
        task = Meeting(3, raises, inside=inside)
        with pytest.raises(KeyboardInterrupt):
            members.run(task, task.flags)
        assert task.forgotten == []
        again = Meeting(3, -1, inside=False)  # the same threads are ready for the next task
        members.run(again, again.flags)
        assert sorted(again.left) == [0, 1, 2]


@pytest.mark.usefixtures("three_threads")
def test_every_member_runs_once():
    seen: list[int] = []
    with team(3) as members:
        members.run(lambda member, _: seen.append(member), Flags())
    assert sorted(seen) == [0, 1, 2]


@pytest.mark.usefixtures("three_threads")
def test_teams_side_by_side_share_the_threads():
    with team(8) as first:
        assert first.members == 3
        with team(8) as second:
            assert second.members == 1  # three threads for two teams
        with team(1) as third:
            assert third.members == 1
    with team(2) as after:
        assert after.members == 2


@pytest.mark.parametrize("name", ["allowed_threads", "_Helper"])
def test_a_team_that_is_interrupted_while_it_gathers_counts_no_longer(name, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(team_module, "allowed_threads", lambda: 3)
        context.setattr(team_module, "_idle", [])
        context.setattr(team_module, name, interrupted)
        with pytest.raises(KeyboardInterrupt), team(3):
            pass
    monkeypatch.setattr(team_module, "allowed_threads", lambda: 3)
    with team(3) as after:
        assert after.members == 3


class Lingering:
    """A task whose helper waits for more of it at its state, as that of compiled steps does."""

    def __init__(self) -> None:
        self.calls, self.parts = 0, 0
        self.waits = threading.Event()
        self.interrupts = False

    def __call__(self, member: int, state: int) -> None:
        if member == 0:
            assert self.waits.wait(FORGOTTEN)
            self.waits.clear()
            if self.interrupts:
                self.interrupts = False
                raise KeyboardInterrupt
            return
        self.calls += 1
        place = ctypes.cast(state, ctypes.POINTER(ctypes.c_int64))
        place[0] = waiting.SUMMONED
        while place[0] == waiting.SUMMONED:
            self.parts += 1
            place[0] = waiting.LINGERING
            self.waits.set()
            while place[0] == waiting.LINGERING:
                time.sleep(0.001)


@pytest.fixture
def two_threads(monkeypatch):
    monkeypatch.setattr(team_module, "allowed_threads", lambda: 2)


@pytest.mark.usefixtures("two_threads")
def test_a_helper_that_lingers_is_summoned_without_being_called():
    task = Lingering()
    for parts in (1, 2, 3):
        with team(2) as members:
            members.run(task, Flags(), meets=True)
        assert (task.calls, task.parts) == (1, parts)


@pytest.mark.usefixtures("two_threads")
def test_a_helper_that_lingers_leaves_for_another_task():
    seen: list[int] = []
    first, second = Lingering(), Lingering()
    for task in (first, second):
        with team(2) as members:
            members.run(task, Flags(), meets=True)
    with team(2) as members:
        members.run(lambda member, _: seen.append(member), Flags())
    assert sorted(seen) == [0, 1]
    assert (first.calls, first.parts, second.calls, second.parts) == (1, 1, 1, 1)


@pytest.mark.usefixtures("two_threads")
def test_a_helper_keeps_nothing_of_a_task_that_it_cannot_be_summoned_for():
    class Large:
        """Something that takes much memory."""

    large = Large()
    kept = weakref.ref(large)
    with team(2) as members:
        members.run(lambda member, _, large=large: None, Flags())
    del large
    end = time.monotonic() + FORGOTTEN
    while kept() is not None and time.monotonic() < end:  # the helper is on its way
        time.sleep(0.001)
    assert kept() is None


@pytest.mark.usefixtures("two_threads")
def test_what_a_helper_raises_is_raised():
    def fails(member: int, state: int) -> None:
        if member == 1:
            raise MemoryError("no room")

    with team(2) as members, pytest.raises(MemoryError, match="no room"):
        members.run(fails, Flags())


@pytest.mark.usefixtures("two_threads")
def test_after_an_interrupt_nobody_lingers():
    task = Lingering()
    with team(2) as members:
        members.run(task, Flags(), meets=True)
        task.interrupts = True
        # The caller is called once more, to meet those whom its first part may have left waiting.
        with pytest.raises(KeyboardInterrupt):
            members.run(task, Flags(), meets=True)
        assert members.helpers[0].state[0] == waiting.DISMISSED


@pytest.mark.usefixtures("three_threads")
def test_helpers_are_lent_again():
    with team(3):
        pass
    before = threading.active_count()
    for _ in range(5):
        with team(3) as members:
            members.run(lambda member, _: None, Flags())
    assert threading.active_count() == before


def test_a_helper_that_is_lost_ends_its_thread(monkeypatch):
    monkeypatch.setattr(team_module, "allowed_threads", lambda: 2)
    monkeypatch.setattr(team_module, "_idle", [])
    before = threading.active_count()
    with team(2) as members:
        members.run(lambda member, _: None, Flags())
        assert threading.active_count() == before + 1
        members.helpers.clear()
    end = time.monotonic() + FORGOTTEN
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.001)
    assert threading.active_count() == before


def test_a_team_of_one_needs_no_thread():
    assert Team([], caller_joins=True).members == 1


def test_the_limit_of_threadpoolctl_holds():
    with threadpool_limits(1):
        assert allowed_threads() == 1


def test_the_limit_goes_with_the_threads_that_we_start(monkeypatch):
    """To OpenMP they are new threads, which may do what the process may."""
    monkeypatch.setattr(team_module, "_openmp_effective_n_threads", lambda: 3)
    task = for_other_threads(lambda number: (number, allowed_threads()))
    monkeypatch.setattr(team_module, "_openmp_effective_n_threads", lambda: 8)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(task, range(4))) == [(number, 3) for number in range(4)]
    assert allowed_threads() == 8


def fitted(on_epoch=None) -> bytes:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 40)), rng.normal(size=600)
    x = Input(40)
    model = GraphModel(Graph(x, Dense(1)(Dense(60, activation="tanh")(x))))
    return model.fit(X, y, epochs=3, batch_size=200, on_epoch=on_epoch).parameters.tobytes()


@pytest.mark.usefixtures("three_threads")
def test_two_fits_at_once_and_one_inside_another_give_the_same():
    alone = fitted()
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(fitted) for _ in range(4)]
        assert {future.result(timeout=60) for future in futures} == {alone}
    inner: list[bytes] = []
    assert fitted(lambda report: inner.append(fitted())) == alone
    assert inner == [alone] * 3
