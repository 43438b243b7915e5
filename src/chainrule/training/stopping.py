"""Rules that say when training has gone on for long enough.

A rule is a small object of settings. `start()` gives a fresh watch: a function that sees each
epoch as it ends and answers with the reason to stop there, or None. Rules combine: the first one
with a reason ends the training. A new rule is one class.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from chainrule.formulas.given import number, whole

from .history import History


@dataclass(frozen=True)
class Moment:
    """An epoch as it ended; what costs time is computed only where a rule asks."""

    history: History
    before: NDArray[Any]
    """The parameters before the epoch."""
    parameters: NDArray[Any]
    seconds: float
    """Since the fit began."""
    gradient: Callable[[], NDArray[Any]] | None = None
    """Gives the gradient of the penalised mean loss over all training rows."""

    @property
    def weight_change(self) -> float:
        """How far the epoch moved the parameters."""
        return float(np.linalg.norm(self.parameters - self.before))

    @property
    def gradient_norm(self) -> float:
        """The norm of the gradient at the parameters at hand."""
        assert self.gradient is not None
        return float(np.linalg.norm(self.gradient()))


Watch = Callable[[Moment], str | None]


@runtime_checkable
class StoppingRule(Protocol):
    """What `stopping=` takes."""

    def start(self) -> Watch:
        """Begin to watch a fit."""


@dataclass(frozen=True)
class MaxEpochs:
    """Stop after so many epochs (of a full-batch solver: iterations); stands in for `max_iter`.

    Definition: t >= epochs after epoch t
    Source: scikit-learn's max_iter.
    """

    epochs: int

    def __post_init__(self) -> None:
        _check_count("epochs", self.epochs)

    def start(self) -> Watch:
        """Compare the number of epochs."""

        def watch(moment: Moment) -> str | None:
            if moment.history.epochs < self.epochs:
                return None
            return f"All of the {self.epochs} epochs were run."

        return watch


@dataclass(frozen=True)
class LossTolerance:
    """Stop when the training loss has not improved by `tol` for `patience` epochs and one more.

    Definition: L(t) > min(L(1), ..., L(t - 1)) - tol in more than `patience` epochs t in a row
    Convention: scikit-learn's rule, with its count.
    Source: scikit-learn's tol and n_iter_no_change.
    """

    tol: float = 1e-4
    patience: float = 10

    def __post_init__(self) -> None:
        _check_size("tol", self.tol)
        _check_count("patience", self.patience)

    def start(self) -> Watch:
        """Count with a history of its own."""
        own, nothing = History(early_stopping=False), np.zeros(0)

        def watch(moment: Moment) -> str | None:
            own.add_loss(moment.history.loss)
            own.judge(self.tol, nothing)
            return self.reason() if own.no_improvement_count > self.patience else None

        return watch

    def reason(self) -> str:
        """The sentence for people."""
        return _no_improvement("Training loss", self.tol, self.patience)


@dataclass(frozen=True)
class AverageLoss:
    """Stop when a running average of the losses falls by no more than `tol` in an epoch.

    Definition: Q(t - 1) - Q(t) <= tol, Q(t) = share * L(t) + (1 - share) * Q(t - 1), Q(1) = L(1)
    Domain: 0 < share <= 1; a small one smooths over epochs that happen to be worse.
    Source: Bottou 2012, "Stochastic gradient descent tricks", and lectures after it.
    """

    share: float = 0.1
    tol: float = 1e-4

    def __post_init__(self) -> None:
        if not 0.0 < number(self.share) <= 1.0:
            raise ValueError(
                f"share must be in (0, 1], got {self.share!r}. It is the part of the newest loss "
                "in the average."
            )
        _check_size("tol", self.tol)

    def start(self) -> Watch:
        """Keep the average."""
        average = float("nan")

        def watch(moment: Moment) -> str | None:
            nonlocal average
            before, loss = average, moment.history.loss
            average = loss if np.isnan(before) else self.share * loss + (1 - self.share) * before
            if np.isnan(before) or before - average > self.tol:
                return None
            return (
                f"The average loss fell by {before - average:.3g}, no more than tol={self.tol:g}."
            )

        return watch


@dataclass(frozen=True)
class WeightChange:
    """Stop when an epoch moves the weights by no more than epsilon.

    Definition: |w(t + 1) - w(t)| <= epsilon, the norm over all parameters
    Source: Dennis and Schnabel 1983, "Numerical methods for unconstrained optimization", section
        7.2, there relative to the size of w.
    """

    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        _check_size("epsilon", self.epsilon)

    def start(self) -> Watch:
        """Compare the parameters before and after."""

        def watch(moment: Moment) -> str | None:
            change = moment.weight_change
            if change > self.epsilon:
                return None
            return f"The weights moved by {change:.3g}, no more than epsilon={self.epsilon:g}."

        return watch


@dataclass(frozen=True)
class GradientNorm:
    """Stop when the gradient is small.

    Costs a pass forward and backward over the rows at each epoch.

    Definition: |g| <= epsilon, g that of the penalised mean loss over all training rows
    Convention: dropout and noise are left out.
    Source: Dennis and Schnabel 1983, "Numerical methods for unconstrained optimization", section
        7.2, there relative to the sizes of w and the loss.
    """

    epsilon: float = 1e-4

    def __post_init__(self) -> None:
        _check_size("epsilon", self.epsilon)

    def start(self) -> Watch:
        """Ask for the gradient."""

        def watch(moment: Moment) -> str | None:
            norm = moment.gradient_norm
            if norm > self.epsilon:
                return None
            return f"The gradient's norm is {norm:.3g}, no more than epsilon={self.epsilon:g}."

        return watch


@dataclass(frozen=True)
class ValidationPatience:
    """Stop when the validation score has not improved by `tol` for `patience` epochs and one more.

    Definition: s(t) < max(s(1), ..., s(t - 1)) + tol in more than `patience` epochs t in a row
    Convention: larger scores are better; the weights of the best epoch are kept.
    Source: Prechelt 1998, "Early stopping - but when?"; the count is scikit-learn's.

    Parameters
    ----------
    patience : int, default=10
    tol : float, default=0.0
    scoring : str, callable or None, default=None
        One of scikit-learn's scorers by name or a callable (estimator, X, y) -> float; "loss" for
        the loss on the validation rows; None for accuracy or R squared.
    """

    patience: float = 10
    tol: float = 0.0
    scoring: Any = None

    def __post_init__(self) -> None:
        _check_count("patience", self.patience)
        _check_size("tol", self.tol)

    def start(self) -> Watch:
        """Count with a history of its own."""
        own, nothing = History(early_stopping=True), np.zeros(0)

        def watch(moment: Moment) -> str | None:
            own.validation_scores = (moment.history.validation_scores or [])[-1:]
            own.judge(self.tol, nothing)
            return self.reason() if own.no_improvement_count > self.patience else None

        return watch

    def reason(self) -> str:
        """The sentence for people."""
        return _no_improvement("Validation score", self.tol, self.patience)


@dataclass(frozen=True)
class TimeLimit:
    """Stop after the epoch in which the fit has taken so many seconds.

    Definition: seconds since the fit began >= `seconds`, looked at when an epoch ends
    Source: a wish of users, not of a paper.
    """

    seconds: float

    def __post_init__(self) -> None:
        _check_size("seconds", self.seconds)

    def start(self) -> Watch:
        """Look at the time."""

        def watch(moment: Moment) -> str | None:
            if moment.seconds < self.seconds:
                return None
            return f"The time limit of {self.seconds:g} s is over."

        return watch


class Stopping:
    """The watches of several rules over one fit."""

    def __init__(self, rules: Sequence[StoppingRule]) -> None:
        self._watches = [rule.start() for rule in rules]

    def reason(self, moment: Moment) -> str | None:
        """The first rule's reason to stop; every watch sees every epoch."""
        reasons = [watch(moment) for watch in self._watches]
        return next((reason for reason in reasons if reason is not None), None)


def _no_improvement(what: str, tol: float, patience: float) -> str:
    return f"{what} did not improve more than tol={tol:f} for {patience} consecutive epochs."


def _check_count(name: str, value: float) -> None:
    endless = name == "patience" and number(value) == np.inf
    if not (endless or whole(value) >= 1):
        raise ValueError(
            f"{name} must be at least 1, got {value!r}. Give a whole number of epochs."
        )


def _check_size(name: str, value: float) -> None:
    if not number(value) >= 0:
        raise ValueError(
            f"{name} must be at least 0, got {value!r}. Give a number that is not less."
        )
