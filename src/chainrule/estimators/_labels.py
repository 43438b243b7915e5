"""Class labels: which there are, and their numbers 0, 1, ... for each target."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets

from ._missing import refuse_unknown_targets, unknown_of


@dataclass(frozen=True)
class SeveralLabels:
    """Several targets a row, some of them perhaps unknown, as columns of labels.

    `y[rows]` takes some rows, as of an array.
    """

    labels: NDArray[Any]
    """Of shape (rows, targets); what stands where a label is unknown means nothing."""
    unknown: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: Any) -> "SeveralLabels":
        return SeveralLabels(self.labels[rows], self.unknown[rows])

    def known_column(self, target: int) -> NDArray[Any]:
        """The known labels of one target, in their own type."""
        return np.array(self.labels[~self.unknown[:, target], target].tolist())

    @property
    def are_bits(self) -> bool:
        """Whether every target says 0 or 1: several labels, each there or not."""
        columns = (self.known_column(target) for target in range(self.labels.shape[1]))
        return all(c.dtype.kind in "biuf" and bool(np.isin(c, (0, 1)).all()) for c in columns)

    def classes(self) -> list[NDArray[Any]]:
        """The labels of each target, sorted."""
        return [np.unique(self.known_column(target)) for target in range(self.labels.shape[1])]

    def numbers(self, classes: list[NDArray[Any]]) -> NDArray[np.float64]:
        """The place of each label among its target's classes, of shape (rows, targets)."""
        found = np.full(self.labels.shape, np.nan)
        for target, names in enumerate(classes):
            column = self.known_column(target)
            if len(column):
                place = np.minimum(np.searchsorted(names, column), len(names) - 1)
                found[~self.unknown[:, target], target] = place
        return found


def several_labels(y: Any, name: str, *, columns: bool = False) -> SeveralLabels | None:
    """Targets that scikit-learn's checks do not know: missing labels, or several class columns.

    None for one target, and for several labels of 0 and 1 that are all known; where `columns` says
    that each column has classes of its own, these come as columns too.
    """
    unknown = unknown_of(y)
    if unknown is None and not _class_columns(y, columns=columns):
        return None
    labels = np.asarray(y)
    if unknown is None:
        unknown = np.zeros(labels.shape, dtype=bool)
    if name == "y":
        refuse_unknown_targets(unknown, y, name)
    several = SeveralLabels(labels, unknown)
    for target in range(labels.shape[1]):
        column = several.known_column(target)
        if len(column):
            check_classification_targets(column)
    return several


def _class_columns(y: Any, *, columns: bool) -> bool:
    """Whether there are several columns, and more than two labels in all where not told so."""
    if y is None or hasattr(y, "toarray"):
        return False
    array = np.asarray(y)
    if array.ndim != 2 or array.shape[1] < 2:
        return False
    if columns or array.dtype.kind in "OUT":
        return True
    return bool(array.dtype.kind in "biuf" and len(np.unique(array)) > 2)
