"""What a search is to solve: rows, a task and a metric, scored by cross-validation."""

import json
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold

from ..reading.frames import Frame
from ..recipes import CLASSIFICATION
from .digest import digest_of
from .space import space_of

METRICS = {"classification": "accuracy", "regression": "neg_root_mean_squared_error"}

# Entries of a fingerprint that are digests.
TARGET_VALUES, FEATURE_VALUES = "target values", "feature values"


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
            "space": list(space_of(self.task, self.preset, self.settings)),
            TARGET_VALUES: digest_of(self.target),
            FEATURE_VALUES: digest_of(self.features),
        }
        found: dict[str, Any] = json.loads(json.dumps(plain))
        return found

    def parts(self) -> Any:
        """The rows of each fold's training, and those held out of it."""
        rows = np.zeros((len(self.target), 1))
        if self.task != CLASSIFICATION:
            return KFold(self.folds, shuffle=True, random_state=self.seed).split(rows)
        folds = StratifiedKFold(self.folds, shuffle=True, random_state=self.seed)
        with warnings.catch_warnings():
            # Of classes with fewer rows than folds.
            warnings.simplefilter("ignore")
            return list(folds.split(rows, self.target))
