"""Search for the settings of a table's model by cross-validation, with Optuna."""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold

from chainrule.exceptions import DataError, DivergenceError, TrainingInterruptedWarning

from ..model_settings import estimator_of
from ..networks.measures import scorer_of
from ..reading.frames import Frame
from ..recipes import CLASSIFICATION
from .space import preset_trial, suggest

METRICS = {"classification": "accuracy", "regression": "neg_root_mean_squared_error"}
# Trials before one may be given up after a fold whose score is below the others' median.
BEFORE_PRUNING = 5
_NAME = "chainrule"
_MADE_FOR = "made_for"


@dataclass(frozen=True)
class Problem:
    """The rows to search on, and what stays as it is in all trials."""

    features: Frame
    target: NDArray[Any]
    task: str
    preset: str
    metric: str
    folds: int
    seed: int
    settings: dict[str, Any]

    def fingerprint(self) -> dict[str, Any]:
        """What must be alike for scores to be comparable."""
        fixed = {name: repr(value) for name, value in sorted(self.settings.items())}
        plain = {
            "task": self.task,
            "preset": self.preset,
            "metric": self.metric,
            "folds": self.folds,
            "seed": self.seed,
            "rows": len(self.target),
            "columns": sorted(self.features.columns),
            "settings": fixed,
        }
        found: dict[str, Any] = json.loads(json.dumps(plain))
        return found


def import_optuna() -> Any:
    """Import Optuna, or say how to get it."""
    try:
        import optuna
    except ImportError as error:
        raise DataError(
            "optuna must be installed for a search, got no module of that name. "
            'Run: python -m pip install "chainrule[tune]"'
        ) from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def open_study(problem: Problem, path: Path | None) -> Any:
    """A new Optuna study, or that of the file `path` (Optuna's journal, a line for each event).

    DataError for a file that is no study, or one of another problem.
    """
    optuna = import_optuna()
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    if path is not None:
        _check_journal(path)
    try:
        storage = JournalStorage(JournalFileBackend(str(path))) if path is not None else None
        study = optuna.create_study(
            storage=storage,
            study_name=_NAME,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=BEFORE_PRUNING),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"study must be a file that chainrule tune made, got {str(path)!r} ({error}). "
            "Choose another name."
        ) from error
    known, wanted = study.user_attrs.get(_MADE_FOR), problem.fingerprint()
    if known is None:
        study.set_user_attr(_MADE_FOR, wanted)
        study.enqueue_trial(preset_trial(problem.task, problem.preset))
    elif known != wanted:
        name = next(name for name in wanted if known.get(name) != wanted[name])
        raise DataError(
            f"study must be of the same search, got {str(path)!r}, whose {name} was "
            f"{known.get(name)!r} and not {wanted[name]!r}. Choose another name."
        )
    # Seeded by what was done, so that going on does not repeat it.
    study.sampler = optuna.samplers.TPESampler(seed=problem.seed + len(study.trials))
    return study


def _check_journal(path: Path) -> None:
    """Refuse a file that is no journal before a line is written to it."""
    try:
        with path.open("rb") as file:
            line = file.readline()
        sound = not line or "op_code" in json.loads(line)
    except FileNotFoundError:
        return
    except (OSError, ValueError, TypeError):
        sound = False
    if not sound:
        raise DataError(
            f"study must be a file that chainrule tune made, got {str(path)!r}. Choose another "
            "name."
        )


def finished(study: Any) -> list[Any]:
    """The trials with a score of all folds, best first."""
    done = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    return sorted(done, key=lambda trial: -trial.value)


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
    return suggest(_Kept(trial.params), problem.task, problem.preset)


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

    own = {**problem.settings, **suggest(trial, problem.task, problem.preset)}
    scorer, scores = scorer_of(problem.metric), list[float]()
    for number, (train, held) in enumerate(_folds(problem)):
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


def _folds(problem: Problem) -> Any:
    rows = np.zeros((len(problem.target), 1))
    if problem.task != CLASSIFICATION:
        return KFold(problem.folds, shuffle=True, random_state=problem.seed).split(rows)
    folds = StratifiedKFold(problem.folds, shuffle=True, random_state=problem.seed)
    return _quietly(lambda: list(folds.split(rows, problem.target)))


def _quietly(make: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        # Of classes with fewer rows than folds.
        warnings.simplefilter("ignore")
        return make()
