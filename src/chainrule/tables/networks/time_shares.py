"""How the networks of an ensemble share a limit of time."""

import time

import numpy as np

from chainrule.training.horizon import Pace

# Networks of fewer epochs are worth less than fewer networks of so many: of 64 epochs in all, as 8,
# 4 and 2 networks of "best", log losses were 0.14, 0.11, 0.09 (breast cancer), 0.15, 0.13, 0.12
# (digits).
FEWEST_EPOCHS = 32
# Epochs of the first network that tell the pace.
_TELLING = 4


class TimeShares:
    """When each network is to be done, and how many networks there is time for.

    `at_once` networks train side by side, then the next. Each has an equal share of the time that
    is left when it begins. As many are wanted as can have `fewest` epochs each at the pace of the
    first network, be it only those of the beginning; with `fewest` 0 all are.
    """

    def __init__(self, count: int, at_once: int, until: float, fewest: int) -> None:
        self.wanted = count
        self._count, self._at_once, self._until, self._fewest = count, at_once, until, fewest
        self._start = time.perf_counter()
        self._pace = Pace()

    def until(self, number: int, begin: float) -> float:
        """When the network that began at a time of `time.perf_counter` is to be done."""
        rounds = max(1, -(-(self.wanted - number) // self._at_once))
        return begin + (self._until - begin) / rounds

    def too_late(self, number: int) -> bool:
        """Whether there is no time for this network any more; for the first there is."""
        return number > 0 and (time.perf_counter() >= self._until or number >= self.wanted)

    def epoch_ends(self, epoch: int, seconds: float) -> None:
        """Learn from the first network, which has had `epoch` epochs in so many seconds."""
        if epoch > _TELLING or not self._fewest or np.isinf(self._until):
            return
        pace = self._pace.epoch_ends(epoch, seconds)
        first_round = self._pace.first + pace * (self._fewest - 1)
        later = (self._until - self._start - first_round) / (pace * self._fewest)
        self.wanted = min(self._count, self._at_once * (1 + max(0, int(later))))
