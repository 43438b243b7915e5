"""What a report is made from: rows with known targets, and a model's answers for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError
from chainrule.tables.reading.frames import Frame, as_frame
from chainrule.tables.recipes import CLASSIFICATION, REGRESSION
from chainrule.tables.values.series import is_missing

TASKS = (CLASSIFICATION, REGRESSION)


@dataclass(frozen=True)
class Part:
    """Some rows: the columns, and the targets as labels (objects) or float64 numbers."""

    features: Frame
    target: NDArray[Any]

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, rows: NDArray[np.intp]) -> "Part":
        return Part(self.features[rows], self.target[rows])


@dataclass(frozen=True)
class Trained:
    """The rows that a model was trained on: their targets, and their columns if at hand."""

    features: Frame | None
    target: NDArray[Any]

    def __len__(self) -> int:
        return len(self.target)


@dataclass(frozen=True)
class Answers:
    """Classes as codes: the position in `labels`, which holds every class seen anywhere.

    `probability` has a column for each of the first `known` labels, the classes of the model.
    """

    labels: tuple[Any, ...]
    known: int
    true: NDArray[np.intp]
    guess: NDArray[np.intp]
    probability: NDArray[np.float64] | None


def read_part(X: Any, y: Any, task: str, name: str) -> Part:
    """Check one part of the rows; `name` is "train" or "test"."""
    features = as_frame(X)
    target = np.asarray(y)
    if target.ndim != 1 or len(target) != len(features):
        raise DataError(
            f"y_{name} must have one value for each of the {len(features)} rows of X_{name}, "
            f"got shape {target.shape}. Pass the target of the same rows."
        )
    return Part(features, _targets(target, task, name))


def read_trained(X: Any, y: Any, task: str) -> Trained:
    """Check what is known of the rows trained on; `X` may be None."""
    if X is not None:
        part = read_part(X, y, task, "train")
        return Trained(part.features, part.target)
    target = np.asarray(y)
    return Trained(None, _targets(target, task, "train"))


def _targets(target: NDArray[Any], task: str, name: str) -> NDArray[Any]:
    return _labels(target, name) if task == CLASSIFICATION else _numbers(target, name)


def _labels(target: NDArray[Any], name: str) -> NDArray[Any]:
    labels = np.empty(len(target), dtype=object)
    labels[:] = target.tolist()
    _refuse(np.array([is_missing(label) for label in labels]), labels, "be known", name)
    return labels


def _numbers(target: NDArray[Any], name: str) -> NDArray[np.float64]:
    try:
        numbers = target.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"y_{name} must hold numbers for regression, got {target.dtype}. "
            "Pass task='classification', or numbers."
        ) from error
    _refuse(~np.isfinite(numbers), numbers, "be a finite number", name)
    return numbers


def _refuse(wrong: NDArray[np.bool_], values: NDArray[Any], rule: str, name: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"y_{name} must {rule} in every row, got {values[row]} in row {row + 1}. "
            "Leave out the rows without a target."
        )


def ordered_classes(model: Any, train: Trained) -> list[Any]:
    """Return the model's classes in its order; those of the training rows where it has none."""
    known = getattr(model, "classes_", None)
    if known is not None:
        return list(np.asarray(known).tolist())
    return sorted(set(train.target.tolist()), key=lambda label: (type(label).__name__, label))


def all_labels(known: Sequence[Any], *more: NDArray[Any]) -> tuple[Any, ...]:
    """Return `known` and after it, sorted, the labels that only `more` has."""
    others = {label for labels in more for label in labels.tolist()} - set(known)
    return (*known, *sorted(others, key=lambda label: (type(label).__name__, label)))


def codes(values: NDArray[Any], labels: Sequence[Any]) -> NDArray[np.intp]:
    """Return the position of each value in `labels`."""
    position = {label: i for i, label in enumerate(labels)}
    return np.array([position[value] for value in values.tolist()], dtype=np.intp)


def predict_classes(
    model: Any, part: Part, known: Sequence[Any], train_target: NDArray[Any]
) -> Answers:
    """Ask a classifier for labels and, where it gives them, probabilities."""
    native = part.features.to_native()
    guess = np.asarray(model.predict(native))
    labels = all_labels(known, part.target, guess, train_target)
    true, guessed = codes(part.target, labels), codes(guess, labels)
    return Answers(labels, len(known), true, guessed, probabilities(model, native, len(known)))


def probabilities(model: Any, native: Any, classes: int) -> NDArray[np.float64] | None:
    """Return float64 probabilities, of shape (rows, classes), or None."""
    if not hasattr(model, "predict_proba"):
        return None
    found = np.asarray(model.predict_proba(native), dtype=np.float64)
    right = found.ndim == 2 and found.shape[1] == classes and bool(np.isfinite(found).all())
    return found if right else None


def predict_numbers(model: Any, part: Part) -> NDArray[np.float64]:
    """Ask a regressor for a number for each row."""
    return np.asarray(model.predict(part.features.to_native()), dtype=np.float64).reshape(-1)
