"""GraphModel: unknown targets, first weights that look at data, priors of the weights."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule.engine import descent
from chainrule.exceptions import DataError
from chainrule.formulas import SoftSharing
from chainrule.graph import BatchNorm, Dense, Dropout, Graph, Input, chain
from chainrule.training import GraphModel

ROWS, COLUMNS, OUTPUTS = 40, 3, 2


def table(rng) -> tuple[np.ndarray, np.ndarray]:
    return 3.0 * rng.normal(size=(ROWS, COLUMNS)), rng.normal(size=(ROWS, OUTPUTS))


def two_layers(outputs: int = OUTPUTS, initializer: str = "scikit-learn") -> Graph:
    x = Input(COLUMNS)
    layers = [Dense(5, "tanh", initializer), Dense(outputs, initializer=initializer)]
    return Graph(x, chain(x, layers))


def with_unknown(y: np.ndarray) -> np.ndarray:
    y = y.copy()
    y[3, 1] = y[7, 0] = y[9, :] = np.nan
    return y


def test_an_unknown_target_costs_and_teaches_nothing(rng):
    """By hand: the sum over known entries of half the squared error, over the rows."""
    X, y = table(rng)
    y = with_unknown(y)
    model = GraphModel(two_layers())
    loss, gradient = model.loss_and_gradient(X, y)
    errors = model.predict(X) - y
    assert loss == pytest.approx(0.5 * np.nansum(errors**2) / ROWS, rel=1e-14)
    # The last layer's biases see the errors themselves.
    place = slice(len(gradient) - OUTPUTS, len(gradient))
    assert_allclose(gradient[place], np.nansum(errors, axis=0) / ROWS, rtol=1e-13)
    assert model.check_gradients(X, y).ok


@pytest.mark.parametrize(("loss", "outputs"), [("gaussian_likelihood", 4), ("quantiles", 6)])
def test_a_loss_that_joins_targets_leaves_out_the_row(loss, outputs, rng):
    X, y = table(rng)
    known = ~np.isnan(with_unknown(y)).any(axis=1)
    model = GraphModel(two_layers(outputs), loss)
    with_gaps, whole = model.loss(X, with_unknown(y)), model.loss(X[known], y[known])
    assert with_gaps * ROWS == pytest.approx(whole * known.sum(), rel=1e-13)


def test_a_row_of_classes_is_known_or_not(rng):
    X, _ = table(rng)
    y = np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, ROWS)]
    y[4] = np.nan
    model = GraphModel(two_layers(), "log_loss")
    assert model.check_gradients(X, y).ok
    y[5, 0] = np.nan
    with pytest.raises(
        DataError, match=r"^y must be known for all classes .*'log_loss', .*row 5 \(counted"
    ):
        model.fit(X, y)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs", "newton-cg", "lm"])
def test_a_fit_learns_around_unknown_targets(optimizer, rng):
    X, _ = table(rng)
    y = X[:, :OUTPUTS] + 1.0
    x = Input(COLUMNS)
    model = GraphModel(Graph(x, Dense(OUTPUTS)(x)))
    model.fit(X, with_unknown(y), optimizer=optimizer, learning_rate=rate_of(optimizer), epochs=900)
    # What is known says all: the remaining rows have the same two lines behind them.
    assert_allclose(model.predict(X), y, atol=1e-3)


def rate_of(optimizer: str) -> float | None:
    return 0.01 if optimizer == "adam" else None


@pytest.mark.parametrize(
    ("outputs", "place", "value", "message"),
    [
        (
            2,
            (slice(None), 1),
            np.nan,
            r"^y must be known in some row .*column 1 \(counted.*Leave",
        ),
        (2, (3, 0), np.inf, r"^y must be finite, got inf in row 3, column 0 \(counted .* Impute"),
        (1, (3, 0), np.nan, r"^y must be finite, got nan in row 3, column 0 \(.* It is"),
    ],
)
def test_targets_that_say_nothing_are_refused(outputs, place, value, message, rng):
    X, y = table(rng)
    y = y[:, :outputs].copy()
    y[place] = value
    with pytest.raises(DataError, match=message):
        GraphModel(two_layers(outputs)).fit(X, y)


# Steps so small that they show in no weight, only in a bias of 0.
STILL = {"optimizer": "sgd", "learning_rate": 1e-300, "epochs": 1}


def test_lsuv_gives_every_layer_variance_one(rng):
    X, y = table(rng)
    model = GraphModel(two_layers(initializer="lsuv")).fit(X, y, **STILL)
    first = X @ model.coefs[0]
    assert first.std() == pytest.approx(1.0, rel=1e-12)
    hidden = np.tanh(first + model.intercepts[0])
    assert (hidden @ model.coefs[1]).std() == pytest.approx(1.0, rel=1e-12)


def test_realmlps_rule_gives_every_unit_variance_one(rng):
    X, y = table(rng)
    x = Input(COLUMNS)
    model = GraphModel(Graph(x, Dense(OUTPUTS, initializer="realmlp")(x))).fit(X, y, **STILL)
    assert_allclose((X @ model.coefs[0]).std(axis=0), 1.0, rtol=1e-12)
    # Minus a convex combination of rows: some unit is 0 within the range that it has on the table.
    outputs = X @ model.coefs[0] + model.intercepts[0]
    assert (outputs.min(axis=0) < 0.0).all()
    assert (outputs.max(axis=0) > 0.0).all()


def test_the_look_at_the_data_computes_no_gradient(rng, monkeypatch):
    def refuse(*given):
        raise AssertionError("a backward pass")

    monkeypatch.setattr(descent.FullGradient, "__call__", refuse)
    X, y = table(rng)
    GraphModel(two_layers(initializer="lsuv")).fit(X, y, **STILL)


@pytest.mark.parametrize("rows", [ROWS, 5000])
def test_the_rows_looked_at_may_be_a_part_or_very_many(rng, rows):
    """Of a table in any order the variance is the same, but for which 4096 rows are drawn."""
    X, y = rng.normal(size=(rows, COLUMNS)), rng.normal(size=(rows, OUTPUTS))
    X[:, 0] = 3.0
    model = GraphModel(two_layers(initializer="lsuv")).fit(X, y, **STILL)
    # A deviation of 4096 * 5 numbers or more varies by 1 / sqrt(2 * 20480) = 0.5 %.
    exact = 1e-12 if rows == ROWS else 0.03
    assert (X @ model.coefs[0]).std() == pytest.approx(1.0, rel=exact)


def test_only_the_first_fit_looks_at_the_data(rng):
    X, y = table(rng)
    model = GraphModel(two_layers(initializer="lsuv")).fit(X, y, **STILL)
    before = model.parameters.copy()
    assert_allclose(model.fit(5.0 * X, y, **STILL).parameters, before, atol=1e-290)
    untouched = GraphModel(two_layers(initializer="he_normal"))
    before = untouched.parameters.copy()
    assert_allclose(untouched.fit(X, y, **STILL).parameters, before, atol=1e-290)


def test_first_weights_from_data_leave_running_averages(rng):
    """A step of an epoch moves them; the look at the data before does not."""
    X, y = table(rng)
    x = Input(COLUMNS)
    layers = [Dense(4, initializer="lsuv"), BatchNorm(), Dropout(0.3), Dense(OUTPUTS)]
    graph = Graph(x, chain(x, layers))
    model = GraphModel(graph).fit(X, with_unknown(y), batch_size=ROWS, **STILL)
    first = X @ model.coefs[0]
    line = next(line for line in model._tape().layers if line.operation == "batch_norm")
    start = {placed.name: placed.start for placed in line.arrays if not placed.array.learned}
    assert first.std() == pytest.approx(1.0, rel=1e-12)
    mean = model.parameters[start["running mean"] : start["running mean"] + 4]
    # One step of a running average that begins at 0 and keeps nine tenths.
    assert_allclose(mean, 0.1 * (first + model.intercepts[0]).mean(axis=0), rtol=1e-10)


def test_a_graph_learns_a_prior_of_its_weights(rng):
    X, y = table(rng)
    model = GraphModel(two_layers(), weight_prior=SoftSharing(3, strength=0.01))
    weights = np.concatenate([coef.ravel() for coef in model.coefs])
    expected = np.linspace(weights.min(), weights.max(), 3)
    assert_allclose(model.weight_mixture["means"], expected, rtol=1e-12)
    assert model.check_gradients(X, y).ok
    assert model.name_of(len(model.parameters) - 1) == "weight prior log widths[2]"
    plain = GraphModel(two_layers())
    assert_array_equal(model.predict(X), plain.predict(X))
    assert str(model.trace(X, y)) == str(plain.trace(X, y))
    before = model.loss(X, y)
    model.fit(X, y, epochs=200, learning_rate=0.01)
    assert model.loss(X, y) < before
    shapes = [shares.shape for shares in model.weight_responsibilities()]
    assert shapes == [(COLUMNS, 5, 3), (5, OUTPUTS, 3)]
    assert_allclose(model.weight_responsibilities()[0].sum(axis=2), 1.0, rtol=1e-14)


@pytest.mark.parametrize("solver", ["lbfgs", "cg"])
def test_solvers_with_gradients_alone_minimise_with_the_prior(solver, rng):
    X, y = table(rng)
    # A wide bound: narrow Gaussians make a bowl so steep that conjugate gradients take thousands.
    prior = SoftSharing(2, strength=0.01, smallest_width=0.3)
    model = GraphModel(two_layers(), weight_prior=prior)
    before, _ = model.loss_and_gradient(X, y)
    model.fit(X, y, optimizer=solver, epochs=5000, tol=1e-5)
    loss, slope = model.loss_and_gradient(X, y)
    assert model.history.loss == pytest.approx(loss, rel=1e-12)
    assert loss < before
    # Where L-BFGS stops for the loss's sake, slopes are of the root of its last digits.
    assert np.abs(slope).max() < (1e-5 if solver == "cg" else 1e-3)


@pytest.mark.parametrize("solver", ["newton-cg", "scg", "lm"])
def test_what_needs_second_derivatives_refuses_the_prior(solver, rng):
    X, y = table(rng)
    model = GraphModel(two_layers(), weight_prior="soft_sharing")
    message = r"^weight_prior must be None for what needs second .*, got SoftSharing.*\"lbfgs\""
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, optimizer=solver)
    with pytest.raises(ValueError, match=message):
        model.hessian_vector(X, y, np.ones(len(model.parameters)))


def test_without_a_prior_there_is_no_mixture():
    with pytest.raises(AttributeError, match=r"^weight_prior must be given .*, got None\. Make"):
        _ = GraphModel(two_layers()).weight_mixture
    with pytest.raises(
        ValueError, match=r"^weight_prior must be one of 'soft_sharing', got 'gauss'"
    ):
        GraphModel(two_layers(), weight_prior="gauss")


@pytest.mark.parametrize("part", ["X", "y"])
def test_masked_values_are_refused(rng, part):
    data = dict(zip("Xy", table(rng), strict=True))
    masked = np.ma.array(data[part])
    masked[2, 1] = np.ma.masked
    with pytest.raises(DataError, match=rf"^{part} must have no masked .* in row 2, column 1\. "):
        GraphModel(two_layers()).fit(**data | {part: masked})
