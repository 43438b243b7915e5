"""Row weights and validation tables find their way through pipelines and searches."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from .cases import TASKS, row_weights

SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 5}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def pipeline(network, **kwargs) -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("network", network)], **kwargs)


@pytest.mark.parametrize("name", ["multiclass", "regression"])
def test_weights_reach_the_network_in_a_pipeline(name):
    task, weights = TASKS[name], row_weights()
    # The scaler takes weights too; it is told not to.
    scaler = StandardScaler().set_fit_request(sample_weight=False)
    network = task.ours(**SMALL).set_fit_request(sample_weight=True)
    model = Pipeline([("scale", scaler), ("network", network)])
    model.fit(task.X, task.y, sample_weight=weights)
    by_hand = task.ours(**SMALL).fit(StandardScaler().fit_transform(task.X), task.y, weights)
    for a, b in zip(model["network"].coefs_, by_hand.coefs_, strict=True):
        assert_array_equal(a, b)


def test_weights_reach_the_network_in_a_search():
    task, weights = TASKS["multiclass"], row_weights()
    network = task.ours(**SMALL).set_fit_request(sample_weight=True)
    network.set_score_request(sample_weight=True)
    search = GridSearchCV(network, {"alpha": [1e-4, 1e-2]}, cv=2)
    search.fit(task.X, task.y, sample_weight=weights)
    by_hand = task.ours(**SMALL, **search.best_params_).fit(task.X, task.y, weights)
    unweighted = task.ours(**SMALL, **search.best_params_).fit(task.X, task.y)
    assert_array_equal(search.best_estimator_.coefs_[0], by_hand.coefs_[0])
    assert not np.array_equal(by_hand.coefs_[0], unweighted.coefs_[0])


def test_weights_that_nobody_asked_for_are_an_error():
    task = TASKS["multiclass"]
    search = GridSearchCV(task.ours(**SMALL), {"alpha": [1e-4]}, cv=2)
    with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
        search.fit(task.X, task.y, sample_weight=row_weights())


def test_weights_reach_partial_fit():
    task = TASKS["regression"]
    network = task.ours(**SMALL).set_partial_fit_request(sample_weight=True)
    assert network.get_metadata_routing().partial_fit.requests == {"sample_weight": True}


def test_validation_table_is_transformed_by_the_pipeline():
    task = TASKS["multiclass"]
    X, y, X_val, y_val = task.X[:80], task.y[:80], task.X[80:], task.y[80:]
    network = task.ours(**SMALL).set_fit_request(X_val=True, y_val=True)
    model = pipeline(network, transform_input=["X_val"]).fit(X, y, X_val=X_val, y_val=y_val)
    scaler = StandardScaler().fit(X)
    by_hand = task.ours(**SMALL).fit(
        scaler.transform(X), y, X_val=scaler.transform(X_val), y_val=y_val
    )
    assert model["network"].validation_loss_curve_ == by_hand.validation_loss_curve_
