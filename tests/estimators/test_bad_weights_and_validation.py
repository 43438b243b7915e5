"""Row weights, validation tables and classes of partial_fit that cannot be used."""

import numpy as np
import pytest

from chainrule import MLPClassifier, MLPRegressor

from .messages import assert_own_form, refusal
from .test_bad_input import ESTIMATORS, SMALL, table

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_negative_weight_names_the_row(Estimator):
    X, y = table()
    weights = np.ones(20)
    weights[9] = -0.5
    message = refusal(ValueError, Estimator(**SMALL).fit, X, y, weights)
    assert_own_form(message, "sample_weight")
    assert "-0.5" in message
    assert "row 9" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_weights_that_are_all_zero(Estimator):
    X, y = table()
    assert_own_form(
        refusal(ValueError, Estimator(**SMALL).fit, X, y, np.zeros(20)), "sample_weight"
    )


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_weights_of_another_length_or_not_finite(Estimator):
    X, y = table()
    message = refusal(ValueError, Estimator(**SMALL).fit, X, y, np.ones(7))
    assert "sample_weight" in message
    assert "7" in message
    assert "20" in message
    weights = np.ones(20)
    weights[2] = np.nan
    message = refusal(ValueError, Estimator(**SMALL).fit, X, y, weights)
    assert "sample_weight" in message
    assert "NaN" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_half_of_a_validation_set(Estimator):
    X, y = table()
    model = Estimator(**SMALL)
    assert_own_form(refusal(ValueError, model.fit, X, y, X_val=X), "y_val")
    assert_own_form(refusal(ValueError, model.fit, X, y, y_val=y), "X_val")
    message = refusal(ValueError, model.fit, X, y, sample_weight_val=np.ones(20))
    assert_own_form(message, "X_val")


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_validation_set_that_does_not_fit(Estimator):
    X, y = table()
    model = Estimator(**SMALL)
    message = refusal(ValueError, model.fit, X, y, X_val=X[:, :3], y_val=y)
    assert "X_val" in message
    assert "3" in message
    assert "4" in message
    assert "y_val" in refusal(ValueError, model.fit, X, y, X_val=X, y_val=y[:19])
    broken = X.copy()
    broken[1, 3] = np.nan
    message = refusal(ValueError, model.fit, X, y, X_val=broken, y_val=y)
    assert_own_form(message, "X_val")
    assert "row 1" in message
    assert "column 3" in message


def test_class_that_only_the_validation_set_has():
    X, y = table()
    message = refusal(ValueError, MLPClassifier(**SMALL).fit, X, y, X_val=X, y_val=6 * y)
    assert_own_form(message, "y_val")
    assert "6" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_too_few_rows_to_split_off_a_validation_set(Estimator):
    X, _ = table(2)
    model = Estimator(early_stopping=True, **SMALL)
    assert "validation set is too small" in refusal(ValueError, model.fit, X, [1, 1])


@pytest.mark.parametrize("fraction", [0.0, 0.004, 0.999])
def test_share_of_validation_rows_that_leaves_none_on_a_side(fraction):
    X, y = np.arange(150.0).reshape(-1, 1), np.arange(150) % 2
    model = MLPClassifier(early_stopping=True, validation_fraction=fraction, **SMALL)
    message = refusal(ValueError, model.fit, X, y)
    assert_own_form(message, "validation_fraction")
    assert f"got {fraction} of 150 rows" in message


def test_partial_fit_wants_the_classes_and_keeps_to_them():
    X, y = table()
    model = MLPClassifier(**SMALL)
    assert "classes" in refusal(ValueError, model.partial_fit, X, y)
    model.partial_fit(X, y, classes=[0, 1])
    assert "classes" in refusal(ValueError, model.partial_fit, X, y, classes=[1, 2])
    assert "classes" in refusal(ValueError, model.partial_fit, X, y + 1)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_partial_fit_refuses_early_stopping(Estimator):
    X, y = table()
    known = {"classes": [0, 1]} if Estimator is MLPClassifier else {}
    model = Estimator(early_stopping=True, **SMALL)
    message = refusal(ValueError, model.partial_fit, X, y, **known)
    assert "partial_fit does not support early_stopping=True" in message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_lbfgs_has_no_partial_fit(Estimator):
    """scikit-learn's regressor has one that runs a whole fit: a slip that is not copied."""
    message = refusal(AttributeError, getattr, Estimator(solver="lbfgs"), "partial_fit")
    assert "partial_fit" in message
    assert hasattr(Estimator(solver="sgd"), "partial_fit")
    assert hasattr(Estimator(solver="adam"), "partial_fit")


def test_warm_start_refuses_other_classes():
    X, y = table()
    model = MLPClassifier(warm_start=True, **SMALL).fit(X, y)
    message = refusal(ValueError, model.fit, X, y + 1)
    assert "warm_start can only be used where `y` has the same classes" in message


def test_weights_of_the_kind_that_are_fine():
    """The tests above would also pass if every weight were refused."""
    X, y = table()
    for weights in (np.ones(20), [1] * 20, 2.5, np.r_[np.zeros(10), np.ones(10)]):
        assert np.isfinite(MLPRegressor(**SMALL).fit(X, y, weights).predict(X)).all()
