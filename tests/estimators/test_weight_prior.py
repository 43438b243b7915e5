"""Soft weight sharing as the estimators' user meets it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

import chainrule
from chainrule import MLPClassifier, MLPRegressor
from chainrule.formulas import SoftSharing
from chainrule.training.full_batch import NewtonCG
from chainrule.training.stopping import MaxEpochs

from .cases import TASKS
from .messages import assert_own_form, refusal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

REGRESSION, BINARY = TASKS["regression"], TASKS["binary"]
PLACES, ROWS = 12, 30
SMALL = {"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 5, "learning_rate_init": 0.01}


def edges() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signals, the noisy difference of neighbours at each place, and the weights behind it.

    The same two weights, -1 and 1, do the work at every place; all others are 0.
    """
    rng = np.random.default_rng(0)
    true = np.eye(PLACES)[:, 1:] - np.eye(PLACES)[:, :-1]
    X = rng.normal(size=(ROWS, PLACES))
    return X, X @ true + 0.3 * rng.normal(size=(ROWS, PLACES - 1)), true


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_weights_that_do_the_same_work_gather(solver):
    X, Y, true = edges()
    settings = {"hidden_layer_sizes": (), "solver": solver, "alpha": 0.0, "random_state": 0}
    settings |= {"learning_rate_init": 0.01, "max_iter": 5000, "n_iter_no_change": np.inf}
    alone = MLPRegressor(**settings).fit(X, Y)
    model = MLPRegressor(**settings, weight_prior="soft_sharing").fit(X, Y)
    error = np.abs(model.coefs_[0] - true)
    # Least squares from 30 rows errs by about 0.3 / sqrt(30 - 12) = 0.07 in each weight; what 11
    # weights share is known sqrt(11) times better.
    assert np.abs(alone.coefs_[0] - true).mean() > 0.05
    assert error.mean() < 0.05 / 3
    shares, mixture = model.weight_responsibilities()[0], model.weight_mixture_
    for cluster in (-1.0, 0.0, 1.0):
        assert np.abs(mixture["means"] - cluster).min() < 0.05
    nearest = mixture["means"][shares.argmax(axis=2)]
    assert (np.abs(nearest - true) < 0.15).mean() > 0.97


def test_the_mixture_is_there_with_each_weights_responsibilities():
    model = MLPRegressor(**SMALL, weight_prior=SoftSharing(3)).fit(REGRESSION.X, REGRESSION.y)
    proportions, means, widths = model.weight_mixture_.values()
    assert proportions.shape == means.shape == widths.shape == (3,)
    assert proportions.sum() == pytest.approx(1.0, rel=1e-15)
    for coef, shares in zip(model.coefs_, model.weight_responsibilities(), strict=True):
        density = proportions * norm.pdf(coef[:, :, None], means, widths)
        # Bayes' rule in another order of operations.
        assert_allclose(shares, density / density.sum(axis=2, keepdims=True), rtol=1e-12)


def test_the_mixture_starts_evenly_over_the_first_weights():
    """With a rate of 0, or nearly, nothing moves: five means from the least weight to the most."""
    settings = {**SMALL, "learning_rate_init": 1e-300, "max_iter": 1}
    model = MLPRegressor(**settings, weight_prior="soft_sharing").fit(REGRESSION.X, REGRESSION.y)
    weights = np.concatenate([coef.ravel() for coef in model.coefs_])
    mixture = model.weight_mixture_
    assert_allclose(mixture["means"], np.linspace(weights.min(), weights.max(), 5), rtol=1e-12)
    assert_array_equal(mixture["proportions"], np.full(5, 0.2))
    gap = np.ptp(weights) / 4
    assert_allclose(mixture["widths"], np.hypot(gap, 0.01), rtol=1e-12)


def test_the_strength_is_one_over_the_training_rows():
    """Rows set aside for early stopping are no training rows."""
    X, y = REGRESSION.X, REGRESSION.y
    settings = {**SMALL, "early_stopping": True, "validation_fraction": 0.25}
    rows = len(X) - len(X) // 4
    by_default = MLPRegressor(**settings, weight_prior=SoftSharing()).fit(X, y)
    given = MLPRegressor(**settings, weight_prior=SoftSharing(strength=1 / rows)).fit(X, y)
    assert_array_equal(by_default.coefs_[0], given.coefs_[0])


