"""Training as it goes: a bar on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

OnEpoch = Callable[[Any], None]
# Seconds between two plain lines: a log of an hour's fit stays under a thousand.
BETWEEN_LINES = 5.0


@contextmanager
def progress(stream: TextIO, model: Any, *, quiet: bool) -> Iterator[OnEpoch]:
    """Give the function to call after each epoch of the fit of `model`, a `TableModel`."""
    if quiet:
        yield _nothing
    elif stream.isatty():
        with _bar(model) as on_epoch:
            yield on_epoch
    else:
        yield plain_lines(stream, model)


def _nothing(report: Any) -> None:
    """Say nothing."""


def plain_lines(stream: TextIO, model: Any) -> OnEpoch:
    """Print the first epoch, the last possible one, and one every few seconds."""
    last = -BETWEEN_LINES
    describe = Description(model)

    def on_epoch(report: Any) -> None:
        nonlocal last
        due = report.seconds - last >= BETWEEN_LINES
        if due or report.epoch == report.max_epochs:
            last = report.seconds
            print(describe(report), file=stream, flush=True)

    return on_epoch


@contextmanager
def _bar(model: Any) -> Iterator[OnEpoch]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        BarColumn(bar_width=20),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    task = None
    # Beside the bar, 80 columns hold no more than the first half.
    describe = Description(model, before_speed="\n")

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


class Description:
    """An epoch in words: loss, validation score, speed and the time left at most.

    Speed and time count from the end of the first epoch, so that compiling is not in them.
    """

    def __init__(self, model: Any, before_speed: str = "  ") -> None:
        self._model = model
        self._before_speed = before_speed
        self._first: Any = None

    def __call__(self, report: Any) -> str:
        """Describe an epoch; the first call is for the first epoch."""
        self._first = self._first or report
        parts = [f"epoch {report.epoch}/{report.max_epochs}", f"loss {report.loss:.4g}"]
        if report.validation_score is not None:
            # Only now: with the task "auto", the model knows it once it has seen the table.
            name = validation_score(self._model.task_)
            parts.append(f"{name} {report.validation_score:.4f}")
        speed = "  ".join(self._speed(report))
        return "  ".join(parts) + (self._before_speed + speed if speed else "")

    def _speed(self, report: Any) -> list[str]:
        epochs = report.epoch - self._first.epoch
        if not epochs:
            return []
        each = max(report.seconds - self._first.seconds, 1e-9) / epochs
        left = report.max_epochs - report.epoch
        ahead = [f"at most {duration(each * left)} left"] if left else []
        return [f"{_short(report.rows / each)} rows/s", *ahead]


def validation_score(task: str) -> str:
    """Name the score that decides when to stop."""
    return "validation accuracy" if task == "classification" else "validation R2"


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
