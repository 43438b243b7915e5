"""Where the members of a team run: each on a processor of its own, where there are as many.

A thread that is woken often begins on the processor of the one that woke it, although another one
is idle. Members that meet every few microseconds then wait for each other's time slices, until the
system moves one of them: on two processors of a virtual machine that took up to 20 ms, and the
first steps of a fit ten times as long.
"""

import ctypes
import os
import sys
from contextlib import suppress


class Processors:
    """Those on which members of a team have begun the task at hand."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def take(self) -> None:
        """Let the calling thread leave one that is taken for one that is not, if it may."""
        if sys.platform != "linux":
            return  # the others do not say, or cannot be asked to move a thread
        here = _here()
        if here in self._taken:
            _leave(self._taken)
            here = _here()
        self._taken.add(here)


if sys.platform == "linux":
    # PyDLL: it takes less time than giving up the interpreter's lock for it.
    _here = ctypes.PyDLL(None).sched_getcpu

    def _leave(taken: set[int]) -> None:
        """Move the calling thread; what it is allowed stays as it was."""
        allowed = os.sched_getaffinity(0)
        free = allowed - taken
        # The system may have taken processors away in between.
        with suppress(OSError):
            if free:
                os.sched_setaffinity(0, free)  # it is moved before this returns
                os.sched_setaffinity(0, allowed)
