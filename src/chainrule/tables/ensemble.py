"""Several networks for one table, trained side by side on the cores."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.team import allowed_threads
from chainrule.exceptions import DivergenceError

from .members import Measure, Member, Plan, train


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


def train_all(
    plan: Plan,
    parts: Sequence[Part],
    measure_of: Callable[[NDArray[np.int64]], Measure],
    seed: int,
    on_progress: OnProgress | None = None,
) -> list[Member]:
    """Train a network for each part (its training rows and validation rows).

    Networks run side by side, one a core; a single one has all cores. Which network gets which
    numbers depends on the seed alone. Ctrl-C, or `on_progress` giving True, ends them all; those
    that have finished an epoch are kept. KeyboardInterrupt is raised where there is none.
    """
    ended = threading.Event()
    lock = threading.Lock()

    def one(number: int) -> Member | None:
        if ended.is_set():
            return None
        training, validation = parts[number]

        def on_epoch(epoch: int, epochs: int, loss: float, score: float | None) -> bool:
            if on_progress is not None:
                report = Progress(number, len(parts), epoch, epochs, loss, score)
                with lock:
                    if on_progress(report):
                        ended.set()
            return ended.is_set()

        measure = measure_of(validation) if len(validation) else None
        return train(plan, training, validation, measure, seed + 1000 * number, on_epoch)

    members = _side_by_side(one, len(parts), ended)
    kept = [member for member in members if member is not None and member.best_epoch]
    if not kept and not ended.is_set():
        raise DivergenceError(
            "a network must have an epoch whose predictions can be judged, got none. Lower "
            "learning_rate_init, or look for extreme values in the table."
        )
    if not kept:
        raise KeyboardInterrupt
    if ended.is_set():
        for member in kept:
            member.interrupted = True
    return kept


def _side_by_side(
    one: Callable[[int], Member | None], count: int, ended: threading.Event
) -> list[Member | None]:
    """Run `one` for each number in a pool of threads; Ctrl-C sets `ended` and waits for them."""
    with ThreadPoolExecutor(min(count, allowed_threads())) as pool:
        futures = [pool.submit(one, number) for number in range(count)]
        waiting = True
        while waiting:
            try:
                # With a time, for a thread that waits without one may never hear of Ctrl-C.
                waiting = bool(wait(futures, _LISTEN).not_done)
            except KeyboardInterrupt:
                ended.set()
    return [future.result() for future in futures]
