"""First weights against PyTorch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from strategies import fans

from chainrule.formulas import BIAS_RULES, INITIALIZERS, bias_rule

init = torch.nn.init
ROWS = {
    "glorot_uniform": init.xavier_uniform_,
    "glorot_normal": init.xavier_normal_,
    "he_uniform": lambda w: init.kaiming_uniform_(w, nonlinearity="relu"),
    "he_normal": lambda w: init.kaiming_normal_(w, nonlinearity="relu"),
    "lecun_uniform": lambda w: init.kaiming_uniform_(w, nonlinearity="linear"),
    "lecun_normal": lambda w: init.kaiming_normal_(w, nonlinearity="linear"),
    "small_uniform": lambda w: init.uniform_(w, -0.05, 0.05),
    "small_normal": lambda w: init.normal_(w, 0.0, 0.01),
    # All entries of an orthogonal matrix have one deviation, though they depend on each other.
    "orthogonal": init.orthogonal_,
    "lsuv": init.orthogonal_,
    # As PyTorch's Linear calls it.
    "fan_in_uniform": lambda w: init.kaiming_uniform_(w, a=math.sqrt(5.0)),
    "zeros": init.zeros_,
    "ntk": lambda w: init.normal_(w).div_(math.sqrt(FAN_IN)),
    "realmlp": lambda w: init.normal_(w).div_(math.sqrt(FAN_IN)),
}
FAN_IN, FAN_OUT = 250, 400


def test_every_initializer_has_a_row():
    assert set(ROWS) | {"scikit-learn"} == set(INITIALIZERS)


@pytest.mark.parametrize("name", ROWS)
def test_scale_is_that_of_pytorchs_draws(name):
    torch.manual_seed(0)
    weights = ROWS[name](torch.empty(FAN_OUT, FAN_IN, dtype=torch.float64))
    row = INITIALIZERS[name]
    scale = row.scale(FAN_IN, FAN_OUT, "relu")
    if row.distribution == "uniform":
        # The largest of 100000 draws lies within 1e-4 of the bound (missed with probability e^-10).
        assert weights.abs().max().item() == pytest.approx(scale, rel=1e-4)
        assert weights.abs().max().item() <= scale
    else:
        # A deviation estimated from n draws errs by 1 / sqrt(2 n) = 0.22 %: five times that.
        assert weights.std().item() == pytest.approx(scale, rel=0.011)


@pytest.mark.parametrize("kind", ["glorot", "he", "lecun"])
@given(fan_in=fans(), fan_out=fans())
def test_uniform_and_normal_have_the_same_variance(kind, fan_in, fan_out):
    bound = INITIALIZERS[f"{kind}_uniform"].scale(fan_in, fan_out, "tanh")
    deviation = INITIALIZERS[f"{kind}_normal"].scale(fan_in, fan_out, "tanh")
    # The variance of a uniform distribution on [-b, b] is b^2 / 3; a few roundings.
    assert bound**2 / 3 == pytest.approx(deviation**2, rel=1e-15)


@pytest.mark.parametrize(("activation", "factor"), [("relu", 6), ("tanh", 6), ("logistic", 2)])
def test_scikit_learns_bound(activation, factor):
    row = INITIALIZERS["scikit-learn"]
    assert row.scale(10, 14, activation) == math.sqrt(factor / 24)
    assert (row.distribution, row.bias) == ("uniform", "same")


SOURCES = [np.random.RandomState(3), np.random.default_rng(3)]


@pytest.mark.parametrize("random", SOURCES, ids=["RandomState", "Generator"])
@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (5, 5), (1, 4), (4, 1)])
@pytest.mark.parametrize("name", ["orthogonal", "lsuv"])
def test_shorter_side_of_an_orthogonal_matrix_is_orthonormal(name, shape, random):
    w = INITIALIZERS[name].matrix(random, shape)
    assert w.shape == shape
    product = w.T @ w if shape[0] >= shape[1] else w @ w.T
    # Roundings of sums of seven products of numbers below 1.
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_matrices_have_no_favourite_direction():
    # Without the signs of R's diagonal the trace of Q would lean to one side: LAPACK makes that
    # diagonal negative. Of 4000 draws the mean of the trace (deviation 1) errs by 0.016.
    random = np.random.default_rng(0)
    draw = INITIALIZERS["orthogonal"].matrix
    traces = [np.trace(draw(random, (3, 3))) for _ in range(4000)]
    assert abs(np.mean(traces)) < 0.08
    assert np.var(traces) == pytest.approx(1.0, abs=0.12)


def test_what_training_has_to_finish():
    dependent = {name for name, row in INITIALIZERS.items() if row.data_dependent}
    assert dependent == {"lsuv", "realmlp"}
    assert {row.bias for row in INITIALIZERS.values()} == {"zeros", "same", "normal", "he+5"}
    assert INITIALIZERS["realmlp"].bias == "he+5"


def test_every_initializers_own_bias_rule_is_one_of_them():
    for name, row in INITIALIZERS.items():
        assert row.bias in BIAS_RULES
        assert bias_rule(name) == row.bias
        assert bias_rule(name, "positive") == "positive"