@pytest.mark.parametrize("task", [REGRESSION, BINARY], ids=["regression", "binary"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("prior", ["soft_sharing", SoftSharing(2, strength=0.01, rate=0.5)])
def test_a_saved_model_keeps_its_mixture(task, dtype, prior, tmp_path):
    X = task.X.astype(dtype)
    model = task.ours(**SMALL, weight_prior=prior).fit(X, task.y)
    model.save(tmp_path / "m.chainrule")
    loaded = chainrule.load(tmp_path / "m.chainrule")
    assert loaded.weight_prior == prior
    assert_array_equal(loaded.predict(X), model.predict(X))
    for name, values in model.weight_mixture_.items():
        assert_array_equal(loaded.weight_mixture_[name], values)
    assert_array_equal(loaded.weight_responsibilities()[1], model.weight_responsibilities()[1])
    # Training goes on from the mixture too.
    for going_on in (model, loaded):
        going_on.set_params(warm_start=True).fit(X, task.y)
    assert_array_equal(loaded.weight_mixture_["means"], model.weight_mixture_["means"])
    assert_array_equal(loaded.coefs_[0], model.coefs_[0])


def test_partial_fits_are_one_fit():
    X, y = REGRESSION.X, REGRESSION.y
    settings = {**SMALL, "shuffle": False, "weight_prior": SoftSharing(3)}
    whole = MLPRegressor(**settings).fit(X, y)
    parts = MLPRegressor(**settings)
    for _ in range(SMALL["max_iter"]):
        parts.partial_fit(X, y)
    assert_array_equal(parts.coefs_[0], whole.coefs_[0])
    assert_array_equal(parts.weight_mixture_["widths"], whole.weight_mixture_["widths"])


def test_a_warm_start_may_bring_change_or_leave_the_prior():
    X, y = REGRESSION.X, REGRESSION.y
    model = MLPRegressor(**SMALL, warm_start=True).fit(X, y)
    assert not hasattr(model, "weight_mixture_")
    assert not hasattr(model, "weight_responsibilities")
    for prior in (SoftSharing(3), SoftSharing(4)):
        model.set_params(weight_prior=prior).fit(X, y)
        assert model.weight_mixture_["means"].shape == (prior.components,)
    model.set_params(weight_prior=None).fit(X, y)
    assert not hasattr(model, "weight_mixture_")


def test_predictions_do_not_ask_for_the_prior():
    X, y = REGRESSION.X, REGRESSION.y
    model = MLPRegressor(**SMALL, weight_prior="soft_sharing").fit(X, y)
    before = model.predict(X)
    model.set_params(weight_prior=None)
    model.coefs_ = [coef.copy() for coef in model.coefs_]  # the network is made again
    assert_array_equal(model.predict(X), before)


def test_it_works_beside_everything_else():
    settings = {"solver": "rmsprop", "batch_norm": True, "dropout": 0.2, "initializer": "lsuv"}
    settings |= {"l1": 0.01, "max_norm": 2.0, "clip_norm": 1.0, "n_init": 2, "diagnostics": True}
    settings |= {"stopping": MaxEpochs(3), "schedule": "cosine", "mixup": 0.2, "noise": 0.1}
    model = MLPClassifier(**{**SMALL, **settings}, weight_prior="soft_sharing")
    model.fit(BINARY.X, BINARY.y)
    assert model.gradient_norms_.shape == (3, 2)
    assert np.isfinite(model.weight_mixture_["means"]).all()


def test_the_best_of_several_runs_has_its_own_mixture():
    settings = {**SMALL, "weight_prior": SoftSharing(3), "alpha": 0.0, "solver": "lbfgs"}
    model = MLPRegressor(**{**settings, "max_iter": 200}, n_init=3).fit(REGRESSION.X, REGRESSION.y)
    proportions, means, widths = model.weight_mixture_.values()
    weights = np.concatenate([coef.ravel() for coef in model.coefs_])
    density = (proportions * norm.pdf(weights[:, None], means, widths)).sum(axis=1)
    error = 0.5 * np.mean((model.predict(REGRESSION.X) - REGRESSION.y) ** 2)
    # The loss that is reported is that of the last weights; sums in another order.
    expected = error - np.log(density).sum() / len(REGRESSION.X)
    assert model.loss_ == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("solver", ["cg", "lbfgs"])
def test_of_several_outputs_the_loss_is_the_mean_with_the_penalty_as_it_is(solver):
    X, Y, _ = edges()
    settings = {"hidden_layer_sizes": (), "solver": solver, "alpha": 0.0, "random_state": 0}
    model = MLPRegressor(**settings, weight_prior="soft_sharing", max_iter=20).fit(X, Y)
    proportions, means, widths = model.weight_mixture_.values()
    density = (proportions * norm.pdf(model.coefs_[0][:, :, None], means, widths)).sum(axis=2)
    expected = 0.5 * np.mean((model.predict(X) - Y) ** 2) - np.log(density).sum() / ROWS
    # Of cg it is made from the sum over outputs and back, which costs some roundings.
    assert model.loss_curve_[-1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("solver", ["newton-cg", "scg", "lm", NewtonCG()])
def test_solvers_with_second_derivatives_are_refused(solver):
    model = MLPRegressor(**SMALL, solver=solver, weight_prior="soft_sharing")
    message = refusal(ValueError, model.fit, REGRESSION.X, REGRESSION.y)
    assert_own_form(message, "weight_prior")
    assert "'lbfgs'" in message


def test_another_prior_is_refused():
    model = MLPRegressor(**SMALL, weight_prior="soft_sharin")
    message = refusal(ValueError, model.fit, REGRESSION.X, REGRESSION.y)
    assert "Did you mean 'soft_sharing'?" in message
