"""Mistakes that only this library can explain: class weights, functions, a range test."""

import numpy as np
import pytest

from chainrule import MLPClassifier, MLPRegressor
from chainrule.estimators import learning_rate_range_test

from .cases import TASKS
from .messages import assert_own_form, refusal

MULTICLASS = TASKS["multiclass"]  # of the classes 1, 2, 3
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 1, "random_state": 0}


@pytest.mark.parametrize(
    ("class_weight", "advice"),
    [
        ({7: 1.0}, r"The classes are [1, 2, 3]."),
        ({1: -1.0}, "weighs 1."),
        ({1: np.nan}, "weighs 1."),
        ({1: np.inf}, "weighs 1."),
        ({1: "heavy"}, "weighs 1."),
        ({1: 0, 2: 0, 3: 0}, "weighs 1."),
    ],
)
def test_class_weights_that_are_none(class_weight, advice):
    model = MLPClassifier(**SMALL, class_weight=class_weight)
    message = refusal(ValueError, model.fit, MULTICLASS.X, MULTICLASS.y)
    assert_own_form(message, "class_weight")
    assert message.endswith(advice)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_weight_for_a_class_that_these_rows_lack_is_none_too_many():
    model = MLPClassifier(**SMALL, class_weight={1: 1.0, 2: 0.0, 3: 2.0, 4: 5.0})
    assert model.fit(MULTICLASS.X, MULTICLASS.y).n_iter_ == 1


def test_a_range_test_says_that_it_knows_no_missing_labels():
    y = np.column_stack([MULTICLASS.y, MULTICLASS.y]).astype(object)
    y[0, 0] = "?"
    message = refusal(ValueError, learning_rate_range_test, MLPClassifier(), MULTICLASS.X, y)
    assert_own_form(message, "y")


@pytest.mark.parametrize(
    ("settings", "maker"),
    [({"loss": abs}, "custom_loss"), ({"activation": np.tanh}, "custom_activation")],
)
def test_a_function_is_told_how_to_become_a_formula(settings, maker):
    task = TASKS["regression"]
    message = refusal(ValueError, MLPRegressor(**SMALL, **settings).fit, task.X, task.y)
    assert message.endswith(f"Make it by chainrule.formulas.{maker}.")
