"""Rows that are not trained on, and how well the network does on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows

Score = Callable[[NDArray[Any], Rows], float]


@dataclass(frozen=True)
class Validation:
    """Validation rows with their measure.

    Parameters
    ----------
    forward : Forward
        Of the network that is trained.
    rows : Rows
    score : callable
        `score(prediction, rows)`, larger is better.
    """

    forward: Forward
    rows: Rows
    score: Score

    def measure(self) -> tuple[float, float]:
        """The loss and the score; the score is NaN where a prediction is not finite."""
        prediction = self.forward.predict(self.rows)
        finite = bool(np.isfinite(prediction).all())
        return self.forward.loss(self.rows), (
            self.score(prediction, self.rows) if finite else float("nan")
        )
