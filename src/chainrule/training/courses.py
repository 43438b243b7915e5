"""How settings change over a fit: a factor of each for every step."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.run import QUANTITIES
from chainrule.formulas import Course, Plateau
from chainrule.formulas.courses import is_course

from .history import History

# scikit-learn's "adaptive" gives up at a rate of 1e-6; a factor so small has stopped the training.
SMALLEST_FACTOR = 1e-6


class Falling:
    """A `Plateau` at work: its factor falls each time progress has stalled."""

    def __init__(self, plateau: Plateau) -> None:
        self._plateau = plateau
        self._factor = 1.0
        self._own = History(early_stopping=False)

    def factor(self, t: float) -> float:
        """The factor at hand, whatever t is."""
        return self._factor

    def epoch_ends(self, measure: float) -> bool:
        """Judge an epoch by a number to be small; True where the factor fell and matters still."""
        own = self._own
        own.loss = measure
        own.judge(0.0, np.zeros(0))
        if own.no_improvement_count < self._plateau.patience:
            return False
        own.no_improvement_count = 0
        before, self._factor = self._factor, self._plateau.lowered(self._factor)
        return SMALLEST_FACTOR <= self._factor < before


@dataclass(frozen=True)
class Courses:
    """The course of each quantity over the whole training; None: it does not change.

    `noise` is that of dropout rates and of the deviations of noise.
    """

    learning_rate: Course | Plateau | None = None
    momentum: Course | Plateau | None = None
    weight_decay: Course | Plateau | None = None
    noise: Course | Plateau | None = None

    def __post_init__(self) -> None:
        for name, course in vars(self).items():
            if course is not None and not is_course(course):
                raise ValueError(
                    f"{name} must be a course or None, got {course!r}. Take Cosine(), for example."
                )

    @property
    def _all(self) -> tuple[Course | Plateau | None, ...]:
        return self.learning_rate, self.momentum, self.weight_decay, self.noise

    def begun(self) -> "Courses":
        """The courses of one fit, each `Plateau` at its begin."""
        own: dict[str, Any] = {
            name: Falling(course) for name, course in vars(self).items() if type(course) is Plateau
        }
        return replace(self, **own)

    def epoch_ends(self, history: History) -> bool:
        """Tell those that look at progress of an epoch; True where one fell.

        They look at the validation score where there is one, else at the training loss.
        """
        scores = history.validation_scores
        measure = -scores[-1] if scores else history.loss
        fell = [course.epoch_ends(measure) for course in self._all if type(course) is Falling]
        return any(fell)

    def factors(
        self,
        first: int,
        steps: int,
        total: int,
        mixup: float = 0.0,
        random: np.random.Generator | None = None,
    ) -> NDArray[np.float64] | None:
        """Factors of `QUANTITIES` at steps `first` to `first + steps` of `total`; None: all are 1.

        A step's progress is the number of steps before it, divided by `total`. With `mixup` the
        share of a row's own values is drawn for each step from Beta(mixup, mixup); shares below
        one half would only swap the roles of a row and its partner.
        """
        if not mixup and all(course is None for course in self._all):
            return None
        table = np.ones((steps, len(QUANTITIES)))
        progress = np.minimum((first + np.arange(steps)) / total, 1.0)
        for column, course in enumerate(self._all):
            if course is not None:
                table[:, column] = [_factor(course, t) for t in progress.tolist()]
        if mixup and random is not None:
            share = random.beta(mixup, mixup, steps)
            table[:, QUANTITIES.index("mix")] = np.maximum(share, 1.0 - share)
        return table


def _factor(course: Course | Plateau, t: float) -> float:
    if isinstance(course, Plateau):
        raise TypeError("a plateau has no factors before `begun`")
    return course.factor(t)
