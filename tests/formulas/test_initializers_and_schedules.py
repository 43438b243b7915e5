"""Scales of first weights against PyTorch, learning-rate schedules against scikit-learn."""

import math

import pytest
import torch
from hypothesis import given
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer
from strategies import fans

from chainrule.formulas import INITIALIZERS, SCHEDULES

init = torch.nn.init
ROWS = {
    "glorot_uniform": init.xavier_uniform_,
    "glorot_normal": init.xavier_normal_,
    "he_uniform": lambda w: init.kaiming_uniform_(w, nonlinearity="relu"),
    "he_normal": lambda w: init.kaiming_normal_(w, nonlinearity="relu"),
    "lecun_uniform": lambda w: init.kaiming_uniform_(w, nonlinearity="linear"),
    "lecun_normal": lambda w: init.kaiming_normal_(w, nonlinearity="linear"),
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


@pytest.mark.parametrize("name", SCHEDULES)
def test_after_an_epoch_the_rate_is_that_of_scikit_learn(name):
    reference = SGDOptimizer([], 0.3, lr_schedule=name, power_t=0.7)
    rate = 0.3
    for samples in (150, 300, 450):
        reference.iteration_ends(samples)
        rate = SCHEDULES[name].after_epoch(rate, 0.3, samples, 0.7)
        assert rate == reference.learning_rate


@pytest.mark.parametrize("name", SCHEDULES)
def test_plateaus_until_training_stops_as_in_scikit_learn(name):
    reference = SGDOptimizer([], 0.3, lr_schedule=name)
    rate = 0.3
    for _ in range(20):
        stops = reference.trigger_stopping("", verbose=False)
        after = SCHEDULES[name].after_plateau(rate)
        assert (after is None) == stops
        if stops:
            return
        rate = after
        assert rate == reference.learning_rate
    pytest.fail("the schedule never stopped")
