"""Every solver from the estimators: PyTorch's steps, and the same minima."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris

from chainrule import MLPClassifier, MLPRegressor
from chainrule.estimators._constraints import FULL_BATCH_SOLVERS, STOCHASTIC_SOLVERS
from chainrule.exceptions import DivergenceError
from chainrule.formulas import (
    OPTIMIZERS,
    SGD,
    AdaDelta,
    AdamW,
    Cosine,
    Linear,
    Optimizer,
    RMSProp,
    custom_activation,
    custom_loss,
)
from chainrule.training.full_batch import LevenbergMarquardt

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N = 40
LINEAR = {"hidden_layer_sizes": (), "alpha": 0.0, "batch_size": N, "shuffle": False}
LINEAR |= {"random_state": 0, "n_iter_no_change": np.inf}
STEPS = 20
# name: (PyTorch's class, its settings); learning_rate_init="auto" takes the same usual rates.
PYTORCH = {
    "adagrad": (torch.optim.Adagrad, {"lr": 0.01}),
    "adadelta": (torch.optim.Adadelta, {"lr": 1.0}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01}),
    "amsgrad": (torch.optim.Adam, {"lr": 0.001, "amsgrad": True}),
    "adamw": (torch.optim.AdamW, {"lr": 0.001}),
    "nadam": (torch.optim.NAdam, {"lr": 0.002}),
}


def table() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(N, 3))
    return X, X @ [1.0, -0.5, 0.2] + 0.3 * rng.normal(size=N)


def first_weights(X, y, **settings):
    """What a fit with these settings begins with: a rate so small moves nothing."""
    still = {**settings, "solver": "sgd", "momentum": 0.0, "learning_rate_init": 1e-300}
    model = MLPRegressor(**{**still, "max_iter": 1}).fit(X, y)
    return [array.copy() for array in (*model.coefs_, *model.intercepts_)]


def pytorch_steps(make, settings, arrays, X, y, bound=None) -> list[np.ndarray]:
    W, b = (torch.tensor(array, requires_grad=True) for array in arrays)
    # PyTorch's AdamW decays biases as well unless told otherwise.
    groups = [{"params": [W]}, {"params": [b], "weight_decay": 0.0}]
    optimizer = make(groups, **settings)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = 0.5 * ((torch.tensor(X) @ W + b).ravel() - torch.tensor(y)).square().mean()
        loss.backward()
        if bound is not None:
            torch.nn.utils.clip_grad_norm_([W, b], bound)
        optimizer.step()
    return [W.detach().numpy(), b.detach().numpy()]


@pytest.mark.parametrize("name", PYTORCH)
def test_steps_are_pytorchs(name):
    X, y = table()
    settings = {**LINEAR, "learning_rate_init": "auto", "max_iter": STEPS}
    model = MLPRegressor(**settings, solver=name).fit(X, y)
    make, settings = PYTORCH[name]
    W, b = pytorch_steps(make, settings, first_weights(X, y, **LINEAR), X, y)
    # Twenty steps in float64, the sums in another order; PyTorch keeps Nadam's product of momenta
    # in float32, which shows as its rounding of 6e-8 times the small share that it decides.
    rtol = 1e-8 if name == "nadam" else 1e-10
    assert_allclose(model.coefs_[0], W, rtol=rtol)
    assert_allclose(model.intercepts_[0], b, rtol=rtol)


def test_clipped_gradient_is_pytorchs():
    X, y = table()
    settings = {**LINEAR, "solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1}
    model = MLPRegressor(**settings, clip_norm=0.3, max_iter=STEPS).fit(X, y)
    arrays = first_weights(X, y, **LINEAR)
    W, b = pytorch_steps(torch.optim.SGD, {"lr": 0.1}, arrays, X, y, bound=0.3)
    # PyTorch adds 1e-6 to the norm that it divides by.
    assert_allclose(model.coefs_[0], W, rtol=1e-4)
    assert_allclose(model.intercepts_[0], b, rtol=1e-4)


def test_clip_value_bounds_each_slope():
    X, y = table()
    settings = {**LINEAR, "solver": "sgd", "momentum": 0.0, "learning_rate_init": 1.0}
    model = MLPRegressor(**settings, clip_value=1e-3, max_iter=1).fit(X, 100 * y)
    moved = model.coefs_[0] - first_weights(X, 100 * y, **LINEAR)[0]
    assert_allclose(np.abs(moved), 1e-3, rtol=1e-10)


@pytest.mark.parametrize("solver", STOCHASTIC_SOLVERS)
def test_each_stochastic_solver_learns(solver):
    X, y = table()
    settings = {**LINEAR, "hidden_layer_sizes": (8,), "batch_size": "auto", "max_iter": 300}
    model = MLPRegressor(**settings, solver=solver, learning_rate_init="auto").fit(X, y)
    assert model.loss_curve_[-1] < 0.7 * model.loss_curve_[0]


@pytest.mark.parametrize("solver", FULL_BATCH_SOLVERS)
def test_each_full_batch_solver_reaches_the_minimum(solver):
    """Least squares with a penalty has one minimum: the normal equations give it."""
    X, y = table()
    settings = {"hidden_layer_sizes": (), "alpha": 1.0, "tol": 1e-9, "max_iter": 2000}
    model = MLPRegressor(**settings, solver=solver, random_state=0).fit(X, y)
    centred = X - X.mean(axis=0)
    W = np.linalg.solve(centred.T @ centred + np.eye(3), centred.T @ (y - y.mean()))
    # L-BFGS ends where a step gains less than 2e-9 of the loss: 5e-5 of the weights.
    assert_allclose(model.coefs_[0].ravel(), W, rtol=1e-4)
    assert model.stopped_by_


def test_bayesian_regularisation_tells_its_course():
    X, y = table()
    settings = {"hidden_layer_sizes": (), "random_state": 0, "max_iter": 100, "alpha": 1.0}
    model = MLPRegressor(**settings, solver=LevenbergMarquardt(bayesian=True)).fit(X, y)
    assert set(model.evidence_) == {"alpha", "beta", "effective_parameters"}
    assert all(len(values) == model.n_iter_ for values in model.evidence_.values())
    # Of three weights and a bias that the rows determine well.
    assert 3.0 < model.evidence_["effective_parameters"][-1] <= 4.0
    # The precision of the noise: its deviation is 0.3, known to 1 / sqrt(2 * 40) = 11 %.
    assert model.evidence_["beta"][-1] ** -0.5 == pytest.approx(0.3, rel=0.35)
    plain = MLPRegressor(**settings, solver="lm").fit(X, y)
    assert not hasattr(plain, "evidence_")


def test_settings_objects_are_their_parameters():
    X, y = table()
    pairs = [
        (SGD(0.7, nesterov=False), {"solver": "sgd", "momentum": 0.7, "nesterovs_momentum": False}),
        (AdamW(beta_2=0.9), {"solver": "adamw", "beta_2": 0.9}),
        (AdamW(weight_decay=0.3), {"solver": "adamw", "weight_decay": 0.3}),
        (RMSProp(), {"solver": "rmsprop"}),
    ]
    for choice, parameters in pairs:
        ours = MLPRegressor(**LINEAR, solver=choice, max_iter=5).fit(X, y)
        same = MLPRegressor(**{**LINEAR, **parameters}, max_iter=5).fit(X, y)
        assert_array_equal(ours.coefs_[0], same.coefs_[0])


def test_adadelta_is_told_its_usual_rate():
    X, y = table()
    with pytest.warns(UserWarning, match=r"learning_rate_init must be near 1 .* 'auto'"):
        MLPRegressor(**LINEAR, solver=AdaDelta(), max_iter=2).fit(X, y)


def test_course_of_the_learning_rate_by_hand():
    """One step an epoch at the rates 0.2, 0.15, 0.1, 0.05 on one weight's bowl."""
    X, y = np.ones((1, 1)), np.zeros(1)
    settings = {**LINEAR, "batch_size": 1, "solver": "sgd", "momentum": 0.0, "max_iter": 4}
    model = MLPRegressor(**settings, learning_rate_init=0.2, schedule=Linear()).fit(X, y)
    W, b = (array.item() for array in first_weights(X, y, **{**LINEAR, "batch_size": 1}))
    for rate in (0.2, 0.15, 0.1, 0.05):
        slope = W + b
        W, b = W - rate * slope, b - rate * slope
    assert_allclose([model.coefs_[0].item(), model.intercepts_[0].item()], [W, b], rtol=1e-12)


