"""The same seed gives scikit-learn's own weights, losses and predictions.

The full product of solver, activation, task, row weights, early stopping and way of fitting. What
scikit-learn forbids in the product (lbfgs or early stopping with partial_fit) is left out here and
tested in test_bad_weights_and_validation.py.

One bug of scikit-learn is mended before the comparison (`cases._part_best_from_last`): a
warm-started fit with early stopping that finds nothing better than the fit before returns its last
weights.
"""

from itertools import product

import numpy as np
import pytest

from .cases import ACTIVATIONS, SOLVERS, TASKS, WAYS, assert_same_fit, row_weights, train

# The promise of the drop-in. Two orders of summation differ by some 1e-16 a term; when X is changed
# in its last bit, scikit-learn's own answers to all tests below stay within 1e-9.
RTOL = 1e-6
# An entry near zero is the difference of numbers near one, each with an error of some 1e-16.
ATOL = 1e-12
# Quasi-Newton steps divide by differences of gradients, which magnifies the rounding from step to
# step. scikit-learn itself, with X changed in the last bit, stays within a hundredth of this.
RTOL_LBFGS, ATOL_LBFGS = 1e-4, 1e-8
LBFGS_ITERATIONS = 8

NETWORK = {"hidden_layer_sizes": (7, 5), "random_state": 3, "batch_size": 32, "alpha": 0.05}


def is_allowed(solver: str, early_stopping: bool, way: str) -> bool:
    return way != "partial_fit" or (solver != "lbfgs" and not early_stopping)


FULL_PRODUCT = [
    pytest.param(*row, id="-".join(map(str, row)))
    for row in product(SOLVERS, ACTIVATIONS, TASKS, ("plain", "weighted"), (False, True), WAYS)
    if is_allowed(row[0], row[4], row[5])
]


@pytest.mark.parametrize(
    ("solver", "activation", "task", "weighting", "early_stopping", "way"), FULL_PRODUCT
)
def test_fit_equals_scikit_learn(solver, activation, task, weighting, early_stopping, way):
    is_lbfgs = solver == "lbfgs"
    parameters = {
        **NETWORK,
        "activation": activation,
        "max_iter": LBFGS_ITERATIONS if is_lbfgs else 5,
        "early_stopping": early_stopping,
        "validation_fraction": 0.2,
        "warm_start": way == "warm_start",
        **SOLVERS[solver],
    }
    weights = row_weights() if weighting == "weighted" else None
    task = TASKS[task]
    ours, theirs = task.ours(**parameters), task.theirs(**parameters)

    expected_warnings = train(theirs, task, way, weights)
    assert train(ours, task, way, weights) == expected_warnings

    rtol, atol = (RTOL_LBFGS, ATOL_LBFGS) if is_lbfgs else (RTOL, ATOL)
    assert_same_fit(ours, theirs, task.X, rtol=rtol, atol=atol)


# Settings that change one thing of the default way, over all tasks with two solvers.
VARIANTS = {
    "no-shuffle": {"shuffle": False},
    # 600 steps with a large rate at single rows would be chaotic.
    "batches-of-one": {"batch_size": 1, "learning_rate_init": 0.001},
    "one-batch": {"batch_size": 120},
    "automatic-batch": {"batch_size": "auto"},
    "last-batch-of-one": {"batch_size": 119},
    "one-layer-int": {"hidden_layer_sizes": 9},
    "one-layer-list": {"hidden_layer_sizes": [9]},
    "three-layers-array": {"hidden_layer_sizes": np.array([4, 6, 3])},
    "five-layers": {"hidden_layer_sizes": (3, 4, 5, 4, 3)},
    "one-unit": {"hidden_layer_sizes": (1, 1)},
    "no-penalty": {"alpha": 0.0},
    "strong-penalty": {"alpha": 10.0},
    "generator": {"random_state": "generator"},
}


@pytest.mark.parametrize("solver", ["sgd-nesterov", "adam"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_variant_equals_scikit_learn(variant, task, solver):
    task = TASKS[task]
    parameters = {**NETWORK, "activation": "tanh", "max_iter": 5, **SOLVERS[solver]}
    parameters |= VARIANTS[variant]
    models = []
    for make in (task.ours, task.theirs):
        if variant == "generator":
            parameters["random_state"] = np.random.RandomState(11)
        models.append(make(**parameters))
    warned = [train(model, task) for model in models]
    assert warned[0] == warned[1]
    assert_same_fit(*models, task.X, rtol=RTOL, atol=ATOL)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_training_that_stops_by_itself_stops_at_the_same_epoch(task, early_stopping):
    task = TASKS[task]
    parameters = {**NETWORK, **SOLVERS["adam"], "activation": "tanh", "max_iter": 300}
    parameters |= {"tol": 1e-2, "n_iter_no_change": 4, "early_stopping": early_stopping}
    ours, theirs = task.ours(**parameters), task.theirs(**parameters)
    assert train(theirs, task) == []
    assert train(ours, task) == []
    assert 5 < theirs.n_iter_ < 300
    # Some hundred steps instead of fifteen; the rate of the rounding is the same.
    assert_same_fit(ours, theirs, task.X, rtol=RTOL, atol=1e-10)


@pytest.mark.parametrize("task", TASKS)
def test_comparison_sees_a_rate_wrong_by_one_in_a_thousand(task):
    """The tolerances above are tight enough to notice a slightly wrong step."""
    task = TASKS[task]
    parameters = {**NETWORK, "activation": "tanh", "max_iter": 5, **SOLVERS["sgd-nesterov"]}
    right, wrong = task.theirs(**parameters), task.theirs(**parameters)
    wrong.set_params(learning_rate_init=parameters["learning_rate_init"] * 1.001)
    train(right, task)
    train(wrong, task)
    with pytest.raises(AssertionError, match="coefs_"):
        assert_same_fit(wrong, right, task.X, rtol=RTOL, atol=ATOL)
