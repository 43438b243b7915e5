"""An estimator's trace: the same table as the graph's, with the labels as `fit` takes them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from chainrule import MLPClassifier, MLPRegressor
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

from .cases import TASKS
from .messages import assert_own_form, refusal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {"hidden_layer_sizes": (3,), "max_iter": 5, "random_state": 0, "activation": "tanh"}
BINARY, MULTICLASS = TASKS["binary"], TASKS["multiclass"]
MULTILABEL, REGRESSION = TASKS["multilabel"], TASKS["regression"]


def test_values_and_gradients_by_hand():
    X, y = REGRESSION.X[:5], REGRESSION.y[:5]
    model = MLPRegressor(**SMALL).fit(REGRESSION.X, REGRESSION.y)
    trace = model.trace(X, y)
    hidden = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
    out = hidden @ model.coefs_[1] + model.intercepts_[1]
    residual = (out - y[:, None]) / 5
    # Sums of a few products in another order.
    close = {"rtol": 1e-10, "atol": 1e-13}
    assert_allclose(trace["dense 1 activation"].value, hidden, **close)
    assert_allclose(trace["dense 2"].value, out, **close)
    assert_allclose(trace["dense 2"].gradient, residual, **close)
    assert_allclose(trace["dense 2"].weights_gradient, hidden.T @ residual, **close)
    below = (residual @ model.coefs_[1].T) * (1.0 - hidden**2)
    assert_allclose(trace["dense 1"].gradient, below, **close)
    assert_allclose(trace["squared_error"].value, 2.5 * (residual**2).sum(), **close)
    assert "tanh(f(1))" in str(trace)


def test_it_is_the_graphs():
    model = MLPClassifier(**SMALL).fit(MULTICLASS.X, MULTICLASS.y)
    x = Input(MULTICLASS.X.shape[1])
    graph = GraphModel(Graph(x, Dense(3)(Dense(3, "tanh")(x))), "log_loss")
    for into, given in zip((*graph.coefs, *graph.intercepts), _weights(model), strict=True):
        into[...] = given
    weight = np.arange(1.0, 7.0)
    one_hot = (MULTICLASS.y[:6, None] == model.classes_).astype(float)
    theirs = graph.trace(MULTICLASS.X[:6], one_hot, weight)
    ours = model.trace(MULTICLASS.X[:6], MULTICLASS.y[:6], weight)
    for name in ("dense 1", "dense 2"):
        assert_array_equal(ours[name].value, theirs[name].value)
        # Class numbers and one-hot rows add up the same numbers in another order.
        assert_allclose(ours[name].gradient, theirs[name].gradient, rtol=1e-12, atol=1e-15)


def _weights(model):
    return (*model.coefs_, *model.intercepts_)


def test_class_weights_count_as_in_the_fit():
    one, two = BINARY.classes
    model = MLPClassifier(**SMALL, class_weight={one: 1.0, two: 3.0}).fit(BINARY.X, BINARY.y)
    weight = np.where(BINARY.y == two, 3.0, 1.0)
    weighed = model.trace(BINARY.X, BINARY.y)["dense 2"].gradient
    plain = model.set_params(class_weight=None).trace(BINARY.X, BINARY.y, weight)
    assert_array_equal(weighed, plain["dense 2"].gradient)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_labels_sparse_rows_and_single_precision(dtype):
    X = MULTILABEL.X.astype(dtype)
    model = MLPClassifier(**SMALL).fit(X, MULTILABEL.y)
    trace = model.trace(sparse.csr_array(X[:4]), MULTILABEL.y[:4])
    assert trace["dense 1"].value.dtype == dtype
    probability = model.predict_proba(X[:4])
    assert_allclose(trace["link"].value, probability, rtol=1e-5)  # float32's six digits


def test_what_it_refuses():
    columns = np.column_stack([MULTICLASS.y, MULTICLASS.y])
    model = MLPClassifier(**SMALL).fit(MULTICLASS.X, columns)
    assert_own_form(refusal(ValueError, model.trace, MULTICLASS.X, columns), "y")
    model = MLPClassifier(**SMALL).fit(MULTICLASS.X, MULTICLASS.y)
    with pytest.raises(ValueError, match="7"):
        model.trace(MULTICLASS.X[:2], [7, 7])
