"""A power transform of a skewed target, by scikit-learn's own, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import PowerTransformer

Values = NDArray[np.float64]


def power_of(values: Values) -> float:
    """The power that makes the values most normal.

    Source: Yeo and Johnson 2000, "A new family of power transformations".
    """
    return float(PowerTransformer(standardize=False).fit(values.reshape(-1, 1)).lambdas_[0])


def yeo_johnson(values: Values, power: float) -> Values:
    """The transformed values."""
    return _transformer(power).transform(values.reshape(-1, 1))[:, 0]  # type: ignore[no-any-return]


def yeo_johnson_back(values: Values, power: float, limits: tuple[float, float]) -> Values:
    """Undo the transform; what lies beyond all targets of training comes to their limits.

    Far outside, the inverse of a power is infinite or does not exist.
    """
    low, high = yeo_johnson(np.array(limits), power)
    inside = np.clip(values, low, high).reshape(-1, 1)
    return _transformer(power).inverse_transform(inside)[:, 0]  # type: ignore[no-any-return]


def _transformer(power: float) -> Any:
    transformer = PowerTransformer(standardize=False)
    transformer.lambdas_ = np.array([power])
    transformer.n_features_in_ = 1
    return transformer
