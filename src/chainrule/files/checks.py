"""Whether what was read from a file can be a network."""

from typing import Any

import numpy as np


def check_layers(model: Any) -> None:
    """Raise ValueError unless the weights of an MLP fit one another and its other attributes."""
    if len(model.coefs_) != len(model.intercepts_) or not model.coefs_:
        raise ValueError("each layer needs weights and biases")
    inputs, dtype = model.n_features_in_, model.coefs_[0].dtype
    for number, (coef, intercept) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        if intercept.ndim != 1 or coef.shape != (inputs, len(intercept)):
            raise ValueError(
                f"layer {number} must have weights of shape ({inputs}, units) and a bias a unit, "
                f"got {coef.shape} and {intercept.shape}"
            )
        if coef.dtype not in (np.float32, np.float64) or {coef.dtype, intercept.dtype} != {dtype}:
            raise ValueError(f"layer {number} must be of {dtype} numbers like the first")
        inputs = len(intercept)
    if model.n_outputs_ != inputs or model.n_layers_ != len(model.coefs_) + 1:
        raise ValueError("the last layer does not fit the number of outputs")
    if min(model._groups) < 1 or sum(model._groups) != inputs:
        raise ValueError(f"groups of {model._groups} do not fit {inputs} outputs")
    if hasattr(model, "classes_") or hasattr(model, "_kind"):
        _check_classes(model.classes_, inputs, several=model._kind == "targets")


def _check_classes(classes: Any, outputs: int, *, several: bool) -> None:
    """Raise ValueError unless the classes of the target, or of each of several, fit the outputs."""
    names = classes if several else [classes]
    for own in names:
        # A label's number is found by bisection; past the end, compiled code would write there.
        if not isinstance(own, np.ndarray) or not np.array_equal(own, np.unique(own)):
            raise ValueError("classes must be sorted, each one there once")
    count = sum(max(2, len(own)) for own in names)
    # One output tells two classes apart; of a lone class there may be one output or two.
    fits = count == outputs or (not several and count == 2 and outputs == 1)
    if not fits:
        raise ValueError(f"classes for {count} outputs do not fit {outputs}")
