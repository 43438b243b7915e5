"""Data that cannot be used: each refused with a message that says where and what to do.

Rows and columns are counted from zero, as in an array's index; a data frame's column is named.
Where scikit-learn's common checks fix the words, its own message is the one expected.
"""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from scipy.sparse import csr_matrix
from sklearn.exceptions import NotFittedError

from chainrule import DataError, MLPClassifier, MLPRegressor
from chainrule.estimators import Autoencoder
from chainrule.estimators._checks import check_finite

from .messages import assert_own_form, refusal

ESTIMATORS = [MLPClassifier, MLPRegressor]
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}
# Two epochs do not converge; that is no part of these tests.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def table(n_rows: int = 20) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(n_rows, 4))
    return X, (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_not_finite_in_x_names_row_and_column(Estimator, bad):
    X, y = table()
    X[5, 2] = bad
    message = refusal(ValueError, Estimator(**SMALL).fit, X, y)
    assert_own_form(message, "X")
    assert "row 5, column 2 (counted from 0; 1 such value in all)" in message
    assert ("NaN" if np.isnan(bad) else "inf") in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_not_finite_in_a_frame_names_the_column(Estimator):
    X, y = table()
    X[7, 3] = np.nan
    frame = pd.DataFrame(X, columns=["age", "height", "weight", "income"])
    message = refusal(ValueError, Estimator(**SMALL).fit, frame, y)
    assert "row 7, column 3 ('income') (counted from 0;" in message


@pytest.mark.parametrize("method", ["predict", "partial_fit"])
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_not_finite_after_the_first_fit(Estimator, method):
    X, y = table()
    model = Estimator(**SMALL).fit(X, y)
    X[19, 0] = np.inf
    message = refusal(ValueError, getattr(model, method), X, *([] if method == "predict" else [y]))
    assert_own_form(message, "X")
    assert "row 19" in message
    assert "column 0" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_not_finite_in_a_sparse_table(Estimator):
    X, y = table()
    X[np.abs(X) < 0.5] = 0.0
    X[4, 1] = np.nan
    message = refusal(ValueError, Estimator(**SMALL).fit, scipy.sparse.csr_array(X), y)
    assert "row 4" in message
    assert "column 1" in message


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite_in_y_names_the_row(bad):
    X, y = table()
    y = y.astype(float)
    y[11] = bad
    message = refusal(ValueError, MLPRegressor(**SMALL).fit, X, y)
    assert_own_form(message, "y")
    assert "row 11" in message


def test_not_finite_in_several_targets_names_row_and_column():
    X, y = table()
    targets = np.column_stack([y, y, y]).astype(float)
    targets[3, 1] = np.inf
    message = refusal(ValueError, MLPRegressor(**SMALL).fit, X, targets)
    assert_own_form(message, "y")
    assert "row 3" in message
    assert "column 1" in message


def test_negative_count_for_poisson():
    X, y = table()
    y = y.astype(float)
    y[6] = -2.0
    message = refusal(ValueError, MLPRegressor(loss="poisson", **SMALL).fit, X, y)
    assert_own_form(message, "y")
    assert "-2" in message
    assert "row 6" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_empty_tables(Estimator):
    model = Estimator(**SMALL)
    assert "0 sample(s)" in refusal(ValueError, model.fit, np.empty((0, 3)), np.empty(0))
    assert "0 feature(s)" in refusal(ValueError, model.fit, np.empty((5, 0)), np.zeros(5))


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_x_that_is_no_table(Estimator):
    X, y = table()
    model = Estimator(**SMALL)
    assert "Expected 2D array" in refusal(ValueError, model.fit, X[:, 0], y)
    assert "dim 3" in refusal(ValueError, model.fit, X[:, :, None], y)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_y_of_another_length_or_shape(Estimator):
    X, y = table()
    model = Estimator(**SMALL)
    assert "inconsistent numbers of samples: [20, 19]" in refusal(ValueError, model.fit, X, y[:19])
    assert "y" in refusal(ValueError, model.fit, X, np.zeros((20, 2, 2)))
    assert "requires y" in refusal(ValueError, model.fit, X, None)


def test_classifier_refuses_numbers_that_are_no_classes():
    X, _ = table()
    message = refusal(ValueError, MLPClassifier(**SMALL).fit, X, X[:, 0])
    assert "Unknown label type" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_complex_numbers(Estimator):
    X, y = table()
    message = refusal(ValueError, Estimator(**SMALL).fit, X + 1j, y)
    assert "Complex data not supported" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_words_in_x(Estimator):
    X, y = table()
    X = X.astype(object)
    X[8, 1] = "blue"
    assert "blue" in refusal(ValueError, Estimator(**SMALL).fit, X, y)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_another_number_of_columns_at_prediction(Estimator):
    X, y = table()
    model = Estimator(**SMALL).fit(X, y)
    for method in (model.predict, lambda X: model.partial_fit(X, y)):
        message = refusal(ValueError, method, X[:, :3])
        assert "X has 3 features, but" in message
        assert "expecting 4 features" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_prediction_before_fit(Estimator):
    X, y = table()
    model = Estimator(**SMALL)
    methods = ["predict", "score"]
    if Estimator is MLPClassifier:
        methods += ["predict_proba", "predict_log_proba"]
    for method in methods:
        call = getattr(model, method)
        message = refusal(NotFittedError, call, X, *([y] if method == "score" else []))
        assert "not fitted yet" in message


def test_one_row_and_one_class_are_learnt():
    """Not refused: scikit-learn's own tests fit them, and the only answer is the one seen."""
    X, _ = table()
    model = MLPClassifier(**SMALL).fit(X, np.full(20, "only"))
    assert set(model.predict(X)) == {"only"}
    assert list(model.classes_) == ["only"]
    assert list(MLPClassifier(**SMALL).fit(X[:1], ["only"]).predict(X[:1])) == ["only"]
    assert np.isfinite(MLPRegressor(**SMALL).fit(X[:1], [3.0]).predict(X)).all()


def test_sparse_table_that_points_outside_of_itself():
    X, y = table()
    for part, value in (("indptr", 10**6), ("indices", 10**8), ("indices", -1)):
        broken = csr_matrix(X)
        getattr(broken, part)[3] = value
        assert_own_form(refusal(ValueError, MLPClassifier(**SMALL).fit, broken, y), "X")


def test_sparse_table_with_repeated_entries_is_added_up_and_left_alone():
    X, y = table()
    twice = csr_matrix(X)
    parts = np.repeat(twice.data / 2, 2), np.repeat(twice.indices, 2), twice.indptr * 2
    repeated = csr_matrix(parts, shape=X.shape)
    model = MLPClassifier(**SMALL).fit(repeated, y)
    assert repeated.nnz == 2 * twice.nnz
    # x/2 + x/2 is x without rounding.
    assert np.array_equal(model.coefs_[0], MLPClassifier(**SMALL).fit(twice, y).coefs_[0])


@pytest.mark.parametrize(
    ("place", "shape"), [(0, (2000, 5)), (0, (2, 5)), (1, (1, 1)), (1, (5, 2)), (0, (5,))]
)
def test_weights_that_do_not_fit(place, shape):
    X, y = table()
    model = MLPClassifier(**{**SMALL, "hidden_layer_sizes": (5,)}).fit(X, y)
    model.coefs_[place] = np.ones(shape)
    assert_own_form(refusal(ValueError, model.predict, X), "coefs_")


def test_another_kind_of_target_in_a_later_call():
    X, y = table()
    labels = np.c_[y, 1 - y]
    fitted = MLPClassifier(warm_start=True, **SMALL).fit(X, y)
    assert_own_form(refusal(ValueError, fitted.fit, X, labels), "y")
    several = MLPClassifier(**SMALL).partial_fit(X, labels, classes=[0, 1])
    assert_own_form(refusal(ValueError, several.partial_fit, X, y), "y")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [1, "a"],
            r"y must hold labels of one type, got 1 \(int\) in row 0 and 'a' \(str\) in row 1 ",
        ),
        (
            ["a", True],
            r"got 'a' \(str\) in row 0 and True \(bool\) in row 1 \(counted .*: Unknown",
        ),
        (["a", None], "y must be a known label in each row, got None in row 1 .counted from 0."),
        (["a", np.nan], "y must be a known label in each row, got nan in row 1 .counted from 0."),
    ],
)
def test_labels_of_several_types_are_told_apart(labels, message):
    with pytest.raises(DataError, match=message):
        MLPClassifier().fit(np.zeros((6, 1)), np.array(labels * 3, dtype=object))


