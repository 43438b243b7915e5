"""Levenberg-Marquardt against SciPy and LAPACK, its Bayesian form against scikit-learn."""

import numpy as np
import pytest
import scipy.optimize
from sklearn.linear_model import BayesianRidge

from chainrule.engine.descent import FullGradient
from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.graph import Dense, Graph, Input
from chainrule.graph.layout import lay_out
from chainrule.training import History, minimise
from chainrule.training.full_batch import LevenbergMarquardt

ROWS, COLUMNS = 80, 2
LIMITS = {"max_iter": 2000, "max_fun": 20_000, "verbose": False}


def network(loss: str, hidden: int, outputs: int = 1, columns: int = COLUMNS, **options) -> Network:
    x = Input(columns)
    inside = Dense(hidden, activation="tanh")(x) if hidden else x
    tape = lay_out(Graph(x, Dense(outputs)(inside)), loss, **options)
    parameters = aligned(tape.parameter_count, np.float64)
    parameters[...] = np.random.default_rng(3).normal(size=len(parameters))
    return Network(tape, parameters)


def near_a_teacher(net: Network, rng) -> Rows:
    """What the network says, with noise; then the network leaves its place for one nearby.

    So both solvers come to the same one of many minima.
    """
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)))
    said = Forward(net).predict(rows)
    net.parameters += 0.05 * rng.normal(size=len(net.parameters))
    return Rows(rows.x, said + 0.05 * rng.normal(size=said.shape))


def solve(net: Network, rows: Rows, solver="lm", **settings) -> History:
    history = History(early_stopping=False)
    chosen = {"alpha": 0.0, "tol": 1e-10, **LIMITS, **settings}
    minimise(FullGradient(net, rows), history, solver=solver, **chosen)
    return history


def scipy_optimum(net: Network, rows: Rows, residuals) -> float:
    """Half the sum of squares that SciPy's MINPACK reaches from the same start."""
    at = net.parameters.copy()

    def of(parameters):
        net.parameters[...] = parameters
        return residuals(Forward(net).predict(Rows(rows.x))).ravel()

    result = scipy.optimize.least_squares(
        of, at, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=20_000
    )
    net.parameters[...] = at
    return float(result.cost)


def test_one_step_without_damping_solves_linear_least_squares(rng):
    net = network("squared_error", hidden=0)
    rows = near_a_teacher(net, rng)
    history = solve(net, rows, LevenbergMarquardt(damping=0.0))
    design = np.column_stack([rows.x, np.ones(ROWS)])
    expected = np.linalg.lstsq(design, rows.y[:, 0], rcond=None)[0]
    # The normal equations of 3 well-conditioned unknowns: some roundings.
    np.testing.assert_allclose(net.parameters, expected, rtol=0.0, atol=1e-14)
    assert history.epochs == 1


# Reported is the mean over rows and outputs of half the squares. Both solvers leave slopes of at
# most about 1e-8, so the losses differ by about the square of that, and by roundings.
SAME = 1e-12


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_network_ends_where_minpack_ends(outputs, rng):
    net = network("squared_error", 3, outputs)
    rows = near_a_teacher(net, rng)
    expected = scipy_optimum(net, rows, lambda p: p - rows.y)
    assert solve(net, rows).loss * ROWS * outputs == pytest.approx(expected, rel=SAME)


def test_a_penalty_is_as_many_residuals_more(rng):
    net, alpha = network("squared_error", 3), 0.3
    rows = near_a_teacher(net, rng)
    biases = np.r_[3 * COLUMNS : 3 * COLUMNS + 3, len(net.parameters) - 1]
    weights = np.delete(np.arange(len(net.parameters)), biases)

    def residuals(prediction):
        shrunk = np.sqrt(alpha) * net.parameters[weights]
        return np.concatenate([(prediction - rows.y)[:, 0], shrunk])

    expected = scipy_optimum(net, rows, residuals)
    assert solve(net, rows, alpha=alpha).loss * ROWS == pytest.approx(expected, rel=SAME)


def test_weights_and_targets_that_are_not_known(rng):
    net = network("squared_error", 3, 2, weighted=True)
    rows = near_a_teacher(network("squared_error", 3, 2), rng)
    weight, y = rng.exponential(size=ROWS), rows.y.copy()
    y[::4, 0] = y[1::5, 1] = np.nan
    roots = np.sqrt(weight)[:, None]
    expected = scipy_optimum(net, rows, lambda p: roots * np.where(np.isnan(y), 0.0, p - y))
    found = solve(net, Rows(rows.x, y, weight)).loss * weight.sum() * 2
    assert found == pytest.approx(expected, rel=SAME)


def test_one_step_solves_the_least_squares_of_members_side_by_side(rng):
    """Their loss is the mean of theirs; they share targets, some of which are not known."""
    net = network("squared_error", hidden=0, outputs=2, members=2, weighted=True)
    x, y = rng.normal(size=(ROWS, COLUMNS)), rng.normal(size=(ROWS, 1))
    weight = rng.exponential(size=ROWS)
    y[::4] = np.nan
    history = solve(net, Rows(x, y, weight), LevenbergMarquardt(damping=0.0))
    known, roots = np.isfinite(y[:, 0]), np.sqrt(weight)
    design = roots[:, None] * np.column_stack([x, np.ones(ROWS)])
    expected = np.linalg.lstsq(design[known], (roots * y[:, 0])[known], rcond=None)[0]
    # The normal equations of 3 well-conditioned unknowns: some roundings.
    found = net.parameters.reshape(COLUMNS + 1, 2)
    np.testing.assert_allclose(found, np.column_stack([expected] * 2), rtol=0.0, atol=1e-14)
    assert history.epochs == 1


