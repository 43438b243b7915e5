"""What a classifier learns from: its classes, their coding, and the end of its network."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from chainrule.exceptions import DataError

from ._base import BaseMLP
from ._checks import check_table_and_target
from ._class_weight import class_factors, row_factors
from ._coding import Coding, accuracy, class_numbers, coding_of
from ._labels import SeveralLabels, several_labels
from ._problem import Problem, link_of, row_of

_PROBABILITIES = ("logistic", "softmax")
# The kinds of targets, in words.
_KINDS = {
    "classes": "one class a row",
    "labels": "several labels of 0 and 1",
    "targets": "several class columns",
}


def _kind_of(y: Any) -> str:
    """Which of the three a target is that scikit-learn's checks know."""
    check_classification_targets(y)
    if y.ndim == 1:
        return "classes"
    return "labels" if type_of_target(y).startswith("multilabel") else "classes"


class ClassTargets(BaseMLP):
    """Targets that are classes; `_kind` says which of three kinds they are."""

    classes_: Any
    loss: Any
    output_activation: str | None
    class_weight: Any
    label_smoothing: float
    _kind: str
    _groups: tuple[int, ...]

    def _check_data(
        self, X: Any, y: Any, *, incremental: bool, reset: bool, suffix: str = ""
    ) -> tuple[Any, Any]:
        going_on = hasattr(self, "classes_") and (self.warm_start or incremental)
        columns = going_on and self._kind == "targets"
        several = several_labels(y, f"y{suffix}", columns=columns)
        if several is None:
            X, y = check_table_and_target(self, X, y, reset=reset, numeric=False, suffix=suffix)
            kind = _kind_of(y)
            if y.ndim == 2 and y.shape[1] == 1:
                y = column_or_1d(y, warn=True)
        else:
            X, _ = check_table_and_target(
                self, X, np.zeros(len(several)), reset=reset, numeric=False, suffix=suffix
            )
            y, kind = several, "labels" if several.are_bits else "targets"
        if not going_on:
            self._kind = kind
            self.classes_ = self._classes_of(y)
        else:
            self._check_classes(y, kind, suffix, exactly=self.warm_start and not incremental)
        return X, y

    def _classes_of(self, y: Any) -> Any:
        if not isinstance(y, SeveralLabels):
            # Of numbers both give the same; `unique_labels` looks at the kind of target once more.
            numbers = y.dtype.kind in "biuf" and y.ndim == 1
            return np.unique(y) if numbers else unique_labels(y)
        return y.classes() if self._kind == "targets" else np.arange(y.labels.shape[1])

    def _check_classes(self, y: Any, kind: str, suffix: str, *, exactly: bool) -> None:
        if kind == "labels" and self._kind == "targets" and isinstance(y, SeveralLabels):
            kind = "targets"  # few rows may hold no more than two classes of each target
        if kind != self._kind:
            before = _KINDS[self._kind]
            raise ValueError(
                f"y{suffix} must be {before}, as in the fit before, got {_KINDS[kind]}. Fit "
                "afresh for another kind of target."
            )
        if kind == "labels":
            if exactly and len(self._class_lists(y)) != len(self.classes_):
                self._refuse_other_classes(f"{len(self._class_lists(y))} labels")
            return
        known = self._class_lists(y)
        found = y.classes() if isinstance(y, SeveralLabels) else [unique_labels(y)]
        if len(known) != len(found):
            self._refuse_other_classes(f"{len(found)} targets")
        for own, classes in zip(known, found, strict=True):
            new = np.setdiff1d(classes, own).tolist()
            if suffix and new:
                raise DataError(
                    f"y{suffix} must be made of the classes of y, got {new} as well. Leave "
                    "these rows out, or train on such rows too."
                )
            if exactly and set(classes) != set(own):
                self._refuse_other_classes(classes)
            if new:
                raise ValueError(
                    f"`y` has classes not in `self.classes_`. `self.classes_` has {own}. 'y' has "
                    f"{classes}."
                )

    def _refuse_other_classes(self, classes: Any) -> None:
        raise ValueError(
            "warm_start can only be used where `y` has the same classes as in the previous "
            f"call to fit. Previously got {self.classes_}, `y` has {classes}"
        )

    def _class_lists(self, y: Any) -> list[NDArray[Any]]:
        """The classes of each target."""
        if self._kind == "classes":
            return [self.classes_]
        if self._kind == "targets":
            return list(self.classes_)
        width = y.labels.shape[1] if isinstance(y, SeveralLabels) else y.shape[1]
        return [np.arange(2)] * width

    def _numbers(self, y: Any) -> NDArray[Any]:
        """Class numbers of each target, of shape (rows, targets); NaN: unknown."""
        if isinstance(y, SeveralLabels):
            return y.numbers(self._class_lists(y))
        if self._kind == "labels":
            dense: NDArray[Any] = y.toarray() if hasattr(y, "toarray") else y
            return dense
        return class_numbers(self.classes_, y).reshape(-1, 1)

    def _encode(self, y: Any, dtype: Any) -> NDArray[Any]:
        numbers = self._numbers(y)
        return self._coding(self._groups_of(numbers.shape[1])).encode(numbers, dtype)

    def _groups_of(self, targets: int) -> tuple[int, ...]:
        """How many outputs each target has."""
        if self._kind == "labels":
            groups = (1,) * targets
        elif self._kind == "targets":
            groups = tuple(max(2, len(classes)) for classes in self.classes_)
        else:
            groups = (len(self.classes_),) if len(self.classes_) > 2 else (1,)
        if row_of(self.loss).name != "crammer_singer":
            return groups
        if len(groups) > 1:
            raise ValueError(
                "loss must be 'hinge' or 'squared_hinge' for several targets, got "
                "'crammer_singer'. It compares the classes of one target."
            )
        return (max(2, groups[0]),)

    def _coding(self, groups: tuple[int, ...]) -> Coding:
        signs = row_of(self.loss).target == "sign"
        single = self._kind == "classes" and groups[0] > 1
        codes = single and not signs
        low, threshold = (-1.0, 0.0) if signs else (0.0, 0.5)
        return coding_of(tuple(groups), low, codes, threshold)

    def _problem(self, y: NDArray[Any]) -> Problem:
        row = row_of(self.loss)
        groups = self._groups_of(y.shape[-1])
        if row.name == "log_loss":
            row = row_of("binary_log_loss") if max(groups) == 1 else row
            wanted = self.output_activation
            if wanted not in (None, row.link):
                raise ValueError(
                    f"output_activation must be {row.link!r} for loss='log_loss' and such a "
                    f"target, got {wanted!r}. Leave it out, or take loss='squared_error'."
                )
        return Problem(row, link_of(row, self.output_activation), sum(groups), groups)

    def _gives_probabilities(self) -> bool:
        """Whether outputs are probabilities: by the loss or by the output activation."""
        row = row_of(self.loss)
        return (self.output_activation or row.link) in _PROBABILITIES

    @property
    def _smoothing(self) -> float:  # type: ignore[override]
        return self.label_smoothing

    def _smoothed(self, y: NDArray[Any]) -> NDArray[Any]:
        return self._coding(self._groups).smoothed(y, self.label_smoothing)

    def _class_weighted(self, y: Any, weight: Any, X: Any, *, fresh: bool) -> Any:
        if self.class_weight is None:
            return weight
        numbers = self._numbers(y).astype(float)
        if fresh:
            lists = self._class_lists(y)
            self._class_factors = class_factors(self.class_weight, numbers, lists)
        own = row_factors(self._class_factors, numbers)
        whole = own if weight is None else own * weight
        return np.ascontiguousarray(whole, dtype=X.dtype)

    def _stratifies(self, y: NDArray[Any]) -> bool:
        """As in scikit-learn: only two classes are split in proportion."""
        return y.ndim == 2 and y.shape[1] == 1

    def _score(self, prediction: NDArray[Any], rows: Any) -> float:
        y = rows.y if rows.subset is None else rows.y[rows.subset]
        weight = rows.weight
        if weight is not None and rows.subset is not None:
            weight = weight[rows.subset]
        coding = self._coding(self._groups)
        return accuracy(coding.decide(prediction), coding.known(y), weight)
