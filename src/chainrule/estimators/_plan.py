"""How an estimator's parameters reach the optimizer and the loop of epochs."""

from typing import Any

import numpy as np

from chainrule.formulas import (
    OPTIMIZERS,
    Constant,
    Course,
    OptimizerChoice,
    Plateau,
    SoftSharing,
    course_of,
    lookup,
    weight_prior_of,
)
from chainrule.training import Descending
from chainrule.training.courses import Courses
from chainrule.training.stopping import (
    AverageLoss,
    GradientNorm,
    LossTolerance,
    MaxEpochs,
    StoppingRule,
    ValidationPatience,
    WeightChange,
)

from ._solvers import first_rate, method_of, weight_decay_of

# The constructor's parameters that an optimizer's rule reads.
_RULE_PARAMETERS = ("momentum", "beta_1", "beta_2", "epsilon")

# What `stopping` takes by name: rules that have defaults.
STOPPING_RULES: dict[str, type[StoppingRule]] = {
    "loss_tolerance": LossTolerance,
    "average_loss": AverageLoss,
    "weight_change": WeightChange,
    "gradient_norm": GradientNorm,
    "patience": ValidationPatience,
}


def rules_of(estimator: Any) -> tuple[StoppingRule, ...]:
    """The rules of `stopping`, as a tuple; those given by name with their defaults."""
    stopping = estimator.stopping
    if stopping is None:
        return ()
    alone = isinstance(stopping, StoppingRule | str)
    rules = (stopping,) if alone else tuple(stopping)
    return tuple(_rule(rule) if isinstance(rule, str) else rule for rule in rules)


def _rule(name: str) -> StoppingRule:
    return lookup(STOPPING_RULES, "stopping", name)()


def runs_all_epochs(estimator: Any) -> bool:
    """Whether `schedule` plans every epoch: then its last one is the wanted end."""
    course = _course(estimator.schedule)
    return course is not None and not isinstance(course, Constant | Plateau)


def prior_of(estimator: Any) -> SoftSharing | None:
    """The settings of `weight_prior`, also where they are given by name."""
    prior = estimator.weight_prior
    return None if prior is None else weight_prior_of(prior)


def most_epochs(estimator: Any) -> int:
    """`max_iter`, or what `MaxEpochs` says in its place."""
    said = [rule.epochs for rule in rules_of(estimator) if isinstance(rule, MaxEpochs)]
    return min(said) if said else int(estimator.max_iter)


def plan_of(estimator: Any, rate: float, l2: float) -> Descending:
    """How to descend; `rate` is the learning rate to begin with, `l2` the whole strength."""
    rules = rules_of(estimator)
    # Where a schedule makes the rate small for a while, a loss that stands still says nothing.
    ends_else = rules or (runs_all_epochs(estimator) and not estimator.early_stopping)
    choice = estimator.solver if isinstance(estimator.solver, OptimizerChoice) else None
    defaults = dict(OPTIMIZERS[method_of(estimator)].defaults)
    defaults.pop("learning_rate", None)
    settings = {name: getattr(estimator, name) for name in _RULE_PARAMETERS}
    settings |= defaults | dict(choice.settings if choice is not None else {})
    return Descending(
        learning_rate=rate,
        learning_rate_init=first_rate(estimator),
        max_epochs=most_epochs(estimator),
        alpha=estimator.alpha,
        l1=estimator.l1,
        l2=l2,
        weight_decay=weight_decay_of(estimator),
        clip_value=_or_any(estimator.clip_value),
        clip_norm=_or_any(estimator.clip_norm),
        max_norm=_or_any(estimator.max_norm),
        mixup=estimator.mixup,
        schedule=estimator.learning_rate if estimator.solver == "sgd" else "constant",
        power_t=estimator.power_t,
        courses=_courses(estimator),
        tol=estimator.tol,
        n_iter_no_change=np.inf if ends_else else estimator.n_iter_no_change,
        rules=rules,
        shuffle=estimator.shuffle,
        verbose=bool(estimator.verbose),
        **settings,
    )


def _or_any(bound: float | None) -> float:
    return np.inf if bound is None else float(bound)


def _courses(estimator: Any) -> Courses:
    return Courses(
        learning_rate=_course(estimator.schedule),
        momentum=_course(estimator.momentum_schedule),
        weight_decay=_course(estimator.weight_decay_schedule),
        noise=_course(estimator.dropout_schedule),
    )


def _course(course: Any) -> Course | Plateau | None:
    return None if course is None else course_of(course)