def test_the_evidence_of_members_is_refused(rng):
    net = network("squared_error", 3, 2, members=2)
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), rng.normal(size=(ROWS, 1)))
    message = "bayesian must be False for members side by side, got True for 2 members"
    with pytest.raises(ValueError, match=message):
        solve(net, rows, LevenbergMarquardt(bayesian=True))


def test_squares_of_logarithms(rng):
    net = network("squared_log_error", 2)
    rows = near_a_teacher(net, rng)
    y = np.abs(rows.y)
    expected = scipy_optimum(net, rows, lambda p: np.log1p(p) - np.log1p(y))
    found = solve(net, Rows(rows.x, y)).loss * ROWS
    assert found == pytest.approx(2.0 * expected, rel=SAME)  # no half here


def test_the_factor_of_the_loss_changes_nothing(rng):
    half, whole = network("squared_error", 3), network("mean_squared_error", 3)
    rows = near_a_teacher(half, rng)
    assert solve(whole, rows).loss == pytest.approx(2.0 * solve(half, rows).loss, rel=SAME)


def test_rows_in_pieces_give_the_same(rng, monkeypatch):
    whole, cut = network("squared_error", 3), network("squared_error", 3)
    rows = near_a_teacher(whole, rng)
    expected = solve(whole, rows).loss
    # 13 parameters of 8 bytes: pieces of 7 rows.
    monkeypatch.setattr("chainrule.engine.jacobian.PIECE_BYTES", 7 * 13 * 8)
    assert solve(cut, rows).loss == pytest.approx(expected, rel=SAME)


def linear_problem(rng, rows: int = 200, columns: int = 12):
    """Weights of standard deviation 0.5, noise of 0.2, half of the columns nearly unseen."""
    X = rng.normal(size=(rows, columns)) * np.where(np.arange(columns) < columns // 2, 1.0, 0.01)
    y = X @ rng.normal(scale=0.5, size=columns) + rng.normal(scale=0.2, size=rows)
    return X, y


def bayesian(X, y, loss: str):
    x = Input(X.shape[1])
    tape = lay_out(Graph(x, Dense(1, bias=False)(x)), loss)
    net = Network(tape, aligned(tape.parameter_count, np.float64))
    solver = LevenbergMarquardt(bayesian=True)
    history = solve(net, Rows(X, y[:, None]), solver, alpha=1e-3, tol=1e-13)
    return net.parameters, history


@pytest.mark.parametrize("loss", ["squared_error", "mean_squared_error"])
def test_the_evidence_is_that_of_bayesian_ridge(loss, rng):
    X, y = linear_problem(rng)
    weights, history = bayesian(X, y, loss)
    # Flat priors on both precisions, as ours; its `lambda` is our alpha, its `alpha` our beta.
    flat = dict.fromkeys(["alpha_1", "alpha_2", "lambda_1", "lambda_2"], 0.0)
    reference = BayesianRidge(fit_intercept=False, tol=1e-12, max_iter=10_000, **flat).fit(X, y)
    found = history.evidence[-1]
    # Two fixed-point iterations for the same point; each stops when a step changes 1e-12.
    assert found.alpha == pytest.approx(reference.lambda_, rel=1e-6)
    assert found.beta == pytest.approx(reference.alpha_, rel=1e-6)
    np.testing.assert_allclose(weights, reference.coef_, rtol=0.0, atol=1e-7)
    # Noise 0.2 and weights 0.5 were drawn: 200 residuals tell a variance to a tenth (two standard
    # errors are 2 sqrt(2 / 200) = 0.2), some 6 to 12 weights to a factor of three.
    assert found.beta == pytest.approx(1.0 / 0.2**2, rel=0.2)
    assert 1.0 / 3.0 < found.alpha * 0.5**2 < 3.0
    # The columns that are seen are determined, the others hardly.
    assert 6.0 < found.effective_parameters < 9.0


def test_the_evidence_finds_the_noise_around_a_curve(rng):
    """With 20 hidden units the data, not the network's size, decide how much is learned."""
    X = rng.uniform(-3.0, 3.0, size=(200, 1))
    rows = Rows(X, np.sin(2.0 * X) + 0.1 * rng.normal(size=X.shape))
    net = network("squared_error", 20, columns=1)
    history = solve(net, rows, LevenbergMarquardt(bayesian=True), alpha=1e-3, tol=1e-7)
    found = history.evidence[-1]
    assert len(history.evidence) == history.epochs
    # Some 170 residuals tell a standard deviation to 2 / sqrt(2 * 170) = 0.11, two standard errors.
    assert 1.0 / np.sqrt(found.beta) == pytest.approx(0.1, rel=0.11)
    assert found.effective_parameters < 40.0 < len(net.parameters) == 61
