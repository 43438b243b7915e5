"""How many epochs there will be: as many as are wanted, or as the time allows."""

import time

import numpy as np


class Horizon:
    """The number of epochs that a fit is heading for, and the clock of the fit.

    With a limit of seconds the number is estimated anew after each epoch, so that courses come to
    their end within the limit, which may change. The first epoch, which may wait for a compiler,
    tells no pace.
    """

    def __init__(self, most: int, limit: float = np.inf) -> None:
        self.epochs = most
        self.limit = limit
        self._most = most
        self._start = time.perf_counter()
        self._first = 0.0

    @property
    def seconds(self) -> float:
        """Since the fit began."""
        return time.perf_counter() - self._start

    def epoch_ends(self, done: int) -> None:
        """Look at the clock after an epoch; `done` counts those that have ended."""
        if np.isinf(self.limit):
            return
        spent = self.seconds
        if done == 1:
            self._first = spent
            possible = self._most if spent < self.limit else 1
        else:
            pace = (spent - self._first) / (done - 1)
            possible = done + max(0, int((self.limit - spent) / pace))
        self.epochs = min(self._most, possible)

    @property
    def reason(self) -> str:
        """A sentence: why the last epoch was the last."""
        if self.epochs < self._most:
            return f"The time limit of {self.limit:.3g} s is over."
        return f"All of the {self._most} epochs were run."
