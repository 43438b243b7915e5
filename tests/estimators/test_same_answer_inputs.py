"""scikit-learn's answer for inputs of another precision or layout."""

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as TheirClassifier

from chainrule import MLPClassifier
from chainrule.estimators._coding import _PIECE, class_numbers

from .cases import SOLVERS, TASKS, assert_same_fit, row_weights, train

NETWORK = {"hidden_layer_sizes": (7, 5), "random_state": 3, "batch_size": 32, "max_iter": 5}
SPARSE = {
    "csr-array": scipy.sparse.csr_array,
    "csc-array": scipy.sparse.csc_array,
    "csr-matrix": scipy.sparse.csr_matrix,
    "csc-matrix": scipy.sparse.csc_matrix,
}
# float64 rounding after about twenty steps; see test_same_answer.py.
RTOL, ATOL = 1e-6, 1e-12
# float32 rounds at 6e-8 and a step's gradient is a sum of 32 terms: some 1e-6 after twenty steps.
# Measured between scikit-learn's own float32 and float64 fits of these tables: 4e-7.
RTOL_32, ATOL_32 = 1e-5, 4e-6
# The promise for lbfgs; the absolute part for entries below one, whose rounding is that of their
# neighbours. The quasi-Newton step divides by differences of float32 gradients.
RTOL_LBFGS_32, ATOL_LBFGS_32 = 1e-4, 1e-4


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("solver", ["sgd-nesterov", "adam"])
def test_float32_equals_scikit_learn_and_stays_float32(solver, task, activation, weighted):
    task = TASKS[task]
    X = task.X.astype(np.float32)
    weights = row_weights().astype(np.float32) if weighted else None
    parameters = {**NETWORK, **SOLVERS[solver], "activation": activation}
    ours, theirs = task.ours(**parameters), task.theirs(**parameters)
    train(theirs, task, weights=weights, X=X)
    train(ours, task, weights=weights, X=X)
    assert {array.dtype for array in ours.coefs_ + ours.intercepts_} == {np.dtype(np.float32)}
    for method in ("predict_proba", "predict") if task.classes is not None else ("predict",):
        assert getattr(ours, method)(X).dtype == getattr(theirs, method)(X).dtype
    assert_same_fit(ours, theirs, X, rtol=RTOL_32, atol=ATOL_32)


@pytest.mark.parametrize("task", TASKS)
def test_float32_lbfgs_stays_float32(task):
    """scikit-learn returns float64 weights here, SciPy's vector: a slip that is not copied.

    tanh only: beside relu's kinks one rounding in float32 makes the line search take another
    turn, in scikit-learn as well (its float32 and float64 fits then part in the second digit).
    """
    task = TASKS[task]
    X = task.X.astype(np.float32)
    parameters = {**NETWORK, **SOLVERS["lbfgs"], "activation": "tanh"}
    ours, theirs = task.ours(**parameters), task.theirs(**parameters)
    train(theirs, task, X=X)
    train(ours, task, X=X)
    assert {array.dtype for array in ours.coefs_ + ours.intercepts_} == {np.dtype(np.float32)}
    for a, b in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        assert_allclose(a, b, rtol=RTOL_LBFGS_32, atol=ATOL_LBFGS_32)


def test_integer_table_is_read_as_float64():
    task = TASKS["multiclass"]
    X = np.round(3 * task.X).astype(np.int64)
    parameters = {**NETWORK, **SOLVERS["adam"], "activation": "tanh"}
    ours, theirs = task.ours(**parameters), task.theirs(**parameters)
    train(theirs, task, X=X)
    train(ours, task, X=X)
    assert ours.coefs_[0].dtype == np.float64
    assert_same_fit(ours, theirs, X, rtol=RTOL, atol=ATOL)


@pytest.mark.parametrize("order", ["fortran", "strided", "reversed"])
def test_memory_layout_of_the_table_does_not_matter(order):
    task = TASKS["multiclass"]
    layouts = {
        "fortran": np.asfortranarray(task.X),
        "strided": np.repeat(task.X, 2, axis=1)[:, ::2],
        "reversed": task.X[::-1].copy()[::-1],
    }
    parameters = {**NETWORK, **SOLVERS["adam"]}
    plain, other = task.ours(**parameters), task.ours(**parameters)
    train(plain, task)
    train(other, task, X=layouts[order])
    assert_same_fit(other, plain, task.X, rtol=0, atol=0)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", ["sgd-nesterov", "adam", "lbfgs"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "multi-output", "poisson"])
