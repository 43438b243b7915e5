"""A team of threads that runs compiled code together.

Threads are started when first needed, wait for work without using the processor, and are lent to
one fit at a time. A forked child has none of its parent's threads and starts its own.
"""

import ctypes
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import cache
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

import numpy as np
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from . import waiting

# A member's number, and the address of a helper's state where it may linger, else 0.
Task = Callable[[int, int], Any]
Result = TypeVar("Result")

_CACHE_LINE = 64 // 8

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
        self.back = threading.Semaphore(0)


class _Helper:
    """One thread with its queue of work."""

    def __init__(self) -> None:
        self.work: queue.SimpleQueue[tuple[_Ticket, int]] = queue.SimpleQueue()
        # In a cache line of its own, for it is looked at all the time.
        self._state = np.zeros(2 * _CACHE_LINE, np.int64)[_CACHE_LINE:]
        self._last: tuple[Task, int] | None = None
        threading.Thread(target=self._serve, name="chainrule", daemon=True).start()

    def _serve(self) -> None:
        while True:
            ticket, member = self.work.get()
            self._last = ticket.task, member
            try:
                state = self._state.ctypes.data if ticket.lingers else 0
                ticket.outcomes[member] = ticket.task(member, state)
            except BaseException as error:
                ticket.outcomes[member] = error
            ticket.back.release()
            del ticket

    @property
    def state(self) -> int:
        """One of those in `waiting`."""
        return int(self._state[0])

    def take(self, ticket: _Ticket, member: int) -> None:
        """Begin a part: at once if it lingers after an earlier part of the same, or woken."""
        if ticket.lingers and self._last == (ticket.task, member):
            if waiting.summon()(self._state.ctypes.data):
                return
        else:
            self._state[0] = waiting.DISMISSED
        self.work.put((ticket, member))


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

    def run(self, task: Task, flags: Flags, *, meets: bool = False) -> None:
        """Run `task(member, state)` in every member; on Ctrl-C stop them all, then raise it.

        Where the task `meets`, its members wait for each other at its end, so that when the caller
        has done its part, so have all. Helpers then linger, at the address `state`, and are
        summoned if the same task comes again soon.

        Ctrl-C may come between any two lines here. Whatever it left undone is done again: a member
        may be called twice for the same part, and a task must bear that.
        """
        if not self.helpers:
            task(0, 0)
            return
        ticket = _Ticket(task, lingers=meets and self._caller_joins)
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
        for outcome in ticket.outcomes.values():
            if isinstance(outcome, BaseException):
                raise outcome

    def _post(self, ticket: _Ticket) -> None:
        for member, helper in enumerate(self.helpers, int(self._caller_joins)):
            helper.take(ticket, member)

    def _wait(self, ticket: _Ticket) -> None:
        while len(ticket.outcomes) < len(self.helpers):
            ticket.back.acquire()

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
        except KeyboardInterrupt:
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
            members = max(1, min(wanted, allowed_threads() // len(_busy)))
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