def test_courses_by_name_or_settings():
    X, y = table()
    settings = {**LINEAR, "max_iter": 10, "learning_rate_init": 0.05}
    by_name, by_settings, without = (
        MLPRegressor(**settings, schedule=schedule).fit(X, y)
        for schedule in ("cosine", Cosine(), None)
    )
    assert_array_equal(by_name.coefs_[0], by_settings.coefs_[0])
    assert not np.array_equal(by_name.coefs_[0], without.coefs_[0])


def test_plateau_lowers_the_rate_and_goes_on():
    """Targets that are noise: soon nothing improves, and the rate falls until it is nothing."""
    X = np.random.default_rng(0).normal(size=(N, 3))
    y = np.random.default_rng(1).normal(size=N)
    settings = {**LINEAR, "learning_rate_init": 0.5, "batch_size": 4, "shuffle": True}
    settings |= {"n_iter_no_change": 10, "max_iter": 1000}
    falling = MLPRegressor(**settings, schedule="plateau").fit(X, y)
    steady = MLPRegressor(**settings).fit(X, y)
    assert falling.n_iter_ > steady.n_iter_
    assert falling.loss_curve_[-1] < steady.loss_curve_[-1]


def test_own_activation_and_loss():
    """A user's own formulas are what the registered ones of the same mathematics are."""
    X, y = table()

    def twice_tanh(x):
        return 2.0 / (1.0 + np.exp(-x)) - 1.0

    own = custom_activation(twice_tanh)
    half_square = custom_loss(lambda y, p: 0.5 * (y - p) * (y - p), lambda y, p: p - y, name="own")
    settings = {"hidden_layer_sizes": (5,), "random_state": 0, "max_iter": 5, "alpha": 0.0}
    mine = MLPRegressor(**settings, activation=own, loss=half_square).fit(X, y)
    assert_allclose(
        mine.predict(X),
        (twice_tanh(X @ mine.coefs_[0] + mine.intercepts_[0]) @ mine.coefs_[1]).ravel()
        + mine.intercepts_[1],
        rtol=1e-10,
    )
    # The same loss curve as with the registered loss.
    other = MLPRegressor(**settings, activation=own).fit(X, y)
    assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=1e-12)


