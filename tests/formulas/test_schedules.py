"""Learning-rate schedules against scikit-learn."""

import pytest
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from chainrule.formulas import SCHEDULES


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
