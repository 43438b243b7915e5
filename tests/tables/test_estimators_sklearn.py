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

matplotlib.use("Agg")

CHECKED = [
    TableClassifier("fast", hidden_layer_sizes=(8,), epochs=20, batch_size=16),
    TableRegressor("fast", hidden_layer_sizes=(8,), epochs=20, batch_size=16),
]
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "a repeated row changes the batches and the "
    "rows that judge the epochs; and the check takes `cv` for one that accepts splits",
}


@parametrize_with_checks(CHECKED, expected_failed_checks=lambda estimator: EXPECTED)
def test_common_check(estimator, check):
    check(clone(estimator))
