"""Without hidden layers: the linear models of the lectures, beside scikit-learn's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import linear_model, svm
from sklearn.datasets import make_classification

from chainrule import MLPClassifier, MLPRegressor
from chainrule.formulas import Huber, Quantile

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LINEAR = {"hidden_layer_sizes": (), "random_state": 0}
# To the minimum: Newton's steps end at a gradient of 1e-10. scikit-learn's L-BFGS ends where a
# step gains less than 64 roundings of the loss, 1e-14, which is 1e-7 of the weights; curvatures are
# about 0.01 and more.
EXACT = {**LINEAR, "solver": "newton-cg", "alpha": 0.0, "tol": 1e-10, "max_iter": 500}
AGREE = {"rtol": 1e-5, "atol": 1e-6}
N = 120


def classes(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = make_classification(
        N, 5, n_informative=4, n_redundant=0, n_classes=n_classes, random_state=3, class_sep=0.6
    )
    return X, y


def numbers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(N, 4))
    return X, X @ [1.0, -2.0, 0.5, 0.0] + 0.7 + rng.standard_t(3, size=N)


def positive() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    X = rng.normal(size=(N, 3))
    return X, rng.gamma(2.0, np.exp(X @ [0.4, -0.3, 0.1]) / 2.0)


def separable() -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(1).normal(size=(60, 3))
    side = X @ [1.0, 2.0, -1.0]
    apart = np.abs(side) > 0.3
    return X[apart], np.where(side[apart] > 0, "right", "left")


def first_weights(model, X, y):
    """Those that a fit begins with: a rate so small moves no weight by a bit."""
    still = model.set_params(learning_rate_init=1e-300, max_iter=1).fit(X, y)
    return still.coefs_[0].copy(), still.intercepts_[0].copy()


ROSENBLATT = {
    **LINEAR,
    "loss": "perceptron",
    "solver": "sgd",
    "momentum": 0.0,
    "batch_size": 1,
    "alpha": 0.0,
    "shuffle": False,
    "n_iter_no_change": np.inf,
}


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_perceptron_takes_rosenblatts_steps(epochs):
    X, y = separable()
    coef, intercept = first_weights(MLPClassifier(**ROSENBLATT), X, y)
    ours = MLPClassifier(**ROSENBLATT, learning_rate_init=1.0, max_iter=epochs).fit(X, y)
    theirs = linear_model.Perceptron(max_iter=epochs, tol=None, shuffle=False)
    theirs.fit(X, y, coef_init=coef.T, intercept_init=intercept)
    # The same additions in the same order.
    assert_allclose(ours.coefs_[0].T, theirs.coef_, rtol=1e-12)
    assert_allclose(ours.intercepts_[0], theirs.intercept_, rtol=1e-12)


def test_perceptron_converges_in_finitely_many_updates():
    """On separable rows all are right after some epochs, and nothing moves any more."""
    X, y = separable()
    model = MLPClassifier(**ROSENBLATT, learning_rate_init=1.0, max_iter=100).fit(X, y)
    assert model.score(X, y) == 1.0
    assert model.loss_curve_[-1] == 0.0
    after = MLPClassifier(**ROSENBLATT, learning_rate_init=1.0, max_iter=101).fit(X, y)
    assert_array_equal(after.coefs_[0], model.coefs_[0])


def test_perceptron_never_learns_xor():
    """No line has both diagonals on its sides: at least one of four points is wrong."""
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([0, 1, 1, 0])
    model = MLPClassifier(**ROSENBLATT, learning_rate_init=1.0, max_iter=200).fit(X, y)
    assert model.score(X, y) <= 0.75


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_and_softmax_regression(n_classes):
    """scikit-learn minimises C * sum of losses + |w|^2 / 2: alpha = 1 / C."""
    X, y = classes(n_classes)
    ours = MLPClassifier(**{**EXACT, "alpha": 2.0}).fit(X, y)
    theirs = linear_model.LogisticRegression(C=0.5, tol=1e-10, max_iter=5000).fit(X, y)
    assert_allclose(ours.coefs_[0].T, theirs.coef_, **AGREE)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), **AGREE)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_linear_support_vector_machine(n_classes):
    """One class against the rest: C * sum of squared hinges + |w|^2 / 2, so alpha = 1 / C.

    liblinear penalises the intercept as well; a column of a large constant makes that negligible.
    """
    X, y = classes(n_classes)
    ours = MLPClassifier(loss="squared_hinge", **{**EXACT, "alpha": 2.0}).fit(X, y)
    theirs = svm.LinearSVC(
        C=0.5, loss="squared_hinge", dual=False, tol=1e-10, max_iter=20000, intercept_scaling=1e3
    ).fit(X, y)
    # 1e-6 of the penalty goes to the constant's weight.
    assert_allclose(ours.coefs_[0].T, theirs.coef_, rtol=1e-4, atol=1e-5)
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-4, atol=1e-4)
    assert_array_equal(ours.predict(X), theirs.predict(X))


# The hinge has kinks, at which its slope is any of many: averages of falling steps come near the
# optimum, not to it. What is compared is the objective.
DESCENT = {
    **LINEAR,
    "solver": "adam",
    "alpha": 0.0,
    "l2": 1.0 / N,
    "batch_size": N,
    "learning_rate_init": 0.1,
    "schedule": "cosine",
    "max_iter": 3000,
    "n_iter_no_change": np.inf,
}


@pytest.mark.parametrize(("loss", "kind"), [("hinge", "ovr"), ("crammer_singer", "crammer_singer")])
def test_hinge_and_crammer_singer_reach_the_same_objective(loss, kind):
    X, y = classes(3)
    one_hot = y[:, None] == np.arange(3)

    def objective(decision, weights):
        if kind == "ovr":
            losses = np.maximum(0, 1 - np.where(one_hot, 1, -1) * decision).sum(axis=1)
        else:
            others = np.where(one_hot, -np.inf, decision).max(axis=1)
            losses = np.maximum(0, 1 + others - decision[one_hot])
        return losses.mean() + 0.5 * (weights**2).sum() / N

    ours = MLPClassifier(loss=loss, **DESCENT).fit(X, y)
    theirs = svm.LinearSVC(
        C=1.0, loss="hinge", multi_class=kind, tol=1e-8, max_iter=10**6, random_state=0
    )
    theirs.set_params(intercept_scaling=30.0).fit(X, y)
    best = objective(theirs.decision_function(X), theirs.coef_)
    found = objective(ours.decision_function(X), ours.coefs_[0])
    # Theirs pays a thousandth for the intercept as well, so ours may come out lower.
    assert found <= best * (1 + 1e-3)
    assert found >= best * (1 - 1e-2)


@pytest.mark.parametrize("n_targets", [1, 3])
def test_ridge_regression(n_targets):
    """Half the squared errors: their alpha is ours."""
    X, y = numbers()
    y = y if n_targets == 1 else np.column_stack([y, y**2, -y])
    ours = MLPRegressor(**{**EXACT, "alpha": 3.0}, loss="squared_error").fit(X, y)
    theirs = linear_model.Ridge(alpha=3.0).fit(X, y)
    if n_targets == 1:
        assert_allclose(ours.coefs_[0].ravel(), theirs.coef_, **AGREE)
    assert_allclose(ours.predict(X), theirs.predict(X), **AGREE)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_poisson_and_gamma_regression(loss):
    """Theirs minimise the mean of half the deviance + alpha |w|^2 / 2, which is our l2."""
    X, y = positive()
    model = {"poisson": linear_model.PoissonRegressor, "gamma": linear_model.GammaRegressor}[loss]
    ours = MLPRegressor(loss=loss, l2=0.1, **EXACT).fit(X, y)
    theirs = model(alpha=0.1, tol=1e-10, max_iter=10000).fit(X, y)
    assert_allclose(ours.coefs_[0].ravel(), theirs.coef_, **AGREE)
    assert_allclose(ours.predict(X), theirs.predict(X), **AGREE)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_quantile_regression(level):
    X, y = numbers()
    settings = {**DESCENT, "l2": 0.0}
    ours = MLPRegressor(loss=Quantile(level), **settings).fit(X, y)
    theirs = linear_model.QuantileRegressor(quantile=level, alpha=0.0, solver="highs").fit(X, y)

    def objective(p):
        return np.mean(np.where(y > p, level * (y - p), (1 - level) * (p - y)))

    # Theirs is a linear program's exact optimum; steps with kinks come near it.
    assert 1.0 - 1e-9 <= objective(ours.predict(X)) / objective(theirs.predict(X)) <= 1.0005


def test_huber_regression():
    """The optimum is where the clipped residuals are orthogonal to every column."""
    X, y = numbers()
    model = MLPRegressor(loss=Huber(1.0), **EXACT).fit(X, y)
    clipped = np.clip(model.predict(X) - y, -1.0, 1.0)
    assert_allclose(np.column_stack([X, np.ones(N)]).T @ clipped / N, 0.0, atol=1e-8)
    # Not the least squares solution: some rows lie beyond the distance.
    assert (np.abs(model.predict(X) - y) > 1.0).sum() > 5


def test_gaussian_likelihood_is_least_squares_with_a_deviation():
    """Without inputs that matter the optimum is the mean and the mean squared error, by hand."""
    y = np.array([1.0, 2.0, 4.0, 5.0])
    model = MLPRegressor(loss="gaussian_likelihood", **EXACT).fit(np.zeros((4, 1)), y)
    mean, deviation = model.predict(np.zeros((1, 1)), return_std=True)
    # Mean 3; squared distances 4, 1, 1, 4, of mean 2.5.
    assert_allclose([mean[0], deviation[0]], [3.0, np.sqrt(2.5)], rtol=1e-6)


def test_several_quantiles_at_once():
    X, y = numbers()
    model = MLPRegressor(loss="quantiles", **{**DESCENT, "l2": 0.0}).fit(X, y)
    p = model.predict(X)
    assert p.shape == (N, 3)
    # Five parameters a level: a share is right to 5 / 120.
    assert_allclose((y[:, None] < p).mean(axis=0), [0.1, 0.5, 0.9], atol=0.05)
    assert model.score(X, y) == pytest.approx(
        1 - np.sum((y - p[:, 1]) ** 2) / np.sum((y - y.mean()) ** 2)
    )
    pair = MLPRegressor(loss="quantiles", **{**DESCENT, "max_iter": 2}).fit(X, np.c_[y, y])
    assert pair.predict(X).shape == (N, 2, 3)


def test_prior_scale_is_the_penalty_of_maximum_posterior_probability():
    """A normal prior of deviation s adds w^2 / (2 s^2) to the sum of log losses: C = s^2."""
    X, y = classes(2)
    ours = MLPClassifier(prior_scale=0.5, **EXACT).fit(X, y)
    theirs = linear_model.LogisticRegression(C=0.25, tol=1e-10, max_iter=5000).fit(X, y)
    assert_allclose(ours.coefs_[0].T, theirs.coef_, **AGREE)
    same = MLPClassifier(l2=1.0 / (N * 0.25), **EXACT).fit(X, y)
    assert_array_equal(same.coefs_[0], ours.coefs_[0])


def test_decision_function_has_scikit_learns_shapes():
    for n_classes, shape in ((2, (N,)), (3, (N, 3))):
        X, y = classes(n_classes)
        for loss in ("hinge", "perceptron", "squared_hinge", "crammer_singer"):
            model = MLPClassifier(loss=loss, **{**LINEAR, "max_iter": 2}).fit(X, y)
            decision = model.decision_function(X)
            assert decision.shape == shape
            chosen = decision > 0 if n_classes == 2 else decision.argmax(axis=1)
            assert_array_equal(model.predict(X), model.classes_[chosen.astype(int)])
            assert not hasattr(model, "predict_proba")
    assert hasattr(MLPClassifier(), "predict_proba")
    assert not hasattr(MLPClassifier(), "decision_function")