@pytest.mark.parametrize("layout", SPARSE)
def test_sparse_table_equals_scikit_learn(layout, task, solver, early_stopping):
    task = TASKS[task]
    X = SPARSE[layout](np.where(np.abs(task.X) > 0.7, task.X, 0.0))
    parameters = {**NETWORK, **SOLVERS[solver], "activation": "tanh"}
    parameters["early_stopping"] = early_stopping
    ours, theirs = task.ours(**parameters), task.theirs(**parameters)
    train(theirs, task, X=X)
    train(ours, task, X=X)
    # lbfgs magnifies the rounding of its gradients; see test_same_answer.py.
    rtol, atol = (1e-4, 1e-8) if solver == "lbfgs" else (RTOL, ATOL)
    assert_same_fit(ours, theirs, X, rtol=rtol, atol=atol)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("layout", SPARSE)
def test_partial_fit_takes_a_sparse_table(layout):
    task = TASKS["multiclass"]
    X = np.where(np.abs(task.X) > 0.7, task.X, 0.0)
    sparse = SPARSE[layout](X)
    parameters = {**NETWORK, **SOLVERS["adam"]}
    ours, theirs = task.ours(**parameters), task.theirs(**parameters)
    for _ in range(3):
        ours.partial_fit(sparse, task.y, classes=task.classes)
        theirs.partial_fit(sparse, task.y, classes=task.classes)
    assert_same_fit(ours, theirs, sparse, rtol=RTOL, atol=ATOL)


def test_single_column_target_warns_as_in_scikit_learn():
    task = TASKS["regression"]
    ours = task.ours(**NETWORK)
    with (
        pytest.warns(ConvergenceWarning),
        pytest.warns(match="A column-vector y was passed"),
    ):
        ours.fit(task.X, task.y[:, None])
    assert ours.predict(task.X).shape == (len(task.y),)


LABELS = {
    "whole": np.arange(60) % 3,
    "bytes": (np.arange(60) % 3).astype(np.uint8),
    "floats": (np.arange(60) % 3).astype(np.float32),
    "booleans": np.arange(60) % 2 == 0,
    "objects": np.array(["b", "a", "c"] * 20, dtype=object),
    "wide text": np.array(["b", "a", "c"] * 20, dtype="U20"),
    "a column": np.array(["b", "a", "c"] * 20, dtype=object).reshape(-1, 1),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("labels", LABELS)
def test_classes_have_scikit_learns_type(labels, rng):
    X, y = rng.normal(size=(60, 2)), LABELS[labels]
    ours, theirs = (made(max_iter=1).fit(X, y) for made in (MLPClassifier, TheirClassifier))
    assert ours.classes_.dtype == theirs.classes_.dtype
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    assert ours.predict(X).dtype == theirs.predict(X).dtype


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_nearly_as_many_classes_as_rows_are_doubted(rng):
    """Most likely a regression was meant."""
    X, y = rng.normal(size=(40, 2)), np.arange(40)
    with pytest.warns(UserWarning, match="greater than 50% of the number of samples"):
        MLPClassifier(max_iter=1).fit(X, y)


def test_sparse_columns_of_several_classes_are_refused_before_anything_is_set(rng):
    X = rng.normal(size=(30, 3))
    model = MLPClassifier()
    with pytest.raises(ValueError, match="Unknown label type"):
        model.fit(X, scipy.sparse.csr_matrix((X[:, :2] > 0) + 1))
    assert not hasattr(model, "classes_")


@pytest.mark.parametrize("rows", [0, 1, _PIECE - 1, _PIECE, 2 * _PIECE + 3])
def test_classes_are_coded_alike_in_one_piece_and_in_several(rows, rng):
    classes = np.array(["a", "b", "c"])
    labels = rng.choice(classes[1:], rows)  # not of the first: fresh memory is mostly 0
    numbers = class_numbers(classes, labels)
    assert numbers.dtype == np.int32
    assert (classes[numbers] == labels).all()
