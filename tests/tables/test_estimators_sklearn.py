"""scikit-learn's common checks of an estimator, and its tools on data frames."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.inspection import (
    DecisionBoundaryDisplay,
    PartialDependenceDisplay,
    permutation_importance,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from chainrule.tables import TableClassifier, TableRegressor

from .quick import QUICK

matplotlib.use("Agg")

CHECKED = [
    TableClassifier("fast", hidden_layer_sizes=(8,), epochs=20, batch_size=16),
    TableRegressor("fast", hidden_layer_sizes=(8,), epochs=20, batch_size=16),
]
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "a repeated row changes the batches, the "
    "rows that judge the epochs and the scale of columns; and the check takes `cv` for one that "
    "accepts splits (docs/tables.md says so)",
}


@parametrize_with_checks(CHECKED, expected_failed_checks=lambda estimator: EXPECTED)
def test_common_check(estimator, check):
    check(clone(estimator))


@pytest.fixture(scope="module")
def penguins_like():
    """A data frame with numbers, a colour and a missing value; a class and a number to learn."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": random.normal(size=120), "b": random.normal(size=120), "colour": ["red", "blue"] * 60}
    )
    amount = 3 * frame["a"] + (frame["colour"] == "red")
    frame.loc[5, "b"] = np.nan
    return frame, np.where(amount > 0.5, "up", "down"), amount.to_numpy()


@pytest.fixture(scope="module")
def classifier(penguins_like):
    return TableClassifier("fast", **QUICK).fit(*penguins_like[:2])


def test_cross_validation(penguins_like):
    X, labels, amount = penguins_like
    assert cross_val_score(TableClassifier("fast", **QUICK), X, labels, cv=3).mean() > 0.8
    assert cross_val_score(TableRegressor("fast", **QUICK), X, amount, cv=3).mean() > 0.7


def test_grid_search_in_a_pipeline(penguins_like):
    X, labels, _ = penguins_like
    steps = make_pipeline(FunctionTransformer(), TableClassifier("fast", **QUICK))
    grid = {"tableclassifier__dropout": [0.0, 0.3], "tableclassifier__epochs": [1, 20]}
    found = GridSearchCV(steps, grid, cv=2).fit(X, labels)
    assert found.best_params_["tableclassifier__epochs"] == 20
    assert found.best_estimator_[-1].feature_names_in_.tolist() == ["a", "b", "colour"]


def test_importances_find_the_columns_that_matter(classifier, penguins_like):
    X, labels, _ = penguins_like
    found = permutation_importance(classifier, X, labels, n_repeats=3, random_state=0)
    # `a` alone decides nearly all; `b` has nothing to say.
    assert found.importances_mean.argmax() == 0
    assert found.importances_mean[0] > 0.2 > 0.1 > abs(found.importances_mean[1])


def test_partial_dependence_of_numbers_and_categories(classifier, penguins_like):
    display = PartialDependenceDisplay.from_estimator(
        classifier, penguins_like[0], ["a", "colour"], categorical_features=["colour"]
    )
    curve = display.pd_results[0]["average"][0]
    # The probability of "up", the second class, grows with `a`.
    assert curve[-1] - curve[0] > 0.5
    assert display.pd_results[1]["average"].shape == (1, 2)


def test_decision_boundaries(penguins_like):
    X, labels, _ = penguins_like
    two = X[["a", "b"]]
    model = TableClassifier("fast", **QUICK).fit(two, labels)
    display = DecisionBoundaryDisplay.from_estimator(
        model, two.fillna(0.0), response_method="predict_proba", class_of_interest="up"
    )
    assert 0 <= display.response.min() < display.response.max() <= 1


def test_a_clone_has_the_settings_and_learned_nothing(classifier):
    again = clone(classifier)
    assert again.get_params() == classifier.get_params()
    assert not [name for name in vars(again) if name.endswith("_")]
