"""pytabkit's RealMLP and TabM with default settings, their own validation split included."""

from importlib import import_module
from typing import Any

import pandas as pd

from .frames import Prepared, as_text, categorical


def make(task: str, seed: int, name: str) -> Any:
    """Return the model; it encodes categories and takes missing ones by itself."""
    kind = "Regressor" if task == "regression" else "Classifier"
    model = getattr(import_module("pytabkit"), f"{name}_{kind}")
    return WithoutGaps(model(random_state=seed, device="cpu"))


class WithoutGaps(Prepared):
    """Missing numbers, which pytabkit refuses, filled with the training rows' means."""

    def _learn(self, X: pd.DataFrame) -> None:
        self._columns = categorical(X)
        self._means = X.drop(columns=self._columns).mean()

    def _prepared(self, X: pd.DataFrame) -> pd.DataFrame:
        return as_text(X, self._columns).fillna(self._means)
