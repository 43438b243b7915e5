"""First weights of a layer with more numbers than are drawn at a time."""

import numpy as np
import pytest

from chainrule import MLPRegressor
from chainrule.engine.random_state import _STRETCH, FEW_NUMBERS

COLUMNS, UNITS = 150, 1400


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("initializer", ["scikit-learn", "he_normal"])
def test_one_stream_of_draws_fills_a_layer(dtype, initializer):
    assert max(2 * _STRETCH, FEW_NUMBERS) < COLUMNS * UNITS
    X = np.random.default_rng(0).normal(size=(20, COLUMNS)).astype(dtype)
    # A rate at which nothing moves: what is seen after the fit is what it began with.
    still = {"learning_rate_init": 1e-300, "max_iter": 1}
    model = MLPRegressor(
        hidden_layer_sizes=(UNITS,), initializer=initializer, random_state=5, **still
    ).fit(X, X[:, 0])

    random = np.random.RandomState(5)
    if initializer == "he_normal":  # He et al. 2015, equation 10; biases begin at 0
        weights = random.normal(0.0, np.sqrt(2 / COLUMNS), (COLUMNS, UNITS))
        biases = np.zeros(UNITS)
    else:  # scikit-learn's _init_coef
        bound = np.sqrt(6 / (COLUMNS + UNITS))
        weights = random.uniform(-bound, bound, (COLUMNS, UNITS))
        biases = random.uniform(-bound, bound, UNITS)
    np.testing.assert_array_equal(model.coefs_[0], weights.astype(dtype))
    np.testing.assert_allclose(model.intercepts_[0], biases.astype(dtype), atol=1e-299, rtol=0)
