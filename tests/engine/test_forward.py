"""Forward passes: the same bits however many rows come together, and among how many threads."""

import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from chainrule.engine import forward, partition, run, team, waiting
from chainrule.engine.forward import Forward
from chainrule.engine.network import Network
from chainrule.engine.rows import Rows
from chainrule.graph import Dense, Graph, Input, chain

from . import networks

FLOATS = (np.float32, np.float64)
# Seconds that a helper has, on a busy machine, for what takes it a millisecond.
PATIENCE = 60.0
SIZES = (1, 2, 3, 7, 20, 65)


def wide(dtype) -> Network:
    """Layers of several tiles, of a tile and a rest, and narrower than a vector."""
    source = Input(9)
    layers = [Dense(150, activation="tanh"), Dense(70, activation="relu"), Dense(7), Dense(3)]
    graph = Graph(source, chain(source, layers))
    return networks.network(graph, "squared_error", dtype=dtype)


@pytest.fixture
def few_rows_a_thread(monkeypatch):
    """Every row is worth a thread; a chunk has at most 16, a slice four chunks a thread."""
    monkeypatch.setattr(partition, "forward_rows", lambda *_: 16)
    monkeypatch.setattr(forward, "_SHARE", 1)
    monkeypatch.setattr(forward, "_SLICE", 0)


def wider(dtype) -> Network:
    """Layers whose units several threads can share, and one between that none can."""
    source = Input(9)
    layers = [Dense(300, activation="tanh"), Dense(20), Dense(200, activation="relu"), Dense(3)]
    return networks.network(Graph(source, chain(source, layers)), "squared_error", dtype=dtype)


@pytest.fixture
def every_layer_shared(monkeypatch):
    """Every row is worth a thread, and every unit."""
    monkeypatch.setattr(forward, "_SHARE", 1)
    monkeypatch.setattr(partition, "WIDE_UNITS", 1)
    monkeypatch.setattr(partition, "unit_members", lambda _: 8)


def allow(monkeypatch, threads: int) -> None:
    monkeypatch.setattr(team, "allowed_threads", lambda: threads)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.usefixtures("few_rows_a_thread")
def test_the_same_bits_for_rows_alone_and_together(dtype, monkeypatch, rng):
    net, x = wide(dtype), rng.normal(size=(max(SIZES), 9)).astype(dtype)
    allow(monkeypatch, 1)
    alone = np.concatenate([Forward(net).predict(Rows(row[np.newaxis])) for row in x])
    again_and_again = Forward(net)  # what it keeps ready serves teams and numbers of rows in turn
    for threads in (1, 2, 3, 8, 2, 1):
        allow(monkeypatch, threads)
        for size in SIZES:
            together = again_and_again.predict(Rows(x[:size]))
            assert together.tobytes() == alone[:size].tobytes()


@pytest.mark.usefixtures("few_rows_a_thread")
def test_the_loss_has_the_same_bits_among_any_number_of_threads(monkeypatch, rng):
    net, x = wide(np.float32), rng.normal(size=(65, 9)).astype(np.float32)
    rows = Rows(x, rng.normal(size=(65, 3)).astype(np.float32))
    ready = Forward(net)
    found = []
    for threads in (1, 2, 3, 8, 1):
        allow(monkeypatch, threads)
        found.append((ready.loss(rows), ready.predict(rows).tobytes()))
    assert set(found) == {found[0]}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.usefixtures("every_layer_shared")
def test_the_same_bits_where_threads_share_units(dtype, monkeypatch, rng):
    net, x = wider(dtype), rng.normal(size=(max(SIZES), 9)).astype(dtype)
    check_sharing_units(net, x, monkeypatch)


@pytest.mark.parametrize("shape", networks.SHAPES)
@pytest.mark.usefixtures("every_layer_shared")
def test_threads_share_units_of_any_network(shape, monkeypatch, rng):
    net = networks.network(shape(), "squared_error")
    check_sharing_units(net, rng.normal(size=(max(SIZES), networks.COLUMNS)), monkeypatch)


