"""The study of a search: Optuna's record of the trials, in memory or in a file."""

import json
from pathlib import Path
from typing import Any

from chainrule.exceptions import DataError

from .problem import FEATURE_VALUES, TARGET_VALUES, Problem
from .space import preset_trial

# Trials before one may be given up after a fold whose score is below the others' median.
BEFORE_PRUNING = 5
_NAME = "chainrule"
_MADE_FOR = "made_for"
_DIGESTS = (TARGET_VALUES, FEATURE_VALUES)


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
        raise _no_study(path, f" ({error})") from error
    known, wanted = study.user_attrs.get(_MADE_FOR), problem.fingerprint()
    if known is not None:
        # Files of earlier versions have no digests of the values; they are taken to be alike.
        known = {name: wanted[name] for name in _DIGESTS} | known
        _check_alike(path, known, wanted)
    study.set_user_attr(_MADE_FOR, wanted)
    first = preset_trial(problem.task, problem.preset, problem.settings)
    if not _has(study, first):
        study.enqueue_trial(first)
    # Seeded by what was done, so that going on does not repeat it.
    study.sampler = optuna.samplers.TPESampler(seed=problem.seed + len(study.trials))
    return study


def _check_alike(path: Path | None, known: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse a study of another search."""
    name = next((name for name in wanted if known.get(name) != wanted[name]), None)
    if name is None:
        return
    others = f"{name} were others"
    if name not in _DIGESTS:
        others = f"{name} was {known.get(name)!r} and not {wanted[name]!r}"
    raise DataError(
        f"study must be of the same search, got {str(path)!r}, whose {others}. Choose another name."
    )


def _has(study: Any, params: dict[str, Any]) -> bool:
    """Whether these settings were tried to the end, or wait to be; not where they broke off."""
    return any(
        trial.params == params
        if trial.state.name in ("COMPLETE", "PRUNED")
        else trial.state.name == "WAITING" and trial.system_attrs.get("fixed_params") == params
        for trial in study.trials
    )


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
        raise _no_study(path)


def _no_study(path: Path | None, why: str = "") -> DataError:
    return DataError(
        f"study must be a file that chainrule tune made, got {str(path)!r}{why}. "
        "Choose another name."
    )


def finished(study: Any) -> list[Any]:
    """The trials with a score of all folds, best first."""
    done = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    return sorted(done, key=lambda trial: -trial.value)