def test_an_optimizer_registered_at_run_time_is_used(monkeypatch):
    """One row: a settings object that names it makes it a solver."""

    def constants(t, settings):
        return (settings.learning_rate,)

    def half_step(w, g, rate):
        return (w - 0.5 * rate * g,)

    monkeypatch.setitem(OPTIMIZERS, "half", Optimizer("half", 0, constants, half_step))

    class Half:
        name = "half"
        settings = {}  # noqa: RUF012 - what a user may write

    X, y = table()
    settings = {**LINEAR, "max_iter": 3}
    half = MLPRegressor(**settings, solver=Half(), learning_rate_init=0.2).fit(X, y)
    plain = MLPRegressor(**settings, solver=SGD(0.0), learning_rate_init=0.1).fit(X, y)
    assert_allclose(half.coefs_[0], plain.coefs_[0], rtol=1e-14)


@pytest.mark.parametrize("initializer", ["glorot_uniform", "he_normal", "orthogonal", "lsuv"])
def test_initializers(initializer):
    X, y = table()
    settings = {"hidden_layer_sizes": (30,), "max_iter": 1, "learning_rate_init": 1e-300}
    model = MLPRegressor(**settings, initializer=initializer, random_state=0).fit(X, y)
    W = model.coefs_[0]
    if initializer == "glorot_uniform":
        assert np.abs(W).max() <= np.sqrt(6 / 33)
        assert_allclose(model.intercepts_[0], 0.0, atol=1e-290)
    elif initializer == "he_normal":
        # 90 draws: their deviation is right to 1 / sqrt(180) = 7 %.
        assert W.std() == pytest.approx(np.sqrt(2 / 3), rel=0.25)
    elif initializer == "orthogonal":
        assert_allclose(W @ W.T, np.eye(3), atol=1e-12)
    else:
        assert (X @ W).std() == pytest.approx(1.0, rel=1e-10)


