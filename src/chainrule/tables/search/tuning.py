"""Search for the settings of a table's model by cross-validation, with Optuna."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.exceptions import DivergenceError, TrainingInterruptedWarning

from ..model_settings import estimator_of
from ..networks.measures import scorer_of
from .problem import Problem
from .space import suggest


def search(
    problem: Problem,
    study: Any,
    trials: int,
    seconds: float | None = None,
    on_trial: Callable[[Any, int], None] | None = None,
) -> None:
    """Run trials until the study has `trials` of them, or the time is over.

    `on_trial(study, ended)` is called after each. Ctrl-C raises KeyboardInterrupt; what has ended
    is kept.
    """
    left = trials - _ended(study)
    if left <= 0:
        return

    def tell(study: Any, trial: Any) -> None:
        if on_trial is not None:
            on_trial(study, _ended(study))

    study.optimize(
        lambda trial: _score(problem, trial), n_trials=left, timeout=seconds, callbacks=[tell]
    )


def settings_of(problem: Problem, trial: Any) -> dict[str, Any]:
    """The settings of a trial, for the estimator."""
    return {**problem.settings, **found_in(problem, trial)}


def found_in(problem: Problem, trial: Any) -> dict[str, Any]:
    """What a trial chose out of the space."""
    return suggest(_Kept(trial.params), problem.task, problem.preset, problem.settings)


def _ended(study: Any) -> int:
    return sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in study.trials)


class _Kept:
    """A trial that has ended, in the shape of one that is asked."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        return self._params[name]

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
        return float(self._params[name])


def _score(problem: Problem, trial: Any) -> float:
    """The mean score of the folds; a trial that is worse than most on some is given up."""
    from optuna import TrialPruned

    found = suggest(trial, problem.task, problem.preset, problem.settings)
    own = {**problem.settings, **found}
    scorer, scores = scorer_of(problem.metric), list[float]()
    for number, (train, held) in enumerate(problem.parts()):
        estimator = estimator_of(problem.task, own, problem.seed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", TrainingInterruptedWarning)
                estimator.fit(problem.features[train], problem.target[train])
        except TrainingInterruptedWarning as error:
            raise KeyboardInterrupt from error
        except DivergenceError as error:
            raise TrialPruned(str(error)) from error
        scores.append(float(scorer(estimator, problem.features[held], problem.target[held])))
        trial.report(float(np.mean(scores)), number)
        if number + 1 < problem.folds and trial.should_prune():
            raise TrialPruned
    return float(np.mean(scores))
