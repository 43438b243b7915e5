"""A team of threads that runs compiled code together.

Threads are started when first needed and are lent to one fit or prediction at a time. They begin on
processors of their own where they may (`processors`). After work that ends where all meet, as steps
of a fit do, they linger for a moment (`waiting`); then they wait without using the processor. A
forked child has none of its parent's threads and starts its own.
"""

import ctypes
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from functools import cache
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from . import waiting
from .processors import Processors
from .work import LINE

# A member's number, and the address of a helper's state where it may linger, else 0.
Task = Callable[[int, int], Any]
Result = TypeVar("Result")

# What the thread that started this one was allowed; None where chainrule did not start it.
_callers_limit: ContextVar[int | None] = ContextVar("callers_limit", default=None)
_lock = threading.Lock()
_idle: list["_Helper"] = []
# Held weakly: a team that Ctrl-C lost on its way in or out must not count for ever.
_busy: WeakSet["Team"] = WeakSet()


def allowed_threads() -> int:
    """What affinity, cgroup, OMP_NUM_THREADS and threadpool_limits leave.

    As in scikit-learn's HistGradientBoosting.
    """
    own, callers = int(_openmp_effective_n_threads()), _callers_limit.get()
    return own if callers is None else min(own, callers)


def for_other_threads(task: Callable[[int], Result]) -> Callable[[int], Result]:
    """Let `task` run in threads of a pool with the limit, and the context, of who calls this.

    OpenMP keeps a limit for each thread: a new one knows nothing of its starter's.
    """
    context = copy_context()
    context.run(_callers_limit.set, allowed_threads())

    def run(number: int) -> Result:
        # A copy each, for a context is entered by one thread at a time.
        return context.copy().run(task, number)

    return run


@cache
def yield_address() -> int:
    """The address of the system's function that lets another thread have the processor."""
    if sys.platform == "win32":
        function: Any = ctypes.WinDLL("kernel32").SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


class _Ticket:
    """One task on its way through the helpers, which may linger after it."""

    def __init__(self, task: Task, *, lingers: bool = False) -> None:
        self.task = task
        self.lingers = lingers
        self.outcomes: dict[int, Any] = {}
        self.processors = Processors()
        # Not a semaphore, which is written in Python: Ctrl-C inside it would keep its lock.
        self.back: queue.SimpleQueue[None] = queue.SimpleQueue()

    def raise_what_came(self) -> None:
        """Raise what a helper raised; all must have come back."""
        for outcome in self.outcomes.values():
            if isinstance(outcome, BaseException):
                raise outcome


class _Helper:
    """One thread with its queue of work; the thread ends when nobody has the helper any more."""

    def __init__(self) -> None:
        self.work: queue.SimpleQueue[tuple[_Ticket, int] | None] = queue.SimpleQueue()
        # In a cache line of its own, for it is looked at all the time.
        self.state = np.zeros(2 * LINE, np.int64)[LINE:]
        self._address = self.state.ctypes.data
        # The task, and the member's number in it, that the helper may linger after.
        self._last: list[tuple[Task, int] | None] = [None]
        arguments = self.work, self.state, self._last
        threading.Thread(target=_serve, args=arguments, name="chainrule", daemon=True).start()

    def __del__(self) -> None:
        self.work.put(None)

    def take(self, ticket: _Ticket, member: int) -> None:
        """Begin a part: at once if it lingers after an earlier part of the same, or woken."""
        if ticket.lingers and self._last[0] == (ticket.task, member):
            if waiting.summon()(self._address):
                return
        else:
            self.dismiss()
        self.work.put((ticket, member))

    def dismiss(self) -> None:
        """Let it linger no longer."""
        self.state[0] = waiting.DISMISSED