def test_initialiser_that_looks_at_rows_leaves_running_averages_alone():
    X, y = table()
    settings = {"hidden_layer_sizes": (6,), "batch_norm": True, "initializer": "lsuv"}
    settings |= {"batch_size": N, "max_iter": 1, "learning_rate_init": 1e-300, "alpha": 0.0}
    model = MLPRegressor(**settings, random_state=0).fit(X, y)
    sums = X @ model.coefs_[0] + model.intercepts_[0]
    # One step: a tenth of the batch's mean, nine tenths of where the average starts, 0.
    average = model.extra_parameters_["normalisation 1 running mean"]
    assert_allclose(average, 0.1 * sums.mean(axis=0), rtol=1e-10, atol=1e-14)


def test_restarts_keep_the_best():
    """Two hidden units learn XOR from some first weights and not from others."""
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([0, 1, 1, 0])
    settings = {"hidden_layer_sizes": (2,), "activation": "tanh", "solver": "lbfgs", "alpha": 0.0}
    alone = [MLPClassifier(**settings, random_state=seed).fit(X, y).loss_ for seed in range(8)]
    assert max(alone) > 0.3  # a local minimum
    best = MLPClassifier(**settings, random_state=0, n_init=8).fit(X, y)
    assert best.loss_ < 0.01
    assert best.score(X, y) == 1.0
    assert best.loss_ == best.loss_curve_[-1]
    assert len(best.loss_curve_) == best.n_iter_


def test_restarts_are_judged_by_validation_rows_where_there_are_any():
    X, y = table()
    settings = {"hidden_layer_sizes": (4,), "max_iter": 5, "random_state": 1}
    held_out = {"X_val": X[30:], "y_val": y[30:]}
    one = MLPRegressor(**settings).fit(X[:30], y[:30], **held_out)
    three = MLPRegressor(**settings, n_init=3).fit(X[:30], y[:30], **held_out)
    assert three.validation_scores_[-1] >= one.validation_scores_[-1]
    assert_allclose(three.score(X[30:], y[30:]), three.validation_scores_[-1], rtol=1e-12)


def test_a_solver_that_is_at_the_bottom_when_its_steps_are_used_up_has_converged():
    X, y = load_iris(return_X_y=True)
    # Its trust region rejects 4 of the 30 steps; a ConvergenceWarning would be an error here.
    model = MLPClassifier((8,), solver="newton-cg", max_iter=30, random_state=0).fit(X, y)
    assert model.stopped_by_ == "No slope is above tol=0.0001."


@pytest.mark.parametrize(
    ("solver", "scale", "what"),
    [("newton-cg", 1e76, "curvature"), ("lm", 1e150, "damping")],
)
def test_numbers_too_large_are_told_plainly(solver, scale, what):
    X, y = table()
    model = MLPRegressor(hidden_layer_sizes=(5,), solver=solver, random_state=0)
    with pytest.raises(DivergenceError, match=f"{what} must stay finite, got .*standardise X"):
        model.fit(X * scale, y)
    assert all(np.isfinite(coef).all() for coef in model.coefs_)
