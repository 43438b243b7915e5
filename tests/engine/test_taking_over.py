"""A member that is done with its share takes over what the others have not begun."""

import ctypes
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise

import numpy as np
import pytest

from chainrule.engine import forward, partition, run, team
from chainrule.engine.descent import Descent
from chainrule.engine.network import Job
from chainrule.engine.rows import Rows
from chainrule.engine.work import ABANDONED, ARRIVALS, ITEMS, LINE, STOP

from . import networks
from .networks import COLUMNS, SHAPES, network, settings, targets

ROWS, CHUNK = 16, 8
KERNEL = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_int64] * 4)


@pytest.fixture(autouse=True)
def in_blocks(finely_cut, monkeypatch):
    monkeypatch.setattr(partition, "in_parts", lambda *_: False)


def descent_over(graph=None) -> Descent:
    rng = np.random.default_rng(7)
    net = network(graph or networks.one_hidden("tanh"), "squared_error")
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), targets("squared_error", ROWS, rng))
    return Descent(net, rows, ROWS, "adam")


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds, which needs no more than other threads to run."""
    end = time.monotonic() + 60.0
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_chunks_and_blocks_of_a_member_that_comes_late(monkeypatch):
    monkeypatch.setattr(team, "allowed_threads", lambda: 1)
    alone = descent_over()
    alone.epoch(settings(), None)

    monkeypatch.setattr(team, "allowed_threads", lambda: 2)
    late = descent_over()
    late_comes = threading.Event()
    as_they_come = Descent._member_steps

    def delayed(*arguments):
        steps = as_they_come(*arguments)

        def call(member, state):
            if member == 1:
                assert late_comes.wait(60.0)
            steps(member, state)

        call.shared = steps.shared
        return call

    monkeypatch.setattr(Descent, "_member_steps", delayed)
    epoch = threading.Thread(target=late.epoch, args=(settings(), None), daemon=True)
    epoch.start()
    assert len(late._losses) == 2
    eventually(lambda: late._losses.all())  # without member 1
    late_comes.set()
    epoch.join()
    assert late.network.parameters.tobytes() == alone.network.parameters.tobytes()
    assert late.job.record.loss_sum == alone.job.record.loss_sum


def test_ctrl_c_while_a_team_of_another_size_begins(monkeypatch):
    """What members share belongs to one size of team: the next epoch must not read another's."""

    def epochs(*sizes: int, broken_at: int = -1) -> bytes:
        descent = descent_over()
        for number, members in enumerate(sizes):
            monkeypatch.setattr(team, "allowed_threads", lambda members=members: members)
            with monkeypatch.context() as patched:
                if number == broken_at:
                    patched.setattr(Job, "begin", broken)
                with pytest.raises(KeyboardInterrupt) if number == broken_at else nullcontext():
                    descent.epoch(settings(), None)
        return descent.network.parameters.tobytes()

    begin = Job.begin

    def broken(job, *part):
        begin(job, *part)
        raise KeyboardInterrupt

    assert epochs(2, 3, 2, 3, 2, 3, broken_at=3) == epochs(1, 1, 1, 1, 1)


def test_chunks_of_a_forward_pass_in_which_a_member_does_nothing(monkeypatch):
    monkeypatch.setattr(partition, "forward_rows", lambda *_: 8)
    monkeypatch.setattr(forward, "_SHARE", 1)
    rng = np.random.default_rng(7)
    net = network(networks.one_hidden("tanh"), "squared_error")
    rows = Rows(rng.normal(size=(1001, COLUMNS)), targets("squared_error", 1001, rng))

    def outcome(members: int) -> tuple[bytes, float]:
        monkeypatch.setattr(team, "allowed_threads", lambda: members)
        ready = forward.Forward(net)
        return ready.predict(rows).tobytes(), ready.loss(rows)

    alone = outcome(1)
    compiled, idle = run.forward(), []

    def some(*arguments):
        *_, member, _ = arguments
        if member == 0:
            compiled(*arguments)
        else:
            idle.append(member)

    monkeypatch.setattr(run, "forward", lambda: some)
    assert outcome(3) == alone
    assert {1, 2} == set(idle)


def test_gradients_whose_messages_have_come_are_summed_while_others_are_at_their_rows():
    """Member 0 of two runs; this test is what member 1 tells."""
    descent = descent_over()
    buffers, part = descent._prepare(2)
    shared, blocks = part.shared, descent._blocks
    descent._set(settings())
    descent._max_norm = 0.0
    descent._begin(buffers)
    descent.job.shared = shared
    descent.job.begin(0, 1)
    items = shared[ITEMS::LINE]
    other_chunk, other_came = len(blocks) + 1, len(blocks) + 2 + 1
    items[other_chunk] = 1  # it has taken its chunk
    descent._gradient[...] = np.nan
    member = threading.Thread(target=part, args=(0, 0), daemon=True)
    member.start()
    eventually(lambda: shared[ARRIVALS] == 1)
    assert descent._losses.astype(bool).tolist() == [True, False]
    assert not items[: len(blocks)].any()

    end, taken = len(descent.network.tape.instructions), []
    instructions = sorted(set(blocks["instruction"].tolist()), reverse=True)
    assert len(instructions) == 2
    for instruction in instructions:
        items[other_came] = end - instruction
        own = blocks["instruction"] >= instruction
        eventually(lambda own=own: items[: len(blocks)][own].all())
        assert not items[: len(blocks)][~own].any()
        taken.append(np.count_nonzero(items[: len(blocks)]))
    assert all(earlier < later for earlier, later in pairwise(taken))
    eventually(lambda: not np.isnan(descent._gradient).any())

    before = descent.network.parameters.copy()
    shared[STOP] = shared[ABANDONED] = 1
    shared[ARRIVALS] += 1
    member.join()
    np.testing.assert_array_equal(descent.network.parameters, before)  # no step was taken


@pytest.mark.parametrize("make", [networks.one_place_with_dropout, *SHAPES])
def test_such_gradients_read_nothing_that_messages_write_afterwards(make):
    """Kernel by kernel: each gradient before its instruction sends messages, and at the end."""
    descent = descent_over(make())
    descent.epoch(settings(0.0), None)
    buffers, _ = descent._prepare(1)
    c, tape = buffers.records[0], descent.network.records
    c["order"], c["first"], c["rows"], c["training"], c["accumulate"] = 0, 0, ROWS, 1, 0
    c["part"], c["gradient_row"], c["gradient_rows"] = 0, 0, ROWS
    context, at = buffers.records.ctypes.data, tape.ctypes.data

    def call(k: int, role: str, first: int, count: int) -> None:
        KERNEL(int(tape[k][role]))(context, at + k * tape.itemsize, first, count)

    def gradient(k: int) -> bytes:
        descent._gradient[...] = 0.0
        call(k, "gradient", 0, int(tape[k]["parameter_rows"]))
        return descent._gradient.tobytes()

    def over_chunks(k: int, role: str) -> None:
        for row in range(0, ROWS, CHUNK):
            call(k, role, row, CHUNK)

    # So that nothing is taken for done that the epoch has left.
    descent._deltas[...] = descent._statistics[...] = np.nan
    for k in range(len(tape)):
        over_chunks(k, "forward")
    early = {}
    for k in reversed(range(len(tape))):
        if tape[k]["gradient_first"]:
            early[k] = gradient(k)
        if tape[k]["backward"]:
            over_chunks(k, "backward")
    assert early
    for k, before in early.items():
        assert any(before)
        assert gradient(k) == before
