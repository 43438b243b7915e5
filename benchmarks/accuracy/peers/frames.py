"""Data frames as the peers want them."""

from typing import Any

import pandas as pd


def categorical(X: pd.DataFrame) -> list[str]:
    """Return the columns that hold categories: text, and numbers marked as categories."""
    return [name for name in X.columns if not pd.api.types.is_numeric_dtype(X[name].dtype)]


def as_text(X: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the frame with these columns as text, missing values still missing."""
    text = {name: X[name].astype(object).map(str, na_action="ignore") for name in columns}
    return X.assign(**text)


class Prepared:
    """An estimator behind a preparation of its frames that is learned from the training rows."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def fit(self, X: pd.DataFrame, y: Any) -> "Prepared":
        """Learn the preparation and fit."""
        self._learn(X)
        self._estimator.fit(self._prepared(X), y)
        return self

    def predict(self, X: pd.DataFrame) -> Any:
        """Return classes or numbers, flat: CatBoost returns one of many classes as a column."""
        return self._estimator.predict(self._prepared(X)).ravel()

    def predict_proba(self, X: pd.DataFrame) -> Any:
        """Return probabilities."""
        return self._estimator.predict_proba(self._prepared(X))

    def _learn(self, X: pd.DataFrame) -> None:
        raise NotImplementedError

    def _prepared(self, X: pd.DataFrame) -> pd.DataFrame:
        raise NotImplementedError
