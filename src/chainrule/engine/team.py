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

from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

Task = Callable[[int], Any]
Result = TypeVar("Result")

# What the thread that started this one was allowed; None where chainrule did not start it.
_callers_limit: ContextVar[int | None] = ContextVar("callers_limit", default=None)
_lock = threading.Lock()
_idle: list["_Helper"] = []
_busy_teams = 0


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
    """One task on its way through the helpers."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.outcomes: dict[int, Any] = {}
        self.back = threading.Semaphore(0)


class _Helper:
    """One thread with its queue of work; a ticket that it gets twice it does once."""

    def __init__(self) -> None:
        self.work: queue.SimpleQueue[tuple[_Ticket, int]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="chainrule", daemon=True).start()

    def _serve(self) -> None:
        last = None
        while True:
            ticket, member = self.work.get()
            if ticket is last:
                continue
            last = ticket
            try:
                ticket.outcomes[member] = ticket.task(member)
            except BaseException as error:
                ticket.outcomes[member] = error
            ticket.back.release()
            del ticket


class Flags(Protocol):
    """What a task shares with its caller, so that an interrupt never leaves a member waiting."""

    def entered(self) -> bool:
        """Whether member 0 has begun the task at hand."""

    def stop(self) -> None:
        """Ask all members to leave the task at hand."""


class Team:
    """Some threads that run one task together: the caller and helpers, or helpers alone."""

    def __init__(self, helpers: list[_Helper], *, caller_joins: bool) -> None:
        self._helpers = helpers
        self._caller_joins = caller_joins

    @property
    def members(self) -> int:
        """How many threads run a task together."""
        return len(self._helpers) + self._caller_joins

    def run(self, task: Task, flags: Flags) -> None:
        """Run `task(member)` in every member; on Ctrl-C stop them all, then raise it.

        Ctrl-C may come between any two lines here. Whatever it left undone is done again: posting
        and waiting may be repeated, and member 0 comes once, or the others would wait for it.
        """
        if not self._helpers:
            task(0)
            return
        ticket = _Ticket(task)
        try:
            self._post(ticket)
            if self._caller_joins:
                task(0)
            self._wait(ticket)
        except BaseException:
            while not self._left(ticket, flags):
                pass
            raise
        for outcome in ticket.outcomes.values():
            if isinstance(outcome, BaseException):
                raise outcome

    def _post(self, ticket: _Ticket) -> None:
        for member, helper in enumerate(self._helpers, int(self._caller_joins)):
            helper.work.put((ticket, member))

    def _wait(self, ticket: _Ticket) -> None:
        while len(ticket.outcomes) < len(self._helpers):
            ticket.back.acquire()

    def _left(self, ticket: _Ticket, flags: Flags) -> bool:
        """Stop everybody and wait; False where another Ctrl-C came in between."""
        try:
            flags.stop()
            self._post(ticket)
            if self._caller_joins and not flags.entered():
                ticket.task(0)
            self._wait(ticket)
        except KeyboardInterrupt:
            return False
        return True


@contextmanager
def team(wanted: int, *, caller_joins: bool = True) -> Iterator[Team]:
    """Borrow a team of at most `wanted` threads; fits that run side by side share the cores."""
    global _busy_teams
    with _lock:
        _busy_teams += 1
        members = max(1, min(wanted, allowed_threads() // _busy_teams))
        helpers = [_idle.pop() if _idle else _Helper() for _ in range(members - caller_joins)]
    try:
        yield Team(helpers, caller_joins=caller_joins)
    finally:
        with _lock:
            _busy_teams -= 1
            _idle.extend(helpers)


def _forget() -> None:
    global _lock, _busy_teams
    _lock = threading.Lock()
    _busy_teams = 0
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
