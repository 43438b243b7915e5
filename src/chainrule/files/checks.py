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
    classes = getattr(model, "classes_", None)
    if classes is not None and len(classes) != inputs and (inputs, len(classes)) != (1, 2):
        raise ValueError(f"{len(classes)} classes do not fit {inputs} outputs")
