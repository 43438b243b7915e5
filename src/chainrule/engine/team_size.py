"""How many threads do the steps at hand, where one may be faster than the team.

Two processors of a virtual machine are at times halves of one core, and which they are changes from
one moment to the next; or another program uses one of them. Members of a team that meet every few
microseconds then take longer than the caller would alone. What is computed does not depend on how
many they are, so both are tried.
"""

from math import inf

# A try lasts this long.
TRY_SECONDS = 0.002
# What is faster is kept for so long before the other is tried again: at first, and at most.
KEPT_SECONDS, MOST_KEPT_SECONDS = 0.05, 0.8
# It takes so much of the other's time at most to be the faster one.
FASTER = 0.9


class TeamSize:
    """Chooses between a team and one thread by the time that their steps took.

    One thread begins where both are to be tried, for it never waits for another.

    Parameters
    ----------
    team : int
        Members of the team.
    tries_one : bool
        Whether one thread is tried too.
    """

    def __init__(self, team: int, *, tries_one: bool) -> None:
        self._chooses = tries_one and team > 1
        self._usual, self._other = (1, team) if self._chooses else (team, 1)
        self._usual_step = 0.0
        self._kept = KEPT_SECONDS
        self._begin(self._usual, TRY_SECONDS if self._chooses else inf)

    def _begin(self, members: int, seconds: float) -> None:
        self.members = members
        """How many are to do the next steps."""
        self.seconds_left = seconds
        """For about how long."""
        self._steps, self._seconds = 0, 0.0
        self._fresh = True

    def took(self, steps: int, seconds: float) -> None:
        """Hear how long so many steps by `members` took."""
        if not self._chooses:
            return
        if self._fresh:  # helpers had to be woken for them, or fell asleep meanwhile
            self._fresh = False
            return
        self._steps += steps
        self._seconds += seconds
        self.seconds_left -= seconds
        if self.seconds_left > 0.0:
            return
        step = self._seconds / self._steps
        if self.members == self._usual:
            self._usual_step = step
            self._begin(self._other, TRY_SECONDS)
            return
        if step < FASTER * self._usual_step:
            self._usual, self._other = self._other, self._usual
            self._kept = KEPT_SECONDS
        self._begin(self._usual, self._kept)
        self._kept = min(2.0 * self._kept, MOST_KEPT_SECONDS)
