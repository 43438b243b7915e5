"""How members of a team wait in compiled code: at a barrier, and after their part for the next.

A helper that slept between two epochs would have to be woken for each, which takes some tens of
microseconds, and the system may wake it on the caller's own core: a team whose members share a core
is slower than one thread. So a helper lingers where it is for about as long as the caller takes in
Python to begin the next epoch, and is summoned without a word of Python.
"""

from functools import cache
from typing import Any

from numba import types

from .jit import compile_function, inline
from .machine import atomic_add, atomic_change, atomic_load, atomic_set, call_yield

# A member that waits looks this often at the counter before it lets another process have the core:
# some tens of microseconds, more than a phase of a small network takes, less than the system's time
# slice.
_SPINS = 20_000

# Then a helper that lingers lets others have the core so often before it leaves: about a
# millisecond of its own time, many times what an epoch's Python takes.
_YIELDS = 2_000

# What the number that a helper shares with its caller says. Only the helper says BUSY and
# LINGERING, only the caller the others.
BUSY, LINGERING, SUMMONED, DISMISSED = 0, 1, 2, 3


@inline
def arrive(counter, members):  # type: ignore[no-untyped-def]
    """Tell a counter that one of so many has come; gives what it says when all have."""
    return (atomic_add(counter, 1) // members + 1) * members


@inline
def barrier(counter, members, yield_processor):  # type: ignore[no-untyped-def]
    """Wait until every member of the team has come here; the counter at an address says who has."""
    if members == 1:
        return
    everybody = arrive(counter, members)
    spins = 0
    while atomic_load(counter) < everybody:
        spins = spin(spins + 1, yield_processor)


@inline
def spin(spins, yield_processor):  # type: ignore[no-untyped-def]
    """Let another process have the core where a member has waited long; gives its `spins`."""
    if spins > _SPINS:
        call_yield(yield_processor)
    return spins


@inline
def linger(state, yield_processor):  # type: ignore[no-untyped-def]
    """Wait a while for the next part of the same work; says whether it has come."""
    if not atomic_change(state, BUSY, LINGERING):
        return False
    spins = 0
    while atomic_load(state) == LINGERING:
        spins = spin(spins + 1, yield_processor)
        if spins > _SPINS + _YIELDS and atomic_change(state, LINGERING, BUSY):
            return False
    return atomic_change(state, SUMMONED, BUSY)


def _summon(state):  # type: ignore[no-untyped-def]
    """Whether the helper whose state is at an address lingered and begins; otherwise it leaves."""
    if atomic_change(state, LINGERING, SUMMONED):
        return True
    atomic_set(state, DISMISSED)
    return False


@cache
def summon() -> Any:
    """`_summon`, compiled."""
    # It takes some ns, for which giving up the interpreter's lock would be dear.
    return compile_function(_summon, types.boolean(types.int64), ("waiting",), nogil=False)