def check_sharing_units(net: Network, x: np.ndarray, monkeypatch) -> None:
    allow(monkeypatch, 1)
    alone = Forward(net).predict(Rows(x))
    again_and_again = Forward(net)  # teams of other sizes need barriers of their own
    for threads in (2, 3, 8, 2):
        allow(monkeypatch, threads)
        for size in SIZES:
            together = again_and_again.predict(Rows(x[:size]))
            assert together.tobytes() == alone[:size].tobytes()
            (ready,) = again_and_again._kept[True]
            assert ready.members == threads
    assert not again_and_again._kept[False]


@pytest.mark.parametrize(
    ("rows", "shared_by", "threads"),
    [
        *((1, "forward_together", 3), (10, "forward_together", 4), (20, "forward_together", 4)),
        *((60, "forward", 8), (256, "forward", 8), (257, "forward", 8)),
    ],
)
def test_few_rows_of_wide_layers_are_shared_by_units(rows, shared_by, threads, monkeypatch, rng):
    allow(monkeypatch, 8)
    net, members = wider(np.float64), {}
    compiled = getattr(run, shared_by)()
    one_row_and_its_weights = (1 + partition.WEIGHT_ROWS) * partition.row_work(net.tape)
    monkeypatch.setattr(forward, "_SHARE", one_row_and_its_weights // 3)

    def seen(*arguments):
        *_, member, state = arguments
        members[member] = state != 0
        compiled(*arguments)

    monkeypatch.setattr(run, shared_by, lambda: seen)
    Forward(net).predict(Rows(rng.normal(size=(rows, 9))))
    # Helpers linger where they share units.
    assert members == {m: m > 0 and shared_by == "forward_together" for m in range(threads)}


@pytest.mark.parametrize(
    ("threads", "rows", "shared_by", "chunk_rows"),
    [(2, 1, 1, 1), (2, 2, 2, 1), (8, 3, 3, 1), (8, 65, 8, 9), (2, 65, 2, 11), (1, 65, 1, 13)],
)
@pytest.mark.usefixtures("few_rows_a_thread")
def test_members_have_as_many_chunks_of_as_many_rows(
    threads, rows, shared_by, chunk_rows, monkeypatch, rng
):
    allow(monkeypatch, threads)
    compiled, members = run.forward(), set()

    def seen(*arguments):
        compiled(*arguments)
        *_, member, _ = arguments
        members.add(member)

    monkeypatch.setattr(run, "forward", lambda: seen)
    ready = Forward(wide(np.float64))
    ready.predict(Rows(rng.normal(size=(rows, 9))))
    assert members == set(range(shared_by))
    assert ready._kept[False][0].job.record.chunk_rows == chunk_rows


def test_small_work_wakes_nobody(monkeypatch, rng):
    allow(monkeypatch, 8)
    net, started = wide(np.float64), []
    as_usual = team._Helper
    monkeypatch.setattr(team, "_idle", [])
    monkeypatch.setattr(team, "_Helper", lambda: started.append(1) or as_usual())
    two_shares = 2 * forward._SHARE // partition.row_work(net.tape)
    for rows, helpers in ((two_shares, 0), (two_shares + 1, 1)):
        Forward(net).predict(Rows(rng.normal(size=(rows, 9))))
        assert len(started) == helpers


def test_python_looks_for_ctrl_c_between_slices(monkeypatch, rng):
    monkeypatch.setattr(partition, "forward_rows", lambda *_: 16)
    compiled, net, calls = run.forward(), wide(np.float64), []
    monkeypatch.setattr(run, "forward", lambda: lambda *given: calls.append(compiled(*given)))
    x = rng.normal(size=(16 * 19, 9))
    Forward(net).predict(Rows(x))
    assert len(calls) == 1
    monkeypatch.setattr(forward, "_SLICE", 6 * 16 * partition.row_work(net.tape))
    Forward(net).predict(Rows(x))
    assert len(calls) == 1 + 4  # 19 chunks, 6 at a time


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rows", [1, 65])
@pytest.mark.usefixtures("few_rows_a_thread")
def test_a_pass_that_is_stopped_leaves_nothing_behind(threads, rows, monkeypatch, rng):
    allow(monkeypatch, threads)
    check_stopped("forward", wide(np.float64), rng.normal(size=(rows, 9)), monkeypatch)


@pytest.mark.parametrize("rows", [1, 16])
@pytest.mark.usefixtures("every_layer_shared")
def test_a_pass_that_is_stopped_by_units_leaves_nothing_behind(rows, monkeypatch, rng):
    allow(monkeypatch, 2)
    check_stopped("forward_together", wider(np.float64), rng.normal(size=(rows, 9)), monkeypatch)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.usefixtures("every_layer_shared")
def test_an_interrupt_before_the_callers_part_keeps_nobody_waiting(threads, monkeypatch, rng):
    """Its helpers have begun theirs: they are asked again, and must not do it twice."""
    allow(monkeypatch, threads)
    x = rng.normal(size=(4, 9))
    check_stopped("forward_together", wider(np.float64), x, monkeypatch, before=True)


@pytest.mark.usefixtures("every_layer_shared")
def test_helpers_linger_in_compiled_code_and_then_let_go_of_the_network(monkeypatch, rng):
    allow(monkeypatch, 2)
    x, seen = Rows(rng.normal(size=(4, 9))), set()
    with team.team(2) as members:
        (helper,) = members.helpers
    end = time.monotonic() + PATIENCE
    net = wider(np.float64)
    ready = Forward(net)
    while waiting.LINGERING not in seen and time.monotonic() < end:
        ready.predict(x)
        seen.add(int(helper.state[0]))
    assert waiting.LINGERING in seen
    gone = weakref.ref(net)
    del net, ready
    while gone() is not None and time.monotonic() < end:
        time.sleep(0.001)
    assert gone() is None


@pytest.mark.usefixtures("every_layer_shared")
def test_a_task_keeps_alive_what_compiled_code_reads(monkeypatch, rng):
    allow(monkeypatch, 2)
    net = wider(np.float64)
    ready = Forward(net)
    ready.predict(Rows(rng.normal(size=(4, 9))))
    (kept,) = ready._kept[True]
    task, read = kept.task, [weakref.ref(a) for a in (net, kept._buffers, kept.job)]
    del net, ready, kept
    assert all(one() is not None for one in read)
    assert task.contexts  # the address of what they hold


def check_stopped(name: str, net: Network, x: np.ndarray, monkeypatch, *, before=False) -> None:
    """Ctrl-C when the caller has done its part, or before it."""
    expected = Forward(net).predict(Rows(x))
    compiled, left = getattr(run, name)(), [KeyboardInterrupt]

    def interrupted(*arguments):
        *_, member, _ = arguments
        stops = member == 0 and left
        if not (stops and before):
            compiled(*arguments)
        if stops:
            raise left.pop()

    monkeypatch.setattr(run, name, lambda: interrupted)
    stopped = Forward(net)
    with pytest.raises(KeyboardInterrupt):
        stopped.predict(Rows(x))
    assert not any(stopped._kept.values())
    assert np.array_equal(stopped.predict(Rows(x)), expected)
    assert sum(map(len, stopped._kept.values())) == 1


@pytest.mark.parametrize("by_units", [False, True])
def test_large_buffers_are_not_kept(by_units, monkeypatch, rng):
    if by_units:
        allow(monkeypatch, 2)
        monkeypatch.setattr(forward, "_SHARE", 1)
    net, x = (wider if by_units else wide)(np.float64), rng.normal(size=(100, 9))
    row_bytes = 8 * net.tape.value_columns
    monkeypatch.setattr(forward, "_KEPT_BYTES", 8 * row_bytes)
    ready = Forward(net)
    for rows, capacity in ((1, 1), (2, 2), (1, 2), (5, 8), (8, 8)):
        ready.predict(Rows(x[:rows]))
        assert [kept.capacity for kept in ready._kept[by_units]] == [capacity]
    ready.predict(Rows(x))
    assert not ready._kept[by_units]


def test_callers_side_by_side_do_not_meet(rng):
    net, x = wide(np.float64), rng.normal(size=(40, 9))
    ready = Forward(net)
    expected = [ready.predict(Rows(x[r : r + 2])) for r in range(39)]
    all_there = threading.Barrier(4)

    def predict(_: int) -> bool:
        all_there.wait(timeout=60)
        for _ in range(20):
            found = [ready.predict(Rows(x[r : r + 2])) for r in range(39)]
            if not all(map(np.array_equal, found, expected)):
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(predict, range(4)))
    assert len(ready._kept[False]) <= 4