def _serve(
    work: "queue.SimpleQueue[tuple[_Ticket, int] | None]",
    state: NDArray[np.int64],
    last: list[tuple[Task, int] | None],
) -> None:
    """What a helper's thread does."""
    address = state.ctypes.data
    while (taken := work.get()) is not None:
        ticket, member = taken
        last[0] = (ticket.task, member) if ticket.lingers else None
        with suppress(Exception):  # it is advice, and others may wait for this member's part
            ticket.processors.take()
        try:
            ticket.outcomes[member] = ticket.task(member, address if ticket.lingers else 0)
        except BaseException as error:
            ticket.outcomes[member] = error
        # What cannot be summoned any more is forgotten, for it may hold much memory.
        last[0] = None
        ticket.back.put(None)
        del ticket, taken


class Flags(Protocol):
    """What a task shares with its caller, so that an interrupt never leaves a member waiting."""

    def stop(self) -> None:
        """Ask all members to leave the task at hand."""


def _nothing(member: int, state: int) -> None:
    """Do nothing: who has done this has done all that it was asked before."""


class Team:
    """Some threads that run one task together: the caller and helpers, or helpers alone."""

    def __init__(self, helpers: list[_Helper], *, caller_joins: bool) -> None:
        self.helpers = helpers
        self._caller_joins = caller_joins

    @property
    def members(self) -> int:
        """How many threads run a task together."""
        return len(self.helpers) + self._caller_joins

    def first(self, members: int) -> "Team":
        """The same with the first members only."""
        return Team(self.helpers[: members - self._caller_joins], caller_joins=self._caller_joins)

    def run(self, task: Task, flags: Flags, *, meets: bool = False) -> None:
        """Run `task(member, state)` in every member; on Ctrl-C stop them all, then raise it.

        Where the task `meets`, its members wait for each other at its end, so that when the caller
        has done its part, so have all. Helpers then linger, at the address `state`, and are
        summoned if the same task comes again soon.

        Ctrl-C may come between any two lines here. Whatever it left undone is done again: a member
        may be called twice for the same part, and a task must bear that. (Not provided for is
        another Ctrl-C some microseconds after the first.)
        """
        if not self.helpers:
            task(0, 0)
            return
        ticket = _Ticket(task, lingers=meets and self._caller_joins)
        if self._caller_joins:
            ticket.processors.take()
        try:
            self._post(ticket)
            if self._caller_joins:
                task(0, 0)
            if not ticket.lingers:
                self._wait(ticket)
        except BaseException:
            while not self._left(ticket, flags):
                pass
            raise
        if not ticket.lingers:
            ticket.raise_what_came()

    def dismiss(self) -> None:
        """Let helpers sleep that else would linger, for nobody comes soon."""
        for helper in self.helpers:
            helper.dismiss()

    def _post(self, ticket: _Ticket) -> None:
        for member, helper in enumerate(self.helpers, int(self._caller_joins)):
            helper.take(ticket, member)

    def _wait(self, ticket: _Ticket) -> None:
        while len(ticket.outcomes) < len(self.helpers):
            ticket.back.get()

    def _left(self, ticket: _Ticket, flags: Flags) -> bool:
        """Stop everybody and wait; False where another Ctrl-C came in between."""
        try:
            flags.stop()
            self._post(ticket)
            if self._caller_joins:
                ticket.task(0, 0)
            end = _Ticket(_nothing)
            self._post(end)
            self._wait(end)
        except (KeyboardInterrupt, SystemExit):
            return False
        return True


@contextmanager
def team(wanted: int, *, caller_joins: bool = True) -> Iterator[Team]:
    """Borrow a team of at most `wanted` threads; fits that run side by side share the cores."""
    borrowed = Team([], caller_joins=caller_joins)
    helpers = borrowed.helpers
    try:
        with _lock:
            _busy.add(borrowed)
            # To ask what is allowed takes some us.
            members = 1 if wanted == 1 else max(1, min(wanted, allowed_threads() // len(_busy)))
            while borrowed.members < members:
                helpers.append(_idle.pop() if _idle else _Helper())
        yield borrowed
    finally:
        with _lock:
            _busy.discard(borrowed)
            while helpers:  # from the last one, so that the next team has them in the same order
                _idle.append(helpers.pop())


def _forget() -> None:
    global _lock
    _lock = threading.Lock()
    _busy.clear()
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
