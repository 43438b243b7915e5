"""Weights of classes as weights of rows."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight


def class_factors(
    class_weight: Any, numbers: NDArray[Any], classes: Sequence[NDArray[Any]]
) -> list[NDArray[np.float64]]:
    """The weight of each class of each target, from the training rows' class numbers.

    "balanced" gives each class rows / (classes * rows of the class), as in scikit-learn; unknown
    labels are left out of the count.
    """
    several = len(classes) > 1
    if several and not (
        class_weight == "balanced"
        or (isinstance(class_weight, list) and len(class_weight) == len(classes))
    ):
        raise ValueError(
            f"class_weight must be 'balanced' or a list of {len(classes)} dicts for so many "
            f"outputs, got {class_weight!r}. Give one dict for each output."
        )
    if not several and isinstance(class_weight, list):
        raise ValueError(
            f"class_weight must be 'balanced' or a dict for one output, got {class_weight!r}. Give "
            "the dict alone."
        )
    given = class_weight if isinstance(class_weight, list) else [class_weight] * len(classes)
    return [
        _of_one_target(weight, column[~np.isnan(column)].astype(np.intp), names)
        for weight, column, names in zip(given, numbers.T, classes, strict=True)
    ]


def _of_one_target(
    weight: Any, numbers: NDArray[np.intp], names: NDArray[Any]
) -> NDArray[np.float64]:
    if isinstance(weight, Mapping):
        _check_numbers(weight, names.tolist())
    present = np.unique(numbers)
    factors = np.ones(len(names))
    factors[present] = compute_class_weight(weight, classes=names[present], y=names[numbers])
    return factors


def _check_numbers(weight: Mapping[Any, Any], names: list[Any]) -> None:
    """Refuse classes that are not there, and numbers that are no weights."""
    for label, value in weight.items():
        # As in scikit-learn: a part of the rows may lack a class that has a weight.
        if label not in names and any(name not in weight for name in names):
            raise ValueError(
                f"class_weight must be of classes that y has, got one for {label!r}. The classes "
                f"are {names}."
            )
        if not (isinstance(value, Real) and 0.0 <= float(value) < np.inf):
            raise ValueError(
                f"class_weight must be a number of at least 0 for each class, got {value!r} for "
                f"{label!r}. A class that is left out weighs 1."
            )
    if all(weight.get(label) == 0 for label in names):
        raise ValueError(
            f"class_weight must be positive for some class, got {dict(weight)!r}. A class that is "
            "left out weighs 1."
        )


def row_factors(
    factors: Sequence[NDArray[np.float64]], numbers: NDArray[Any]
) -> NDArray[np.float64]:
    """Each row's weight: the product over its targets; an unknown label counts as 1."""
    whole = np.ones(len(numbers))
    for own, column in zip(factors, numbers.T, strict=True):
        known = ~np.isnan(column)
        whole[known] *= own[column[known].astype(np.intp)]
    return whole