def test_labels_of_text_may_be_of_python_and_of_numpy():
    labels = np.array(["a", np.str_("b")] * 3, dtype=object)
    model = MLPClassifier((2,), solver="lbfgs", max_iter=1).fit(np.zeros((6, 1)), labels)
    assert model.classes_.tolist() == ["a", "b"]


def test_columns_of_one_name_are_named():
    twice = pd.DataFrame(np.eye(6)[:, :3], columns=["a", "b", "a"])
    message = "{} must have columns of different names, got 'a' more than once"
    y = [0.0, 1.0] * 3
    with pytest.raises(DataError, match=message.format("X")):
        MLPRegressor().fit(twice, y)
    model = MLPRegressor(hidden_layer_sizes=(2,), solver="lbfgs", max_iter=1)
    with pytest.raises(DataError, match=message.format("X_val")):
        model.fit(np.eye(6)[:, :3], y, X_val=twice, y_val=y)
    with pytest.raises(DataError, match=message.format("X")):
        model.fit(np.eye(6)[:, :3], y).predict(twice)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("part", ["X", "y", "sample_weight"])
def test_masked_values(Estimator, part):
    X, y = table()
    data = {"X": X, "y": y, "sample_weight": np.ones(len(X))}
    masked = np.ma.array(data[part])
    assert_same_fit(Estimator, data, data | {part: masked})
    masked[2:4] = np.ma.masked
    with pytest.raises(DataError, match=rf"^{part} must have no masked values, got .* in row 2"):
        Estimator(**SMALL).fit(**data | {part: masked})


