"""How many epochs there will be: as many as are wanted, or as the time allows."""

import time
from collections.abc import Callable

import numpy as np


def never() -> float:
    """The time at which a fit without a limit is to be done."""
    return np.inf


class Pace:
    """The seconds that an epoch takes.

    The first epoch, which may wait for a compiler, tells no pace once there are others.
    """

    def __init__(self) -> None:
        self.first = 0.0

    def epoch_ends(self, done: int, seconds: float) -> float:
        """The pace after `done` epochs in so many seconds."""
        if done == 1:
            self.first = seconds
            return seconds
        return (seconds - self.first) / (done - 1)


class Horizon:
    """The number of epochs that a fit is heading for, and the clock of the fit.

    Where `until` gives the time of `time.perf_counter` at which it is to be done, the number is
    estimated anew after each epoch, so that courses come to their end by then. The time may change.
    """

    def __init__(self, most: int, until: Callable[[], float] = never) -> None:
        self.epochs = most
        self._most = most
        self._until = until
        self._limit = np.inf
        self._pace = Pace()
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the fit began."""
        return time.perf_counter() - self._start

    def epoch_ends(self, done: int) -> None:
        """Look at the clock after an epoch; `done` counts those that have ended."""
        self._limit = self._until() - self._start
        if np.isinf(self._limit):
            return
        spent = self.seconds
        pace = self._pace.epoch_ends(done, spent)
        if done == 1:
            possible = self._most if spent < self._limit else 1
        else:
            possible = done + max(0, int((self._limit - spent) / pace))
        self.epochs = min(self._most, possible)

    @property
    def reason(self) -> str:
        """A sentence: why the last epoch was the last."""
        if self.epochs < self._most:
            return f"The time limit of {self._limit:.3g} s is over."
        return f"All of the {self._most} epochs were run."
