"""One file a family of peers; MODELS says how each is made, in the process that fits it."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np


class Estimator(Protocol):
    """What the benchmark asks of a model: data frames as they were read, y numbers or codes."""

    def fit(self, X: Any, y: np.ndarray) -> Any:
        """Train on the rows."""
        ...

    def predict(self, X: Any) -> np.ndarray:
        """Return a number or a class code a row."""
        ...

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return a column a class; only classifiers are asked."""
        ...


@dataclass(frozen=True)
class Model:
    """A model of the report: `file.function(task, seed, *arguments)` returns a new estimator."""

    file: str
    function: str
    libraries: tuple[str, ...]  # the first one's version is part of the cache's key
    arguments: tuple[str, ...] = ()

    def make(self, task: str, seed: int) -> Estimator:
        """Return a new estimator; imports its library."""
        module = import_module(f".{self.file}", __name__)
        estimator: Estimator = getattr(module, self.function)(task, seed, *self.arguments)
        return estimator


DATA = ("scikit-learn", "pandas", "numpy")
PYTABKIT = ("pytabkit", "torch", *DATA)
OURS = ("chainrule", "numba", *DATA)
PRESETS = ("fast", "default", "best", "realmlp-td", "realmlp-td-s", "tabm", "mlp")

MODELS = {
    "lightgbm": Model("boosters", "lightgbm", ("lightgbm", *DATA)),
    "catboost": Model("boosters", "catboost", ("catboost", *DATA)),
    "xgboost": Model("boosters", "xgboost", ("xgboost", *DATA)),
    "sklearn-mlp": Model("sklearn_mlp", "mlp", ("scikit-learn", "pandas", "numpy")),
    "realmlp-td": Model("pytabkit_models", "make", PYTABKIT, ("RealMLP_TD",)),
    "realmlp-td-s": Model("pytabkit_models", "make", PYTABKIT, ("RealMLP_TD_S",)),
    "tabm": Model("pytabkit_models", "make", PYTABKIT, ("TabM_D",)),
    **{f"chainrule-{name}": Model("chainrule_tables", "preset", OURS, (name,)) for name in PRESETS},
}
