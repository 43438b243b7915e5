"""Work as it goes: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

OnProgress = Callable[[Any], None]
OnStep = Callable[[str, int, int], None]
# Seconds between two plain lines: a log of an hour's fit stays under a thousand.
BETWEEN_LINES = 5.0


@contextmanager
def progress(stream: TextIO, model: Any, *, quiet: bool) -> Iterator[OnProgress]:
    """Give the function to call after each epoch of each network of a `TableModel`."""
    describe = Description(model)
    if quiet:
        yield _nothing
    elif stream.isatty():
        with _bar() as show:
            yield lambda report: show(describe(report), describe.done, describe.total)
    else:
        yield _plain_lines(stream, describe)


@contextmanager
def steps(stream: TextIO, *, quiet: bool) -> Iterator[OnStep]:
    """Give the function to call as `step(what, done, total)`; says nothing but on a terminal.

    A total of 0 is an unknown one.
    """
    if quiet or not stream.isatty():
        yield lambda what, done, total: None
    else:
        with _bar() as show:
            yield show


@contextmanager
def trials_told(stream: TextIO, total: int, *, quiet: bool) -> Iterator[Callable[[Any, int], None]]:
    """Give the function to call as `on_trial(study, ended)` after each trial of a search."""
    if quiet:
        yield lambda study, ended: None
    elif stream.isatty():
        with _bar() as show:
            yield lambda study, ended: show(_trial(study, ended, total), ended, total)
    else:
        yield lambda study, ended: print(_trial(study, ended, total), file=stream, flush=True)


def _trial(study: Any, ended: int, total: int) -> str:
    best = max((t.value for t in study.trials if t.state.name == "COMPLETE"), default=None)
    return f"trial {ended}/{total}  best {'-' if best is None else f'{best:.4g}'}"


def _nothing(report: Any) -> None:
    """Say nothing."""


def _plain_lines(stream: TextIO, describe: "Description") -> OnProgress:
    """Print the first epoch, the last possible one, and one every few seconds."""
    last = -BETWEEN_LINES

    def on_progress(report: Any) -> None:
        nonlocal last
        text = describe(report)
        if describe.seconds - last >= BETWEEN_LINES or describe.done == describe.total:
            last = describe.seconds
            print(text, file=stream, flush=True)

    return on_progress


@contextmanager
def _bar() -> Iterator[OnStep]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        BarColumn(bar_width=20),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    task = None

    def show(text: str, done: int, total: int) -> None:
        nonlocal task
        if task is None:
            # Only now, so that a message about compiling does not break into the bar.
            bar.start()
            task = bar.add_task("", total=total or None)
        bar.update(task, completed=done, total=total, description=text)

    try:
        yield show
    finally:
        bar.stop()


class Description:
    """Epochs in words: how far each network is, loss, validation score and the time left.

    The time counts from the end of the first epoch, so that compiling is not in it.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._epochs: dict[int, int] = {}
        self._start: float | None = None
        self.total = 1
        self.seconds = 0.0

    @property
    def done(self) -> int:
        """Epochs of all networks so far."""
        return sum(self._epochs.values())

    def _metric(self) -> Any:
        return (self._model.settings or {}).get("eval_metric")

    def __call__(self, report: Any) -> str:
        """Describe an epoch; the first call is for the first epoch."""
        self._epochs[report.member] = report.epoch
        self.total = report.members * report.epochs
        if self._start is None:
            self._start = time.perf_counter()
        self.seconds = time.perf_counter() - self._start
        which = f"network {report.member + 1}/{report.members}  " if report.members > 1 else ""
        parts = [f"{which}epoch {report.epoch}/{report.epochs}", f"loss {report.loss:.4g}"]
        if report.score is not None:
            # Only now: with the task "auto", the model knows it once it has seen the table.
            name = validation_score(self._model.task_, self._metric())
            parts.append(f"{name} {report.score:.4g}")
        if self.done > 1:
            left = self.seconds / (self.done - 1) * (self.total - self.done)
            parts.append(f"at most {duration(left)} left" if left else "")
        return "  ".join(parts).rstrip()


def validation_score(task: str, metric: Any) -> str:
    """Name the score that chooses the best epoch; `metric` is the user's choice."""
    if metric is not None:
        return f"validation {metric}" if isinstance(metric, str) else "validation score"
    return "validation accuracy" if task == "classification" else "validation -RMSE"


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
