"""Gradient boosting with default settings and each library's own treatment of categories."""

from typing import Any

import pandas as pd

from .frames import Prepared, as_text, categorical


def lightgbm(task: str, seed: int) -> Any:
    """Return LightGBM: reads pandas categories and missing values by itself."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMRegressor if task == "regression" else LGBMClassifier
    return PandasCategories(kind(random_state=seed, verbose=-1))


def xgboost(task: str, seed: int) -> Any:
    """Return XGBoost: reads pandas categories when asked to, and missing values by itself."""
    from xgboost import XGBClassifier, XGBRegressor

    kind = XGBRegressor if task == "regression" else XGBClassifier
    return PandasCategories(kind(random_state=seed, enable_categorical=True))


def catboost(task: str, seed: int) -> Any:
    """Return CatBoost: wants the categorical columns named; reads missing numbers by itself."""
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostRegressor if task == "regression" else CatBoostClassifier
    return NamedCategories(kind(random_seed=seed, verbose=False, allow_writing_files=False))


class PandasCategories(Prepared):
    """Categorical columns as pandas categories; one that training did not have is missing."""

    def _learn(self, X: pd.DataFrame) -> None:
        self._columns = categorical(X)
        text = as_text(X, self._columns)
        self._types = {name: text[name].astype("category").dtype for name in self._columns}

    def _prepared(self, X: pd.DataFrame) -> pd.DataFrame:
        return as_text(X, self._columns).astype(self._types)


class NamedCategories(Prepared):
    """Categorical columns as text, and missing values, which CatBoost refuses, as a category."""

    def _learn(self, X: pd.DataFrame) -> None:
        self._columns = categorical(X)
        self._estimator.set_params(cat_features=self._columns)

    def _prepared(self, X: pd.DataFrame) -> pd.DataFrame:
        return as_text(X, self._columns).fillna(dict.fromkeys(self._columns, "missing"))
