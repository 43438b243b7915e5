"""Several networks for one table, trained side by side on the cores."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.team import allowed_threads, for_other_threads
from chainrule.exceptions import DivergenceError
from chainrule.training import EpochReport
from chainrule.training.epochs import Ending

from .members import Measure, Member, Plan, train
from .time_shares import TimeShares


@dataclass(frozen=True)
class Progress:
    """One epoch of one network as it ended."""

    member: int
    members: int
    epoch: int
    epochs: int
    loss: float
    score: float | None
    """On the validation rows of that network."""


# Seconds between two looks for Ctrl-C.
_LISTEN = 0.1

OnProgress = Callable[[Progress], bool | None]
Part = tuple[NDArray[np.int64], NDArray[np.int64]]


def printing(on_progress: OnProgress | None) -> OnProgress:
    """A callback that prints each epoch, then calls the one given."""

    def told(progress: Progress) -> bool:
        score = "" if progress.score is None else f", validation score {progress.score:.5g}"
        print(
            f"network {progress.member + 1}/{progress.members}, epoch "
            f"{progress.epoch}/{progress.epochs}, loss {progress.loss:.5g}{score}"
        )
        return bool(on_progress(progress)) if on_progress is not None else False

    return told


@dataclass(frozen=True)
class Trained:
    """The networks that have had an epoch, and whether somebody ended their training."""

    members: list[Member]
    interrupted: bool


def train_all(
    plan: Plan,
    parts: Sequence[Part],
    measures: Sequence[Measure | None],
    seed: int,
    on_progress: OnProgress | None = None,
    until: float = np.inf,
    fewest_epochs: int = 0,
) -> Trained:
    """Train a network for each part (its training rows and validation rows) and its measure.

    Networks run side by side, one a core; a single one has all cores. Which network gets which
    numbers depends on the seed alone. Ctrl-C, or `on_progress` giving True, ends them all; those
    that have finished an epoch are kept. KeyboardInterrupt is raised where there is none.

    `until` is the time of `time.perf_counter` at which all are to be done: each network has its
    share of what is left when it begins; once the time is over, none begins but the first. Where
    there is no time for `fewest_epochs` of each, fewer networks are trained.
    """
    at_once = min(len(parts), allowed_threads())
    shares = TimeShares(len(parts), at_once, until, fewest_epochs)
    fits = _Fits(plan, parts, measures, seed, on_progress, shares)
    members = _side_by_side(fits.one, len(parts), at_once, fits.ended)
    kept = [member for member in members if member is not None and member.best_epoch]
    if not kept and not fits.ended.is_set():
        raise DivergenceError(
            "a network must have an epoch whose predictions can be judged, got none. Lower "
            "learning_rate_init, or look for extreme values in the table."
        )
    if not kept:
        raise KeyboardInterrupt
    return Trained(kept, fits.ended.is_set())


class _Fits:
    """The fits of the networks of one ensemble; what they share is said to `train_all`."""

    def __init__(
        self,
        plan: Plan,
        parts: Sequence[Part],
        measures: Sequence[Measure | None],
        seed: int,
        on_progress: OnProgress | None,
        shares: TimeShares,
    ) -> None:
        self._plan, self._parts, self._measures = plan, parts, measures
        self._seed, self._on_progress, self._shares = seed, on_progress, shares
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def one(self, number: int) -> Member | None:
        """Train network `number`; None where it is too late to begin."""
        if self.ended.is_set() or self._shares.too_late(number):
            return None
        begin = time.perf_counter()
        training, held = self._parts[number]

        def on_epoch(report: EpochReport) -> bool:
            if number == 0:
                self._shares.epoch_ends(report.epoch, time.perf_counter() - begin)
            return self._told(number, report)

        member = train(
            self._plan,
            training,
            held,
            self._measures[number],
            self._seed + 1000 * number,
            until=lambda: self._shares.until(number, begin),
            on_epoch=on_epoch,
            heed=self._heed,
        )
        if member.ending is Ending.INTERRUPTED:
            self.ended.set()
        return member

    def _told(self, number: int, report: EpochReport) -> bool:
        """Tell of an epoch; True where training is to end."""
        if self._on_progress is not None:
            progress = Progress(
                number,
                len(self._parts),
                report.epoch,
                report.max_epochs,
                report.loss,
                report.validation_score,
            )
            with self._lock:
                if self._on_progress(progress):
                    self.ended.set()
        return self.ended.is_set()

    def _heed(self) -> None:
        """End an epoch that is under way."""
        if self.ended.is_set():
            raise KeyboardInterrupt


def _side_by_side(
    one: Callable[[int], Member | None], count: int, at_once: int, ended: threading.Event
) -> list[Member | None]:
    """Run `one` for each number in a pool of threads; Ctrl-C sets `ended` and waits for them."""
    task = for_other_threads(one)
    with ThreadPoolExecutor(at_once) as pool:
        try:
            futures = [pool.submit(task, number) for number in range(count)]
            _wait(futures, ended)
        except BaseException:
            # Or the pool would wait for networks of which nobody wants to know.
            ended.set()
            raise
    return [future.result() for future in futures]


def _wait(futures: Sequence[Future[Member | None]], ended: threading.Event) -> None:
    """Wait for all; a Ctrl-C or an error in one ends the others."""
    waiting = True
    while waiting:
        try:
            # With a time, for a thread that waits without one may never hear of Ctrl-C.
            done, rest = wait(futures, _LISTEN)
            waiting = bool(rest)
            if any(future.exception() is not None for future in done):
                ended.set()
        except KeyboardInterrupt:
            ended.set()
