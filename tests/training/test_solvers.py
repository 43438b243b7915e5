"""Every full-batch solver: the same optimum, the same interface, clear refusals."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from chainrule.engine.descent import FullGradient
from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned, views
from chainrule.engine.rows import Rows
from chainrule.exceptions import DivergenceError, TrainingInterruptedWarning
from chainrule.graph import (
    Activate,
    BatchNorm,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Graph,
    Input,
    LayerNorm,
    MemberDense,
    Noise,
    PeriodicEmbedding,
    Scale,
    chain,
)
from chainrule.graph.layout import lay_out
from chainrule.training import GraphModel, History, Validation, minimise
from chainrule.training.full_batch import (
    FULL_BATCH_SOLVERS,
    LBFGS,
    LevenbergMarquardt,
    NewtonCG,
    ScaledConjugateGradients,
)
from chainrule.training.full_batch.problem import End
from chainrule.training.stopping import GradientNorm, ValidationPatience, WeightChange

ROWS, COLUMNS, CLASSES, ALPHA = 120, 4, 3, 2.0
LIMITS = {"max_iter": 500, "max_fun": 2000, "verbose": False}
EVERY = pytest.mark.parametrize("solver", sorted(FULL_BATCH_SOLVERS))
# Their steps follow the sum over outputs itself; L-BFGS is given scikit-learn's mean beside the
# gradient of the sum, as in scikit-learn.
CONSISTENT = pytest.mark.parametrize("solver", sorted(set(FULL_BATCH_SOLVERS) - {"lbfgs"}))
FOR_CLASSES = pytest.mark.parametrize("solver", sorted(set(FULL_BATCH_SOLVERS) - {"lm"}))


def network(outputs: int, loss: str, hidden: int = 0, **options) -> Network:
    x = Input(COLUMNS)
    inside = Dense(hidden, activation="tanh")(x) if hidden else x
    tape = lay_out(Graph(x, Dense(outputs)(inside)), loss, **options)
    parameters = aligned(tape.parameter_count, np.float64)
    parameters[...] = 0.3 * np.random.default_rng(1).normal(size=len(parameters))
    return Network(tape, parameters)


def regression(rng, outputs: int = 1) -> Rows:
    X = rng.normal(size=(ROWS, COLUMNS))
    return Rows(X, X[:, :outputs] * 2.0 + rng.normal(size=(ROWS, outputs)))


def classes(rng) -> Rows:
    X = rng.normal(size=(ROWS, COLUMNS))
    y = (X[:, :CLASSES] + rng.normal(size=(ROWS, CLASSES))).argmax(axis=1)
    return Rows(X, y.astype(np.int32))


def solve(net: Network, rows: Rows, solver, **settings) -> History:
    history = History(early_stopping=settings.pop("early_stopping", False))
    chosen = {"alpha": ALPHA, "tol": 1e-9, **LIMITS, **settings}
    minimise(FullGradient(net, rows), history, solver=solver, **chosen)
    return history


@EVERY
def test_ridge_regression(solver, rng):
    net, rows = network(1, "squared_error"), regression(rng)
    history = solve(net, rows, solver)
    loss, slope = FullGradient(net, rows)(ALPHA)
    # L-BFGS stops where the loss no longer falls by 2e-9 of itself, the others where it no longer
    # falls at all: slopes of about the root of 2e-9 and 2e-16.
    assert np.abs(slope).max() < (5e-5 if solver == "lbfgs" else 2e-7)
    assert history.loss == pytest.approx(loss, rel=1e-15)
    assert history.stopped_by
    (coef,), (intercept,) = views(net.tape, net.parameters)
    reference = Ridge(alpha=ALPHA).fit(rows.x, rows.y[:, 0])  # half squares, summed: our alpha
    # Off by slope over curvature, which is about 1.
    np.testing.assert_allclose(coef[:, 0], reference.coef_.ravel(), atol=1e-4)
    np.testing.assert_allclose(intercept, reference.intercept_, atol=1e-4)


@CONSISTENT
def test_several_outputs_are_a_sum(solver, rng):
    net, rows = network(2, "squared_error"), regression(rng, outputs=2)
    history = solve(net, rows, solver)
    loss, slope = FullGradient(net, rows)(ALPHA)
    assert np.abs(slope).max() < 2e-7  # the root of a last digit
    # What is reported is scikit-learn's mean over outputs; to and fro it rounds a few times.
    assert history.loss == pytest.approx(loss, rel=1e-14)
    (coef,), _ = views(net.tape, net.parameters)
    np.testing.assert_allclose(coef.T, Ridge(alpha=ALPHA).fit(rows.x, rows.y).coef_, atol=1e-6)


@FOR_CLASSES
def test_logistic_regression(solver, rng):
    net, rows = network(CLASSES, "log_loss", codes=True), classes(rng)
    solve(net, rows, solver)
    reference = LogisticRegression(C=1.0 / ALPHA, tol=1e-10, max_iter=2000).fit(rows.x, rows.y)
    (coef,), _ = views(net.tape, net.parameters)
    # The smallest curvature is alpha / ROWS = 0.017; L-BFGS and scikit-learn leave slopes of 5e-5.
    np.testing.assert_allclose(coef.T, reference.coef_, atol=3e-3)


@pytest.mark.parametrize("solver", ["newton-cg", "lm"])
def test_newton_steps_converge_faster_than_any_line(solver, rng):
    """With residuals that vanish at the optimum, errors square from step to step."""
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)))
    teacher = network(1, "squared_error", hidden=3)
    rows = Rows(rows.x, Forward(teacher).predict(rows))
    net = network(1, "squared_error", hidden=3)
    net.parameters += 0.05 * rng.normal(size=len(net.parameters))
    losses = solve(net, rows, solver, alpha=0.0, tol=1e-14).loss_curve
    assert losses[-1] < 1e-25
    # Once a loss is below 1e-13, exponents grow by half or double from step to step. At a steady
    # rate, a tenth a step, the twelve digits would take twelve steps.
    assert sum(1e-25 < loss < 1e-13 for loss in losses) <= 5


def test_scaled_conjugate_gradients_solve_a_quadratic_in_as_many_steps_as_parameters(rng):
    net, rows = network(1, "squared_error"), regression(rng)
    history = solve(net, rows, ScaledConjugateGradients(scale=1e-12), tol=1e-10)
    assert history.epochs <= COLUMNS + 1 == len(net.parameters)


@EVERY
def test_each_iteration_is_reported_and_a_callback_ends_it(solver, rng):
    net, rows = network(1, "squared_error", hidden=5), regression(rng)
    reports = []

    def stop_at_three(report) -> bool:
        reports.append(report)
        return report.epoch == 3

    history = solve(net, rows, solver, on_epoch=stop_at_three)
    assert [report.epoch for report in reports] == [1, 2, 3]
    assert [report.loss for report in reports] == history.loss_curve
    assert reports[0].rows == ROWS
    assert history.stopped_by == "A callback asked for it."
    assert all(np.diff(history.loss_curve) <= 0.0)
    # The parameters that are kept belong to the last loss.
    assert FullGradient(net, rows)(ALPHA)[0] == pytest.approx(history.loss, rel=1e-15)


@EVERY
def test_ctrl_c_keeps_the_last_weights(solver, rng):
    net, rows = network(1, "squared_error", hidden=5), regression(rng)

    def interrupt(report) -> bool:
        if report.epoch == 2:
            raise KeyboardInterrupt
        return False

    with pytest.warns(TrainingInterruptedWarning, match="after 2 epochs; the last weights are"):
        history = solve(net, rows, solver, on_epoch=interrupt)
    assert history.stopped_by == "Ctrl-C in iteration 3."
    assert FullGradient(net, rows)(ALPHA)[0] == pytest.approx(history.loss, rel=1e-15)


@EVERY
def test_too_few_iterations_are_warned_of(solver, rng):
    net, rows = network(1, "squared_error", hidden=5), regression(rng)
    with pytest.warns(ConvergenceWarning, match="failed to converge after 2 iteration"):
        history = solve(net, rows, solver, max_iter=2)
    assert history.stopped_by == "All of the 2 iterations were run."
    assert history.epochs == len(history.loss_curve) == 2


@CONSISTENT
def test_too_few_evaluations_are_warned_of(solver, rng):
    net, rows = network(1, "squared_error", hidden=5), regression(rng)
    with pytest.warns(ConvergenceWarning, match="computed max_fun=20 times"):
        history = solve(net, rows, solver, max_fun=20)
    assert history.epochs >= 1


@CONSISTENT
def test_a_loss_that_is_not_finite_is_an_error(solver, rng):
    net, rows = network(1, "squared_error"), regression(rng)
    broken = Rows(np.full_like(rows.x, np.nan), rows.y)
    before = net.parameters.copy()
    with pytest.raises(DivergenceError, match="loss must stay finite, got nan after 0 iterations"):
        solve(net, broken, solver)
    np.testing.assert_array_equal(net.parameters, before)


@pytest.mark.parametrize(
    ("solver", "scale", "what"),
    [
        ("newton-cg", 1e150, "curvature"),  # 1e300 times squares of such slopes
        ("newton-cg", 1e100, "curvature"),  # finite itself, not so in a direction of length 1e200
        ("lm", 1e155, "Jacobian"),  # its squares are 1e310
    ],
)
def test_derivatives_that_overflow_are_an_error(solver, scale, what, rng):
    net, rows = network(1, "squared_error"), regression(rng)
    if what == "Jacobian":
        net.parameters[:] = 0.0  # or the squares of the errors would overflow before
    before = net.parameters.copy()
    message = f"{what} must stay finite, got infinity after 0 iterations.*standardise X"
    with pytest.raises(DivergenceError, match=message):
        solve(net, Rows(rows.x * scale, rows.y), solver)
    np.testing.assert_array_equal(net.parameters, before)


@EVERY
def test_stopping_rules_and_printing(solver, rng, capsys):
    net, rows = network(1, "squared_error", hidden=5), regression(rng)
    history = solve(net, rows, solver, stopping=(GradientNorm(0.05),), verbose=True)
    _, slope = FullGradient(net, rows)(ALPHA)
    assert np.linalg.norm(slope) <= 0.05
    assert "no more than epsilon=0.05" in history.stopped_by
    assert capsys.readouterr().out.splitlines()[0] == (
        f"Iteration 1, loss = {history.loss_curve[0]:.8f}"
    )


@pytest.mark.parametrize("solver", [NewtonCG(radius=100.0), ScaledConjugateGradients(), "lm"])
def test_a_rejected_step_is_no_step(solver, rng):
    """It moves nothing, which must not look like the end; the loss falls at each that is told."""
    net, rows = network(1, "squared_error", hidden=6), regression(rng)
    rows.y[...] = np.sin(2.0 * rows.x[:, :1]) * rows.x[:, 1:2]
    history = solve(net, rows, solver, alpha=0.01, stopping=[WeightChange(1e-3)])
    assert all(np.diff(history.loss_curve) < 0.0)
    assert "The weights moved by" in history.stopped_by
    assert "moved by 0," not in history.stopped_by
    _, slope = FullGradient(net, rows)(0.01)
    # Where a Newton step is 1e-3 the slope is about that; at the first weights it is 1.
    assert np.abs(slope).max() < 1e-2


@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "quantiles"])
def test_flat_pieces(loss, rng):
    """Refused where steps follow the curvature, warned of where a corner may hold them up."""
    outputs = 3 if loss == "quantiles" else 1
    plain = Graph(x := Input(COLUMNS), Dense(outputs)(x))
    for solver in ("newton-cg", "scg"):
        told = refusal(solver, plain, loss, regression(rng))
        assert told.startswith(f"loss must be one with curvature for the solver {solver!r}, got")
        assert ("'huber'" in told) == (loss == "absolute_error")
    told = rf"loss '{loss}' has corners, at which the solver '(lbfgs|cg|rprop)' may end before"
    for solver in ("lbfgs", "cg", "rprop"):
        with pytest.warns(ConvergenceWarning) as caught:
            solve(network(outputs, loss), regression(rng), solver, max_iter=20)
        assert any(re.match(told, str(warning.message)) for warning in caught)


def test_the_best_weights_on_validation_rows_are_kept(rng):
    net, rows = network(1, "squared_error", hidden=30), regression(rng)
    others = regression(rng)
    scores = []

    def score(prediction, known) -> float:
        scores.append(-float(np.mean((prediction - known.y) ** 2)))
        return scores[-1]

    validation = Validation(Forward(net), others, score)
    rule = ValidationPatience(patience=3)
    history = solve(
        net,
        rows,
        "lm",
        alpha=0.0,
        validation=validation,
        stopping=(rule,),
        early_stopping=True,
    )
    assert "Validation score did not improve" in history.stopped_by
    assert history.validation_scores == scores
    found = -float(np.mean((Forward(net).predict(others) - others.y) ** 2))
    assert found == max(scores) > scores[-1]


def test_float32(rng):
    rows = regression(rng)
    exact = network(1, "squared_error")
    solve(exact, rows, "lm")
    for solver in FULL_BATCH_SOLVERS:
        parameters = aligned(len(exact.parameters), np.float32)
        net = Network(exact.tape, parameters)
        single = Rows(rows.x.astype(np.float32), rows.y.astype(np.float32))
        solve(net, single, solver, tol=1e-4)
        # Slopes of 1e-4 over curvatures of about 1.
        np.testing.assert_allclose(parameters, exact.parameters, atol=1e-3)


LEVELS = (3, 5)
# Small ones, whose optima are a few dozen iterations away.
OF_TABLES = {
    "embedding": [Embedding(LEVELS, 2)],
    "periodic embedding": [PeriodicEmbedding(2, 2)],
    # With a small epsilon smaller weights would always be better, and there would be no optimum.
    "layer norm": [Dense(4), LayerNorm(epsilon=1.0), Activate("tanh")],
    "members": [Scale(spread=2), MemberDense(2, 2), Activate("tanh")],
}


@pytest.mark.parametrize("solver", ["newton-cg", "scg", "lm"])
@pytest.mark.parametrize("layers", OF_TABLES.values(), ids=OF_TABLES)
def test_second_derivatives_through_the_layers_for_tables(layers, solver, rng):
    X = np.column_stack([rng.integers(count, size=ROWS) for count in LEVELS]).astype(float)
    x = Input(len(LEVELS))
    tape = lay_out(Graph(x, Dense(1)(Concatenate()(chain(x, layers), x))), "squared_error")
    net = Network(tape, aligned(tape.parameter_count, np.float64))
    net.parameters[...] = 0.3 * np.random.default_rng(1).normal(size=len(net.parameters))
    rows = Rows(X, np.sin(X[:, :1]) * X[:, 1:] + rng.normal(size=(ROWS, 1)))
    history = solve(net, rows, solver)
    _, slope = FullGradient(net, rows)(ALPHA)
    assert np.abs(slope).max() < 2e-7  # the root of a last digit, where the loss no longer falls
    assert history.epochs < LIMITS["max_iter"]


def refusal(solver, graph, loss: str, rows: Rows, **settings) -> str:
    tape = lay_out(graph, loss, codes=rows.codes)
    net = Network(tape, aligned(tape.parameter_count, np.float64))
    with pytest.raises(ValueError, match=r" must be .*, got .*\. ") as caught:
        solve(net, rows, solver, **settings)
    return str(caught.value)


def test_nonsense_is_refused_with_what_to_do(rng):
    rows, x = regression(rng), Input(COLUMNS)
    plain = Graph(x, Dense(1)(x))
    told = refusal("bfgs", plain, "squared_error", rows)
    assert told.startswith(
        "solver must be one of 'lbfgs', 'cg', 'newton-cg', 'scg', 'lm', 'rprop', got"
    )
    assert "Did you mean 'lbfgs'?" in told
    for solver in FULL_BATCH_SOLVERS:
        told = refusal(solver, plain, "squared_error", rows, l1=0.1)
        assert told.startswith(f'l1 must be 0 for the solver "{solver}", got 0.1. ')
        for layer, name in ((Dropout(0.5), "dropout"), (Noise(0.1), "noise")):
            graph = Graph(x, Dense(1)(layer(Dense(3)(x))))
            told = refusal(solver, graph, "squared_error", rows)
            assert told.startswith(f"solver must be a stochastic one for {name}, got")
    told = refusal("lbfgs", Graph(x, BatchNorm()(Dense(1)(x))), "squared_error", rows)
    assert "for batch normalisation" in told
    of_classes = Graph(x, Dense(CLASSES)(x))
    told = refusal("lm", of_classes, "log_loss", classes(rng))
    assert re.match(r"loss must be one of 'squared_error', .* got 'log_loss'", told)
    told = refusal("lm", Graph(x, Dense(1)(Dense(1000)(x))), "squared_error", rows)
    assert told.startswith('parameters must be at most 4000 for the solver "lm", got 6001, ')


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LBFGS(memory=0), "memory must be positive, got 0"),
        (lambda: LBFGS(loss_tol=-1.0), r"loss_tol must be at least 0, got -1\.0"),
        (lambda: NewtonCG(radius=-1.0), r"radius must be positive, got -1\.0"),
        (lambda: ScaledConjugateGradients(scale=np.nan), "scale must be positive, got nan"),
        (lambda: LevenbergMarquardt(damping=-1.0), r"damping must be at least 0, got -1\.0"),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_graph_model_gives_products_with_its_hessian(rng):
    rows, x = classes(rng), Input(COLUMNS)
    hidden = Dense(3, activation="tanh")(x)
    model = GraphModel(Graph(x, Dense(CLASSES)(hidden)), "log_loss", alpha=ALPHA)
    y, v = np.eye(CLASSES)[rows.y], rng.normal(size=len(model.parameters))
    weight, at, h = rng.exponential(size=ROWS), model.parameters.copy(), 1e-5
    slopes = []
    for side in (h, -h):
        model.parameters[...] = at + side * v
        slopes.append(model.loss_and_gradient(rows.x, y, weight)[1])
    model.parameters[...] = at
    found = model.hessian_vector(rows.x, y, v, weight)
    # Differences err by h^2 = 1e-10 times a derivative, and by 1e-16 / h.
    np.testing.assert_allclose(found, (slopes[0] - slopes[1]) / (2 * h), rtol=0.0, atol=1e-8)
    message = rf"v must have shape \({len(v)},\), got \(2,\)\. Give one number for each"
    with pytest.raises(ValueError, match=message):
        model.hessian_vector(rows.x, y, v[:2])


@dataclass(frozen=True)
class Downhill:
    """Ten short steps against the gradient."""

    name: ClassVar[str] = "downhill"

    def solve(self, problem, on_iteration) -> End:
        x, _, slope = problem.begin()
        for _ in range(10):
            x = x - 0.1 * slope
            value, slope = problem(x)
            on_iteration(x, value)
        return End("Ten steps are enough.")


def test_a_new_solver_is_a_class_and_a_row(rng, monkeypatch):
    monkeypatch.setitem(FULL_BATCH_SOLVERS, "downhill", Downhill)
    net, rows = network(1, "squared_error"), regression(rng)
    history = solve(net, rows, "downhill")
    assert history.stopped_by == "Ten steps are enough."
    assert len(history.loss_curve) == 10
    assert FullGradient(net, rows)(ALPHA)[0] == pytest.approx(history.loss, rel=1e-15)
