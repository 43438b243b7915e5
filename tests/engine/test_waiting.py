"""A helper that lingers: summoned it goes on, dismissed or after a while it leaves."""

import threading
import time

import numpy as np
import pytest
from numba import types

from chainrule.engine import waiting
from chainrule.engine.jit import compile_function
from chainrule.engine.team import yield_address

# Many times what a helper lingers.
LONG = 30.0


def _linger(state, yield_processor):
    return waiting.linger(state, yield_processor)


@pytest.fixture(scope="module")
def linger():
    """`waiting.linger`, as compiled code calls it."""
    signature = types.boolean(types.int64, types.int64)
    return compile_function(_linger, signature, ("lingering in a test",))


@pytest.fixture
def state():
    return np.zeros(1, np.int64)


def test_left_alone_it_leaves(linger, state):
    assert linger(state.ctypes.data, yield_address()) is False
    assert state[0] == waiting.BUSY


def test_dismissed_it_leaves_at_once(linger, state):
    state[0] = waiting.DISMISSED
    assert linger(state.ctypes.data, yield_address()) is False
    assert state[0] == waiting.DISMISSED


def test_summoned_it_goes_on(linger, state):
    answers: list[bool] = []
    summon = waiting.summon()
    end = time.monotonic() + LONG
    # A helper may leave before this thread has its turn: then it begins to linger again.
    while not any(answers):
        state[0] = waiting.BUSY
        arguments = state.ctypes.data, yield_address()
        thread = threading.Thread(target=lambda a=arguments: answers.append(linger(*a)))
        thread.start()
        while thread.is_alive() and state[0] != waiting.LINGERING:
            pass
        summoned = summon(state.ctypes.data)
        thread.join(LONG)
        assert answers[-1] is summoned
        assert time.monotonic() < end
    assert state[0] == waiting.BUSY


def test_one_who_does_not_linger_is_dismissed(state):
    assert waiting.summon()(state.ctypes.data) is False
    assert state[0] == waiting.DISMISSED
