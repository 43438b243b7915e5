"""The presets of chainrule's estimators for tables, which take a data frame as it is."""

from typing import Any


def preset(task: str, seed: int, name: str) -> Any:
    """Return the estimator with that preset."""
    from chainrule import TableClassifier, TableRegressor

    kind = TableRegressor if task == "regression" else TableClassifier
    return kind(preset=name, random_state=seed)
