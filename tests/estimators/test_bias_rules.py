"""How biases begin, chosen apart from the weights."""

import numpy as np
import pytest

from chainrule import MLPRegressor

# A rate at which nothing moves: what is seen after the fit is what it began with.
STILL = {"hidden_layer_sizes": (200,), "learning_rate_init": 1e-300, "max_iter": 1}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    return X, X @ [1.0, 2.0, 3.0]


def first(data, **settings):
    model = MLPRegressor(random_state=0, **STILL, **settings).fit(*data)
    return model.coefs_[0], model.intercepts_[0]


def test_constant_rules(data):
    _, zeros = first(data, bias_initializer="zeros")
    _, positive = first(data, bias_initializer="positive", initializer="lsuv")
    # What one step of 1e-300 moves.
    np.testing.assert_allclose(zeros, 0.0, atol=1e-299)
    np.testing.assert_array_equal(positive, 0.1)


def test_drawn_rules(data):
    weights, same = first(data, initializer="small_normal", bias_initializer="same")
    # A deviation estimated from 200 draws errs by 1 / sqrt(400) = 5 %: four times that.
    assert same.std() == pytest.approx(0.01, rel=0.2)
    assert weights.std() == pytest.approx(0.01, rel=0.2)
    _, normal = first(data, initializer="small_normal", bias_initializer="normal")
    assert normal.std() == pytest.approx(1.0, rel=0.2)


def test_each_unit_has_its_kink_among_the_rows(data):
    weights, biases = first(data, initializer="he_normal", bias_initializer="he+5")
    sums = data[0] @ weights
    assert (sums.min(axis=0) <= -biases).all()
    assert (-biases <= sums.max(axis=0)).all()
    assert len(np.unique(biases)) == 200
    # The weights are those that are drawn without it.
    np.testing.assert_array_equal(weights, first(data, initializer="he_normal")[0])


def test_mistakes(data):
    with pytest.raises(ValueError, match="bias_initializer"):
        first(data, bias_initializer="ones")
    with pytest.raises(ValueError, match=r"bias_initializer must .* got 'he\+5'"):
        first(data, bias_initializer="he+5", pretrain="autoencoder")
