"""The course of a fit as an estimator's attributes, and back where a fit goes on."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.training import History
from chainrule.training.weight_mixture import weight_mixture

from ._plan import prior_of
from ._solvers import is_stochastic

# What a run writes on the estimator besides weights.
ATTRIBUTES = (
    "n_iter_",
    "loss_",
    "t_",
    "loss_curve_",
    "validation_loss_curve_",
    "validation_scores_",
    "best_loss_",
    "best_validation_score_",
    "stopped_by_",
    "gradient_norms_",
    "evidence_",
    "_no_improvement_count",
    "_optimizer_state",
)


def forget(estimator: Any, *, keeps_best: bool) -> None:
    """Set what a fit begins with in place of what an earlier one left."""
    for name in ("_optimizer_state", "gradient_norms_", "evidence_", "validation_scores_"):
        estimator.__dict__.pop(name, None)
    estimator.n_iter_ = 0
    estimator.t_ = 0
    estimator._no_improvement_count = 0
    estimator.loss_curve_ = []
    estimator.validation_loss_curve_ = None
    if is_stochastic(estimator.solver):
        estimator.best_loss_ = None if keeps_best else np.inf
    if is_stochastic(estimator.solver) or keeps_best:
        estimator.validation_scores_ = [] if keeps_best else None
        estimator.best_validation_score_ = -np.inf if keeps_best else None


def history_of(estimator: Any, parameters: NDArray[Any], *, keeps_best: bool) -> History:
    """The history that a fit goes on with."""
    # A warm start goes on from the best weights of the fit before, and keeps them until it
    # beats their score.
    scores = getattr(estimator, "validation_scores_", None)
    return History(
        early_stopping=keeps_best,
        samples_seen=estimator.t_,
        loss_curve=estimator.loss_curve_,
        validation_loss_curve=estimator.validation_loss_curve_,
        validation_scores=scores,
        best_loss=getattr(estimator, "best_loss_", np.inf),
        best_validation_score=getattr(estimator, "best_validation_score_", None),
        no_improvement_count=estimator._no_improvement_count,
        best_parameters=parameters.copy() if keeps_best and scores else None,
    )


def keep(estimator: Any, history: History, *, validated: bool) -> None:
    """Copy the course of the fit to the estimator's attributes."""
    estimator.n_iter_ = history.epochs
    estimator.loss_ = history.loss
    estimator.t_ = history.samples_seen
    estimator.loss_curve_ = history.loss_curve
    estimator.validation_loss_curve_ = history.validation_loss_curve
    estimator.stopped_by_ = history.stopped_by
    estimator._no_improvement_count = history.no_improvement_count
    if history.evidence:
        names = [field.name for field in fields(history.evidence[0])]
        estimator.evidence_ = {
            name: np.array([getattr(state, name) for state in history.evidence]) for name in names
        }
    stochastic = is_stochastic(estimator.solver)
    if stochastic or validated:
        estimator.validation_scores_ = history.validation_scores
    if stochastic:
        estimator.best_loss_ = history.best_loss
    if stochastic or history.early_stopping:
        estimator.best_validation_score_ = history.best_validation_score


def keep_prior(estimator: Any, learned: NDArray[Any] | None) -> None:
    """Copy what a prior of the weights has learned, as it is and for people."""
    for name in ("_weight_prior", "weight_mixture_"):
        estimator.__dict__.pop(name, None)
    prior = prior_of(estimator)
    if prior is not None and learned is not None:
        estimator._weight_prior = learned.copy()
        estimator.weight_mixture_ = weight_mixture(prior, learned)


@dataclass(frozen=True)
class Outcome:
    """One of several runs from different first weights."""

    quality: float
    """Larger is better: the validation score where there is one, else minus the loss."""
    parameters: NDArray[Any]
    attributes: dict[str, Any]

    @classmethod
    def of(cls, estimator: Any, parameters: NDArray[Any], *, validated: bool) -> "Outcome":
        """What an estimator's last run came to."""
        kept = {name: vars(estimator)[name] for name in ATTRIBUTES if name in vars(estimator)}
        best = kept.get("best_validation_score_")
        quality = -estimator.loss_
        if validated:
            quality = kept["validation_scores_"][-1] if best is None else best
        return cls(quality, parameters.copy(), kept)

    def give(self, estimator: Any) -> None:
        """Let an estimator have this run's attributes."""
        vars(estimator).update(self.attributes)
