import contextlib
import io
import os
import pty
from types import SimpleNamespace

import pytest

from chainrule.cli.inspect import BARS, sparkline
from chainrule.cli.progress import Description, duration, plain_lines, progress


def report(epoch, seconds, score=0.9):
    return SimpleNamespace(
        epoch=epoch,
        max_epochs=10,
        loss=0.123456,
        validation_score=score,
        seconds=seconds,
        rows=1000,
    )


CLASSIFIER, REGRESSOR = (SimpleNamespace(task_=task) for task in ("classification", "regression"))


def test_speed_and_time_count_from_the_end_of_the_first_epoch():
    describe = Description(CLASSIFIER)
    # 60 s of compiling, then 2 s an epoch.
    lines = [describe(report(epoch, 60 + 2 * epoch)) for epoch in (1, 3, 10)]
    assert lines == [
        "epoch 1/10  loss 0.1235  validation accuracy 0.9000",
        "epoch 3/10  loss 0.1235  validation accuracy 0.9000  500 rows/s  at most 14 s left",
        "epoch 10/10  loss 0.1235  validation accuracy 0.9000  500 rows/s",
    ]


def test_the_validation_score_goes_by_the_task():
    assert Description(REGRESSOR)(report(1, 1.0)).endswith("validation R2 0.9000")
    assert "validation" not in Description(CLASSIFIER)(report(1, 1.0, None))


def test_plain_lines_come_first_last_and_every_few_seconds():
    stream = io.StringIO()
    on_epoch = plain_lines(stream, CLASSIFIER)
    for epoch, seconds in enumerate((0.1, 0.2, 5.2, 6, 7, 7.1, 7.2, 7.3, 7.4, 7.5), start=1):
        on_epoch(report(epoch, seconds))
    shown = [line.split()[1] for line in stream.getvalue().splitlines()]
    assert shown == ["1/10", "3/10", "10/10"]


def test_quiet_says_nothing():
    stream = io.StringIO()
    with progress(stream, CLASSIFIER, quiet=True) as on_epoch:
        on_epoch(report(1, 0.1))
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (12, "12 s"), (185, "3 min 5 s"), (7260, "2 h 1 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_a_sparkline_falls_with_the_loss():
    assert sparkline([8, 7, 6, 5, 4, 3, 2, 1]) == BARS[::-1]
    assert sparkline([1.0] * 5) == BARS[0] * 5
    assert len(sparkline(list(range(1000)))) == 60
    assert sparkline([1.0, float("inf")]) == BARS[0] * 2


def read_to_end(descriptor):
    """Read what a closed terminal was sent; its end is, on Linux, an error."""
    content = b""
    with contextlib.suppress(OSError):
        while piece := os.read(descriptor, 100_000):
            content += piece
    return content.decode()


def test_on_a_terminal_there_is_a_bar(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        with progress(terminal, CLASSIFIER, quiet=False) as on_epoch:
            for epoch in range(1, 10):
                on_epoch(report(epoch, 1000 * epoch))
    shown = read_to_end(master)
    os.close(master)
    last = shown[shown.rindex("━") :]
    assert "epoch 9/10  loss 0.1235  validation accuracy 0.9000" in last
    assert "1 rows/s  at most 16 min 40 s left" in last
