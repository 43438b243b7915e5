"""A model's scores with their intervals, beside those of a linear and of a trivial model."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from numpy.typing import NDArray

from chainrule.tables.reading.frames import Frame

from .intervals import Interval
from .reference import LINEAR, Linear, Reference, Trivial
from .report import Score
from .words import shown

Values = dict[str, float]
# Longer reasons are of no use to a reader.
LONGEST_REASON = 160


def compare(
    own: Values,
    interval: Callable[[str], Interval],
    linear: Values,
    trivial: Values,
    *,
    higher_is_better: Collection[str],
    in_units: Collection[str] = (),
) -> tuple[Score, ...]:
    """Put the scores side by side; `interval` gives that of the score named."""
    scores = []
    for name, value in own.items():
        low, high = interval(name) or (None, None)
        others = linear.get(name), trivial.get(name)
        kind = name in higher_is_better, name in in_units
        scores.append(Score(name, value, low, high, *others, *kind))
    return tuple(scores)


def score_references(
    features: Frame | None,
    target: NDArray[Any],
    task: str,
    seed: int,
    kinds: Mapping[str, str],
    score: Callable[[Reference], Values],
) -> tuple[Values, Values, tuple[str, ...]]:
    """Fit both on the training rows; return the linear one's scores, the trivial one's, notes.

    Without their columns there is no linear one; `kinds` says what the model took them for.

    A linear model that cannot be had is told of in a note: it is a bonus, and whatever is wrong
    with it must not cost the report.
    """
    trivial = score(Trivial(target, task))
    if features is None:
        return {}, trivial, ()
    try:
        return score(Linear(features, target, task, seed, kinds)), trivial, ()
    except Exception as error:
        reason = shown(str(error).partition("\n")[0], LONGEST_REASON)
        note = f"{LINEAR[task].capitalize()} is left out: it could not be fitted ({reason})."
        return {}, trivial, (note,)
