"""L-BFGS reaches the optimum: gradient zero, where scikit-learn's convex solvers end too."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from chainrule.engine.descent import FullGradient
from chainrule.engine.network import Network, aligned, views
from chainrule.engine.rows import Rows
from chainrule.exceptions import DivergenceError
from chainrule.graph import Dense, Graph, Input
from chainrule.graph.layout import lay_out
from chainrule.training import History, minimise

ROWS, COLUMNS, CLASSES, ALPHA = 120, 4, 3, 2.0
LIMITS = {"max_iter": 500, "max_fun": 2000, "verbose": False}


def softmax_regression(rng) -> tuple[Network, Rows]:
    x = Input(COLUMNS)
    tape = lay_out(Graph(x, Dense(CLASSES)(x)), "log_loss", codes=True)
    X = rng.normal(size=(ROWS, COLUMNS))
    y = (X[:, :CLASSES] + rng.normal(size=(ROWS, CLASSES))).argmax(axis=1)
    return Network(tape, aligned(tape.parameter_count, np.float64)), Rows(X, y.astype(np.int32))


def test_the_optimum_of_a_convex_problem_is_that_of_logistic_regression(rng):
    net, rows = softmax_regression(rng)
    gradient, history = FullGradient(net, rows), History(early_stopping=False)
    minimise(gradient, history, alpha=ALPHA, tol=1e-9, **LIMITS)
    loss, slope = gradient(ALPHA)
    # SciPy stops where no slope is above gtol, or the loss no longer falls by 2e-9 of itself: with
    # curvature of order 1 the slope is then at most about the square root of that.
    assert np.abs(slope).max() < 5e-5
    assert history.loss == loss
    assert all(np.diff(history.loss_curve) <= 0.0)  # a line search never goes up
    # scikit-learn: the sum of losses times C, plus half the squared weights; so C = 1 / alpha.
    reference = LogisticRegression(C=1.0 / ALPHA, tol=1e-10, max_iter=2000).fit(rows.x, rows.y)
    (coef,), (intercept,) = views(net.tape, net.parameters)
    # Off by slope over curvature; the smallest curvature is alpha / ROWS = 0.017.
    np.testing.assert_allclose(coef.T, reference.coef_, atol=3e-3)
    # All intercepts may move together without changing a probability.
    found, expected = intercept - intercept.mean(), reference.intercept_
    np.testing.assert_allclose(found, expected - expected.mean(), atol=3e-3)


def test_a_callback_ends_it_and_the_last_parameters_are_kept(rng):
    net, rows = softmax_regression(rng)
    gradient, history = FullGradient(net, rows), History(early_stopping=False)
    reports = []

    def stop_at_three(report) -> bool:
        reports.append(report)
        return report.epoch == 3

    minimise(gradient, history, alpha=ALPHA, tol=0.0, on_epoch=stop_at_three, **LIMITS)
    assert [report.epoch for report in reports] == [1, 2, 3]
    assert len(history.loss_curve) == 3
    assert gradient(ALPHA)[0] == history.loss_curve[-1]  # they belong to the last loss


def test_a_loss_that_is_not_finite_is_an_error(rng):
    net, rows = softmax_regression(rng)
    broken = Rows(np.full_like(rows.x, np.nan), rows.y)
    gradient, history = FullGradient(net, broken), History(early_stopping=False)
    message = r"loss must stay finite, got .* after \d+ iterations"
    with (
        pytest.warns(ConvergenceWarning, match="failed to converge"),  # as in scikit-learn
        pytest.raises(DivergenceError, match=message),
    ):
        minimise(gradient, history, alpha=0.0, tol=1e-4, **LIMITS)
