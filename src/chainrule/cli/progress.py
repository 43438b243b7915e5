"""Training as it goes: a bar on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

OnEpoch = Callable[[Any], None]
# Seconds between two plain lines: a log of an hour's fit stays under a thousand.
BETWEEN_LINES = 5.0


@contextmanager
def progress(stream: TextIO, *, quiet: bool) -> Iterator[OnEpoch]:
    """Give the function to call after each epoch."""
    if quiet:
        yield _nothing
    elif stream.isatty():
        with _bar() as on_epoch:
            yield on_epoch
    else:
        yield plain_lines(stream)


def _nothing(report: Any) -> None:
    """Say nothing."""


def plain_lines(stream: TextIO) -> OnEpoch:
    """Print the first epoch, the last possible one, and one every few seconds."""
    last = -BETWEEN_LINES

    def on_epoch(report: Any) -> None:
        nonlocal last
        due = report.seconds - last >= BETWEEN_LINES
        if due or report.epoch == report.max_epochs:
            last = report.seconds
            print(describe(report), file=stream, flush=True)

    return on_epoch


@contextmanager
def _bar() -> Iterator[OnEpoch]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    task = None

    def on_epoch(report: Any) -> None:
        nonlocal task
        if task is None:
            # Only now, so that a message about compiling does not break into the bar.
            bar.start()
            task = bar.add_task("", total=report.max_epochs)
        bar.update(task, completed=report.epoch, description=describe(report))

    try:
        yield on_epoch
    finally:
        bar.stop()


def describe(report: Any) -> str:
    """Epoch, loss, validation score, speed and the time left at most, in one line."""
    seconds = max(report.seconds, 1e-9)
    left = seconds / report.epoch * (report.max_epochs - report.epoch)
    parts = [f"epoch {report.epoch}/{report.max_epochs}", f"loss {report.loss:.4g}"]
    if report.validation_score is not None:
        parts.append(f"validation {report.validation_score:.4f}")
    speed = report.rows * report.epoch / seconds
    return "  ".join([*parts, f"{_short(speed)} rows/s", f"at most {duration(left)} left"])


def duration(seconds: float) -> str:
    """Write seconds as "0.4 s", "12 s", "3 min 5 s" or "2 h 1 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _short(number: float) -> str:
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.3g}"
