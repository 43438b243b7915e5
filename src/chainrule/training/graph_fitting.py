"""How a `GraphModel` is fitted: the settings of one call, checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.formulas import (
    OPTIMIZERS,
    AdamW,
    Course,
    Optimizer,
    OptimizerChoice,
    Plateau,
    course_of,
    lookup,
)
from chainrule.formulas.given import number, uncalled, whole
from chainrule.graph.tape import Tape

from .courses import Courses
from .descending import Descending
from .full_batch import FULL_BATCH_SOLVERS
from .full_batch.problem import FullBatchSolver
from .orders import without_single_rows
from .stopping import StoppingRule, ValidationPatience

OptimizerOrSolver = str | OptimizerChoice | FullBatchSolver
Schedule = str | Course | Plateau | Courses

USUAL_RATE = 0.001
USUAL_BATCH = 32


@dataclass(frozen=True)
class Fitting:
    """What `GraphModel.fit` is given, in the order of its signature."""

    optimizer: OptimizerOrSolver
    epochs: int
    batch_size: int | None
    learning_rate: float | None
    momentum: float
    schedule: Schedule | None
    weight_decay: float | None
    clip_norm: float | None
    clip_value: float | None
    max_norm: float | None
    mixup: float
    shuffle: bool
    stopping: Sequence[StoppingRule]
    tol: float

    def __post_init__(self) -> None:
        for name in ("optimizer", "schedule", "stopping"):
            if message := uncalled(getattr(self, name)):
                raise ValueError(f"{name} must be {message}")
        known = isinstance(self.optimizer, OptimizerChoice) or hasattr(self.optimizer, "solve")
        if not known:
            lookup({**OPTIMIZERS, **FULL_BATCH_SOLVERS}, "optimizer", self.optimizer)
        for message in _mistakes(self):
            raise ValueError(message)

    @property
    def solver(self) -> str | FullBatchSolver | None:
        """The solver that looks at all rows at once; None for a stochastic optimizer."""
        chosen = self.optimizer
        if isinstance(chosen, str):
            return chosen if chosen in FULL_BATCH_SOLVERS else None
        return None if isinstance(chosen, OptimizerChoice) else chosen

    @property
    def method(self) -> str:
        """The stochastic optimizer's row in `OPTIMIZERS`."""
        chosen = self.optimizer
        return chosen.name if isinstance(chosen, OptimizerChoice) else str(chosen)

    @property
    def _row(self) -> Optimizer:
        return OPTIMIZERS[self.method]

    def batch_rows(self, rows: int, tape: Tape) -> int:
        """Rows of a batch of a network.

        Raises
        ------
        ValueError
            A single row where batch normalisation needs a variance.
        """
        batch = min(USUAL_BATCH if self.batch_size is None else self.batch_size, rows)
        if all(line.operation != "batch_norm" for line in tape.instructions):
            return batch
        if batch == 1:
            name, got = ("X", "1 row") if rows == 1 else ("batch_size", "1")
            raise ValueError(
                f"{name} must be at least 2 rows for BatchNorm, since a single row has no "
                f"variance, got {got}. Take LayerNorm, which looks at one row at a time."
            )
        return without_single_rows(batch, rows)

    def plan(self, alpha: float, l1: float, l2: float) -> Descending:
        """How to descend, given the strengths of the penalties."""
        choice = self.optimizer if isinstance(self.optimizer, OptimizerChoice) else None
        settings: dict[str, Any] = {"momentum": self.momentum, **self._row.defaults}
        usual = settings.pop("learning_rate", USUAL_RATE)
        settings |= {} if choice is None else choice.settings
        rate = usual if self.learning_rate is None else self.learning_rate
        return Descending(
            learning_rate=rate,
            learning_rate_init=rate,
            max_epochs=self.epochs,
            alpha=alpha,
            l1=l1,
            l2=l2,
            weight_decay=self._weight_decay(),
            clip_norm=_or_any(self.clip_norm),
            clip_value=_or_any(self.clip_value),
            max_norm=_or_any(self.max_norm),
            mixup=self.mixup,
            courses=self._courses(),
            rules=tuple(self.stopping),
            shuffle=self.shuffle,
            **settings,
        )

    def _weight_decay(self) -> float:
        """As given; where it is None, what the optimizer brings along."""
        if self.weight_decay is not None:
            return self.weight_decay
        if isinstance(self.optimizer, AdamW):
            return self.optimizer.weight_decay
        return AdamW().weight_decay if self.optimizer == "adamw" else 0.0

    def _courses(self) -> Courses:
        if isinstance(self.schedule, Courses):
            return self.schedule
        return Courses() if self.schedule is None else Courses(course_of(self.schedule))


def _or_any(bound: float | None) -> float:
    return np.inf if bound is None else bound


def _mistakes(fitting: Fitting) -> Iterator[str]:
    for name in ("batch_size", "epochs"):
        value = getattr(fitting, name)
        if not (whole(value) >= 1 or (value is None and name == "batch_size")):
            yield f"{name} must be at least 1, got {value!r}. Give a whole number."
    for name in ("learning_rate", "clip_norm", "clip_value", "max_norm"):
        value = getattr(fitting, name)
        if value is not None and not number(value) > 0:
            yield f"{name} must be positive, got {value!r}. None leaves it at what is usual."
    for name in ("weight_decay", "mixup", "tol"):
        value = getattr(fitting, name)
        if not (number(value) >= 0 or (value is None and name == "weight_decay")):
            yield f"{name} must be at least 0, got {value!r}. 0 leaves it out."
    if not 0.0 <= number(fitting.momentum) <= 1.0:
        yield (
            f"momentum must be in [0, 1], got {fitting.momentum!r}. It is the share of the "
            "velocity that is kept."
        )
    if not isinstance(fitting.shuffle, bool | np.bool_):
        yield f"shuffle must be True or False, got {fitting.shuffle!r}. True is usual."
    if not isinstance(fitting.stopping, list | tuple):
        yield (
            f"stopping must be a list of rules, got {fitting.stopping!r}. Put brackets around it, "
            "or leave it out."
        )
        return
    for rule in fitting.stopping:
        if not isinstance(rule, StoppingRule):
            yield f"stopping must hold rules, got {rule!r}. Take GradientNorm(), for example."
        if isinstance(rule, ValidationPatience):
            yield (
                f"stopping must be without ValidationPatience for a GraphModel, got {rule!r}. It "
                "knows no validation rows; take LossTolerance(), or MLPRegressor."
            )
    yield from _full_batch_mistakes(fitting)


# What only a stochastic optimizer reads, with the value that leaves it out.
_STOCHASTIC_ONLY: dict[str, Any] = {
    "batch_size": None,
    "learning_rate": None,
    "schedule": None,
    "weight_decay": None,
    "clip_norm": None,
    "clip_value": None,
    "max_norm": None,
    "mixup": 0.0,
}


def _full_batch_mistakes(fitting: Fitting) -> Iterator[str]:
    solver = fitting.solver
    if solver is None:
        return
    for name, left_out in _STOCHASTIC_ONLY.items():
        value = getattr(fitting, name)
        if value != left_out:
            shown = solver if isinstance(solver, str) else solver.name
            yield (
                f"{name} must be {left_out} for the full-batch solver {shown!r}, got {value!r}. "
                "Leave it out, or take optimizer='adam'."
            )
