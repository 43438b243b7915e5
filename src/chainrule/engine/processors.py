"""Where the members of a team begin: not two of them on one processor, if others are allowed.

A thread that is woken often begins on the processor of the one that woke it, although another one
is idle. Members that meet every few microseconds then wait for each other's time slices, until the
system moves one of them: on two processors of a virtual machine that took up to 20 ms, and the
first steps of a fit ten times as long.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

# PyDLL: such a call takes less time than giving up the interpreter's lock for it.
_current: Callable[[], int] | None = (
    getattr(ctypes.PyDLL(None), "sched_getcpu", None) if sys.platform == "linux" else None
)
# They are the system's, for the calling thread (0); some systems have none.
_allowed: Any = getattr(os, "sched_getaffinity", None)
_allow: Any = getattr(os, "sched_setaffinity", None)


class Processors:
    """Those on which members of a team have begun the task at hand."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def take(self) -> None:
        """Let the calling thread leave one that is taken for another, where the system allows it.

        Which one it comes to the system says; it need not be idle. This is advice: a system that
        does not know, or refuses, leaves the thread where it is.
        """
        if _current is None or _allowed is None or _allow is None:
            return
        with suppress(OSError):
            if _current() in self._taken:
                allowed = _allowed(0)
                if free := allowed - self._taken:
                    _allow(0, free)  # it is moved before this returns
                    _allow(0, allowed)
            self._taken.add(_current())
