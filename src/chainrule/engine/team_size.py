"""How many threads a pass over the rows takes, where one may be faster than the team.

Two processors of a virtual machine are at times halves of one core, and which they are changes from
one moment to the next. Members of a team that meet every few microseconds then take longer than the
caller would alone. What is computed does not depend on how many they are, so both are tried.
"""

# A try lasts this long at least: a helper that lingers disturbs the first millisecond of it.
TRY_SECONDS = 0.003
# What is faster is kept for so long before the other is tried again: at first, and at most.
KEPT_SECONDS, MOST_KEPT_SECONDS = 0.05, 0.8
# It takes so much of the other's time at most to be the faster one.
FASTER = 0.9


class TeamSize:
    """Chooses between a team and one thread by the time that their steps took.

    Parameters
    ----------
    team : int
        Members of the team, who begin.
    other : int
        How many are tried besides; as many as `team` leaves no choice.
    """

    def __init__(self, team: int, other: int) -> None:
        self.members = team
        """How many are to do the next pass."""
        self._usual, self._other = team, other
        self._usual_step = 0.0
        self._kept = KEPT_SECONDS
        self._begin(team, TRY_SECONDS)

    def _begin(self, members: int, seconds: float) -> None:
        self.members, self._left = members, seconds
        self._steps, self._seconds = 0, 0.0

    def took(self, steps: int, seconds: float) -> None:
        """Hear how long the steps of a pass by `members` took."""
        self._steps += steps
        self._seconds += seconds
        if self._seconds < self._left:
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
