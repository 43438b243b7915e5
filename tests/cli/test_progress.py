import contextlib
import io
import os
import pty
from types import SimpleNamespace

import pytest

from chainrule.cli import progress as module
from chainrule.cli.progress import Description, duration, progress, trials_told


def report(epoch, score=0.9, member=0, members=1):
    return SimpleNamespace(
        epoch=epoch, epochs=10, member=member, members=members, loss=0.123456, score=score
    )


def model(task="classification", **settings):
    return SimpleNamespace(task_=task, settings=settings)


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves."""
    now = SimpleNamespace(time=0.0)
    monkeypatch.setattr(module.time, "perf_counter", lambda: now.time)
    return now


def test_time_counts_from_the_end_of_the_first_epoch(clock):
    describe, lines = Description(model()), []
    # 60 s of compiling, then 2 s an epoch.
    for epoch in (1, 2, 3, 10):
        clock.time = 60 + 2 * epoch
        text = describe(report(epoch))
        lines += [text] if epoch != 2 else []
    assert lines == [
        "epoch 1/10  loss 0.1235  validation accuracy 0.9",
        "epoch 3/10  loss 0.1235  validation accuracy 0.9  at most 14 s left",
        "epoch 10/10  loss 0.1235  validation accuracy 0.9",
    ]


def test_epochs_of_all_networks_count(clock):
    describe = Description(model())
    describe(report(1, members=2))
    clock.time = 4.0
    text = describe(report(2, member=1, members=2))
    assert (describe.done, describe.total) == (3, 20)
    # Two epochs in 4 s, and 17 are left.
    assert text.startswith("network 2/2  epoch 2/10")
    assert text.endswith("at most 34 s left")


def test_the_validation_score_goes_by_the_task_and_the_metric():
    assert Description(model("regression"))(report(1)).endswith("validation -RMSE 0.9")
    assert Description(model(eval_metric="roc_auc"))(report(1)).endswith("validation roc_auc 0.9")
    assert Description(model(eval_metric=len))(report(1)).endswith("validation score 0.9")
    assert "validation" not in Description(model())(report(1, None))


def test_plain_lines_come_first_last_and_every_few_seconds(clock):
    stream = io.StringIO()
    with progress(stream, model(), quiet=False) as on_progress:
        for epoch, seconds in enumerate((0, 0.1, 5.2, 6, 7, 7.1, 7.2, 7.3, 7.4, 7.5), start=1):
            clock.time = seconds
            on_progress(report(epoch))
    shown = [line.split()[1] for line in stream.getvalue().splitlines()]
    assert shown == ["1/10", "3/10", "10/10"]


def test_quiet_says_nothing():
    stream = io.StringIO()
    with progress(stream, model(), quiet=True) as on_progress:
        on_progress(report(1))
    with trials_told(stream, 3, quiet=True) as on_trial:
        on_trial(None, 1)
    assert stream.getvalue() == ""


def test_trials_are_told_with_the_best_so_far():
    stream = io.StringIO()
    trials = [
        SimpleNamespace(value=value, state=SimpleNamespace(name=name))
        for value, name in ((None, "PRUNED"), (0.5, "COMPLETE"), (0.75, "COMPLETE"))
    ]
    with trials_told(stream, 9, quiet=False) as on_trial:
        on_trial(SimpleNamespace(trials=trials[:1]), 1)
        on_trial(SimpleNamespace(trials=trials), 3)
    assert stream.getvalue().splitlines() == ["trial 1/9  best -", "trial 3/9  best 0.75"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (12, "12 s"), (185, "3 min 5 s"), (7260, "2 h 1 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def read_to_end(descriptor):
    """Read what a closed terminal was sent; its end is, on Linux, an error."""
    content = b""
    with contextlib.suppress(OSError):
        while piece := os.read(descriptor, 100_000):
            content += piece
    return content.decode()


def test_on_a_terminal_there_is_a_bar(monkeypatch, clock):
    monkeypatch.setenv("COLUMNS", "100")
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        with progress(terminal, model(), quiet=False) as on_progress:
            for epoch in range(1, 10):
                clock.time += 1000.0
                on_progress(report(epoch))
    shown = read_to_end(master)
    os.close(master)
    last = shown[shown.rindex("━") :]
    assert "epoch 9/10  loss 0.1235  validation accuracy 0.9" in last
    assert "at most 16 min 40 s left" in last
