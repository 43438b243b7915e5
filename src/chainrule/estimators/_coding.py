"""How class numbers become targets, and outputs class numbers again."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PIECE = 65_536


@dataclass(frozen=True)
class Coding:
    """The coding of one or several targets with classes 0, 1, ...

    Parameters
    ----------
    groups : tuple of int
        Outputs of each target: 1 for two classes told apart by one output, else one for each class.
    low : float
        The number that says "not this class": 0, or -1 for losses of a margin. The other is 1.
    codes : bool
        A single target goes to the engine as int32 class numbers, which the tape makes one-hot.
    threshold : float
        A lone output above it says class 1.
    """

    groups: tuple[int, ...]
    low: float
    codes: bool
    threshold: float

    def encode(self, numbers: NDArray[Any], dtype: Any) -> NDArray[Any]:
        """Targets as the engine reads them, given class numbers (rows, targets); NaN: unknown."""
        if self.codes:
            codes: NDArray[Any] = numbers[:, 0].astype(np.int32, copy=False)
            return codes
        parts = [
            column if width == 1 else _one_hot(column, width)
            for column, width in zip(numbers.T[:, :, None], self.groups, strict=True)
        ]
        targets = np.concatenate(parts, axis=1)
        return np.ascontiguousarray(self.low + (1.0 - self.low) * targets, dtype=dtype)

    def smoothed(self, targets: NDArray[Any], smoothing: float) -> NDArray[Any]:
        """0 and 1 moved towards each other: t (1 - s) + s / classes."""
        classes = np.repeat(np.maximum(self.groups, 2), self.groups)
        moved = targets * (1.0 - smoothing) + smoothing / classes
        return np.asarray(moved, dtype=targets.dtype)

    def decide(self, outputs: NDArray[Any]) -> NDArray[np.intp]:
        """Class numbers, of shape (rows, targets): the largest output's."""
        return self._by_target(outputs, self.threshold)

    def known(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Class numbers of encoded targets; NaN: unknown."""
        if self.codes:
            return np.asarray(targets, np.float64).reshape(-1, 1)
        numbers = self._by_target(targets, (self.low + 1.0) / 2.0).astype(np.float64)
        starts = np.cumsum((0, *self.groups[:-1]))
        return np.where(np.isnan(targets[:, starts]), np.nan, numbers)

    def _by_target(self, values: NDArray[Any], threshold: float) -> NDArray[np.intp]:
        if max(self.groups) == 1:
            return (values > threshold).astype(np.intp)
        if len(self.groups) == 1:
            largest: NDArray[np.intp] = values.argmax(axis=1)[:, np.newaxis]
            return largest
        chosen, start = np.empty((len(values), len(self.groups)), np.intp), 0
        for target, width in enumerate(self.groups):
            own = values[:, start : start + width]
            chosen[:, target] = own[:, 0] > threshold if width == 1 else own.argmax(axis=1)
            start += width
        return chosen


@lru_cache(maxsize=256)
def coding_of(groups: tuple[int, ...], low: float, codes: bool, threshold: float) -> Coding:
    """The coding, made once: a prediction of one row asks for it each time."""
    return Coding(groups, low, codes, threshold)


def class_numbers(classes: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.int32]:
    """Where each label stands among the sorted classes; in pieces, so that no array is larger."""
    codes = np.empty(len(labels), np.int32)
    for first in range(0, len(labels), _PIECE):
        piece = slice(first, first + _PIECE)
        codes[piece] = np.searchsorted(classes, labels[piece])
    return codes


def _one_hot(column: NDArray[Any], width: int) -> NDArray[Any]:
    """Ones in the class's place; a row of NaN where it is unknown."""
    hot: NDArray[Any] = (column == np.arange(width)).astype(np.float64)
    hot[np.isnan(column[:, 0])] = np.nan
    return hot


def accuracy(chosen: NDArray[Any], known: NDArray[Any], weight: NDArray[Any] | None) -> float:
    """The share of rows whose known labels are all right; rows without one do not count."""
    unknown = np.isnan(known)
    right = ((chosen == known) | unknown).all(axis=1)
    counted = ~unknown.all(axis=1)
    if not counted.all():
        right, weight = right[counted], None if weight is None else weight[counted]
    return float(np.average(right, weights=weight))
