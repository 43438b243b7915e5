"""A table of numbers and categories, and the two encoders that are measured on it."""

from typing import Any

import numpy as np

NUMBERS, WHOLE_NUMBERS, CATEGORIES = 25, 5, 20
COLUMNS = NUMBERS + WHOLE_NUMBERS + CATEGORIES
FEWEST_LEVELS, MOST_LEVELS = 3, 12

OURS, REFERENCE = "chainrule", "scikit-learn"
LIBRARIES = (OURS, REFERENCE)
SCALES = ("standard", "robust")
CONTAINERS = ("pandas text", "pandas category", "polars text")


def make_table(rows: int, container: str) -> Any:
    """Return the table: floats, whole numbers, and text of 3 to 12 levels."""
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    for i in range(NUMBERS):
        columns[f"number {i}"] = rng.standard_normal(rows) * 10.0 ** (i % 5)
    for i in range(WHOLE_NUMBERS):
        columns[f"whole number {i}"] = rng.integers(1000, size=rows)
    words = np.array([f"level {i}" for i in range(MOST_LEVELS)], dtype=object)
    for i in range(CATEGORIES):
        levels = FEWEST_LEVELS + i % (MOST_LEVELS - FEWEST_LEVELS + 1)
        columns[f"category {i}"] = words[rng.integers(levels, size=rows)]
    if container.startswith("polars"):
        import polars as pl

        return pl.DataFrame(columns)
    import pandas as pd

    dtype = "category" if container.endswith("category") else "str"
    types = {f"category {i}": dtype for i in range(CATEGORIES)}
    return pd.DataFrame(columns).astype(types)


def make_encoder(library: str, scale: str, table: Any) -> Any:
    """Return an encoder of that library that scales numbers and one-hot encodes categories."""
    if library == OURS:
        from chainrule.tables import TableEncoder

        return TableEncoder(numeric=scale)
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, RobustScaler, StandardScaler

    scaler = {"standard": StandardScaler, "robust": RobustScaler}[scale]()
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    categories = [name for name in table.columns if name.startswith("category")]
    numbers = [name for name in table.columns if name not in categories]
    return ColumnTransformer([("numbers", scaler, numbers), ("categories", one_hot, categories)])