def assert_same_fit(Estimator, one, other):
    """Masks under which nothing lies change nothing."""
    weights = [Estimator(**SMALL).fit(**data).coefs_[0] for data in (one, other)]
    assert np.array_equal(*weights)


def test_masked_values_later():
    X, y = table()
    model = MLPRegressor(**SMALL).fit(X, y)
    masked = np.ma.masked_greater(X, 1.0)
    for method in (model.predict, Autoencoder((2,), max_iter=2).fit):
        with pytest.raises(DataError, match=r"^X must have no masked values"):
            method(masked)
    with pytest.raises(DataError, match=r"^y must have no masked values"):
        model.score(X, np.ma.masked_equal(y, 0))


@pytest.mark.parametrize("rows", [2, 5000])
@pytest.mark.parametrize(
    ("bad", "what"), [([np.nan], "NaN"), ([np.inf], "infinity"), ([np.inf, -np.inf], "infinity")]
)
def test_of_few_rows_and_of_many_the_bad_number_is_found(rows, bad, what, rng):
    X = rng.normal(size=(rows, 3))
    X[-1, -len(bad) :] = bad  # two infinities have no sum
    with pytest.raises(DataError, match=rf"^X must be finite, got {what} in row {rows - 1}, "):
        check_finite(X, "X")


@pytest.mark.parametrize("rows", [2, 5000])
def test_numbers_whose_sum_overflows_are_finite(rows):
    check_finite(np.full((rows, 3), np.finfo(np.float64).max), "X")
