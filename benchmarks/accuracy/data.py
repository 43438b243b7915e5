"""The development tables: where they are, and their fixed splits."""

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

VARIABLE = "CHAINRULE_TABLES"
BESIDE_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "data"
FILES = ("index.json", "tables.py")
FEW = 300  # a batch and a little: every part of a fit runs

# Of a smaller table the test part is too small for its error to say anything: of the penguins'
# 86 rows one makes the difference between the best model and the worst.
LEAST_ROWS = 500


class NoTablesError(Exception):
    """The folder of tables is not where it was looked for."""


@dataclass(frozen=True)
class Split:
    """A table's training and test part; y holds numbers or class codes from 0."""

    X_train: Any
    X_test: Any
    y_train: np.ndarray
    y_test: np.ndarray
    task: str
    fingerprint: str  # of the test rows: equal for all who were tested on the same rows


def folder(chosen: Path | None = None) -> Path:
    """Return the folder of tables: the one chosen, or the environment's, or the default."""
    path = chosen or Path(os.environ.get(VARIABLE) or BESIDE_THE_REPOSITORY)
    if not all((path / name).is_file() for name in FILES):
        raise NoTablesError(
            f"The tables must be a folder with {' and '.join(FILES)}, got {path}. "
            f"Name it with --data or in the environment variable {VARIABLE}."
        )
    return path.resolve()


def names(path: Path, least_rows: int = 0) -> list[str]:
    """Return the names of the tables with that many rows, the smallest table first."""
    rows = json.loads((path / "index.json").read_text())
    rows = [row for row in rows if row["rows"] >= least_rows]
    return [row["name"] for row in sorted(rows, key=lambda row: row["rows"] * row["columns"])]


def split(path: Path, name: str, seed: int) -> Split:
    """Return the fixed split of a table."""
    X_train, X_test, y_train, y_test, task = _module(path).split(name, seed)
    y_train, y_test = np.asarray(y_train), np.asarray(y_test)
    if task == "regression":
        y_train, y_test = y_train.astype(np.float64), y_test.astype(np.float64)
    else:
        classes, y_train = np.unique(y_train, return_inverse=True)
        y_test = np.searchsorted(classes, y_test)
    test_rows = X_test.index.to_numpy(dtype=np.int64)
    fingerprint = hashlib.sha256(test_rows.tobytes()).hexdigest()[:12]
    X_train, X_test = X_train.reset_index(drop=True), X_test.reset_index(drop=True)
    return Split(X_train, X_test, y_train, y_test, task, fingerprint)


def few(split: Split) -> tuple[Any, np.ndarray]:
    """Return some training rows, of each class a few: enough for a fit that warms up."""
    rows = np.arange(min(FEW, len(split.y_train)))
    if split.task == "regression":
        return split.X_train.iloc[rows], split.y_train[rows]
    classes = split.y_train.max() + 1
    rows = np.concatenate(
        [np.flatnonzero(split.y_train == code)[: FEW // classes] for code in range(classes)]
    )
    return split.X_train.iloc[rows].reset_index(drop=True), split.y_train[rows]


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("development_tables", path / "tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
