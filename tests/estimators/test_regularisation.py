"""Penalties, bounds, noise and normalisation, each beside an independent reference."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import linear_model
from sklearn.utils.class_weight import compute_sample_weight

from chainrule import MLPClassifier, MLPRegressor

from .cases import TASKS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N = 60
SMALL = {"hidden_layer_sizes": (6, 5), "random_state": 1, "max_iter": 8, "learning_rate_init": 0.02}


def table() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, 5))
    return X, X @ [2.0, 0.0, -1.0, 0.0, 0.3] + 0.5 * rng.normal(size=N)


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.3, 0.4)])
def test_l1_and_elastic_net_are_scikit_learns(l1, l2):
    """Half the mean squared error + l1 |w| + l2/2 w^2: Lasso and ElasticNet."""
    X, y = table()
    settings = {"hidden_layer_sizes": (), "alpha": 0.0, "batch_size": N, "schedule": "cosine"}
    settings |= {"learning_rate_init": 0.05, "max_iter": 3000, "n_iter_no_change": np.inf}
    ours = MLPRegressor(l1=l1, l2=l2, random_state=0, **settings).fit(X, y)
    theirs = linear_model.ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), tol=1e-12).fit(X, y)
    # Steps of the sign do not rest at 0 but tremble about it; the cosine lets them die away.
    assert_allclose(ours.coefs_[0].ravel(), theirs.coef_, atol=2e-3)
    penalty = l1 * np.abs(ours.coefs_[0]).sum() + 0.5 * l2 * (ours.coefs_[0] ** 2).sum()
    expected = 0.5 * np.mean((ours.predict(X) - y) ** 2) + penalty
    # The loss is that before the last step.
    assert_allclose(ours.loss_, expected, rtol=1e-4)


def test_l2_does_not_depend_on_the_size_of_a_batch_and_alpha_does():
    """One plain step on data that say nothing: the weights shrink by the penalty alone."""
    X, y = np.zeros((N, 3)), np.zeros(N)
    settings = {"hidden_layer_sizes": (), "solver": "sgd", "momentum": 0.0, "random_state": 0}
    settings |= {"max_iter": 1, "learning_rate_init": 0.1, "shuffle": False}
    start = MLPRegressor(**{**settings, "learning_rate_init": 1e-300}, alpha=0).fit(X, y).coefs_[0]
    for batch, steps in ((N, 1), (N // 2, 2)):
        by_l2 = MLPRegressor(**settings, alpha=0.0, l2=0.5, batch_size=batch).fit(X, y)
        assert_allclose(by_l2.coefs_[0], start * (1 - 0.1 * 0.5) ** steps, rtol=1e-14)
        by_alpha = MLPRegressor(**settings, alpha=0.5, batch_size=batch).fit(X, y)
        assert_allclose(by_alpha.coefs_[0], start * (1 - 0.1 * 0.5 / batch) ** steps, rtol=1e-14)


def test_weight_decay_is_taken_off_beside_the_gradient():
    X, y = np.zeros((N, 3)), np.zeros(N)
    settings = {"hidden_layer_sizes": (), "solver": "adam", "alpha": 0.0, "random_state": 0}
    settings |= {"max_iter": 3, "batch_size": N}
    start = MLPRegressor(**settings, learning_rate_init=1e-300).fit(X, y).coefs_[0]
    model = MLPRegressor(**settings, learning_rate_init=0.1, weight_decay=0.2).fit(X, y)
    assert_allclose(model.coefs_[0], start * (1 - 0.1 * 0.2) ** 3, rtol=1e-13)
    falling = MLPRegressor(
        **settings, learning_rate_init=0.1, weight_decay=0.2, weight_decay_schedule="linear"
    ).fit(X, y)
    factors = [1 - 0.1 * 0.2 * share for share in (1, 2 / 3, 1 / 3)]
    assert_allclose(falling.coefs_[0], start * np.prod(factors), rtol=1e-13)


def test_max_norm_bounds_each_units_weights():
    X, y = table()
    bounded = MLPRegressor(**SMALL, max_norm=0.4).fit(X, y)
    free = MLPRegressor(**SMALL).fit(X, y)
    for W, other in zip(bounded.coefs_, free.coefs_, strict=True):
        assert np.linalg.norm(W, axis=0).max() <= 0.4 * (1 + 1e-12)
        assert np.linalg.norm(other, axis=0).max() > 0.4


DISTURBED = [
    {"dropout": 0.5},
    {"dropout": (0.0, 0.3)},
    {"input_dropout": 0.3},
    {"noise": 0.2},
    {"noise": (0.0, 0.2, 0.1)},
    {"mixup": 0.4},
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("settings", DISTURBED, ids=str)
def test_disturbance_acts_in_training_only_and_follows_the_seed(settings, dtype):
    X, y = table()
    X = X.astype(dtype)
    first, again = (MLPRegressor(**SMALL, **settings).fit(X, y) for _ in range(2))
    assert_array_equal(first.coefs_[0], again.coefs_[0])
    assert not np.array_equal(first.coefs_[0], MLPRegressor(**SMALL).fit(X, y).coefs_[0])
    other = MLPRegressor(**{**SMALL, "random_state": 2}, **settings).fit(X, y)
    assert not np.array_equal(first.coefs_[0], other.coefs_[0])
    # A prediction is that of the same weights without disturbance, every time.
    plain = MLPRegressor(**SMALL).fit(X, y)
    plain.coefs_, plain.intercepts_ = first.coefs_, first.intercepts_
    assert_array_equal(first.predict(X), plain.predict(X))


def test_input_noise_is_a_penalty_of_its_variance():
    """Bishop 1995, exact for a linear model: the mean over noise of the squared error adds s^2 w^2.

    So the minimum is that of ridge regression with alpha = n s^2.
    """
    X, y = table()
    X = X - X.mean(axis=0)
    settings = {"hidden_layer_sizes": (), "alpha": 0.0, "batch_size": N, "schedule": "cosine"}
    settings |= {"learning_rate_init": 0.02, "max_iter": 8000, "n_iter_no_change": np.inf}
    model = MLPRegressor(noise=0.7, random_state=0, **settings).fit(X, y)
    ridge = linear_model.Ridge(alpha=N * 0.7**2).fit(X, y)
    # The average of some thousand noisy steps; without noise the largest weight is 0.6 larger.
    assert_allclose(model.coefs_[0].ravel(), ridge.coef_, atol=0.05)


def test_input_dropout_is_a_penalty_too():
    """The mean over masks of the squared error adds rate / (1 - rate) * sum of x^2 w^2."""
    X, y = table()
    X = X - X.mean(axis=0)
    settings = {"hidden_layer_sizes": (), "alpha": 0.0, "batch_size": N, "schedule": "cosine"}
    settings |= {"learning_rate_init": 0.02, "max_iter": 8000, "n_iter_no_change": np.inf}
    model = MLPRegressor(input_dropout=0.3, random_state=0, **settings).fit(X, y)
    penalty = np.diag(0.3 / 0.7 * (X**2).sum(axis=0))
    W = np.linalg.solve(X.T @ X + penalty, X.T @ (y - y.mean()))
    # As above; without dropout the largest weight is 0.6 larger.
    assert_allclose(model.coefs_[0].ravel(), W, atol=0.05)


def test_dropout_follows_its_course():
    X, y = table()
    falling = MLPRegressor(**SMALL, dropout=0.3, dropout_schedule="linear").fit(X, y)
    steady = MLPRegressor(**SMALL, dropout=0.3).fit(X, y)
    assert not np.array_equal(falling.coefs_[0], steady.coefs_[0])


def torch_network(model, kind):
    """The same network in PyTorch, with the weights of a fitted model."""
    layers, widths = [], [model.coefs_[0].shape[0], *(W.shape[1] for W in model.coefs_)]
    for k, (W, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True), 1):
        dense = torch.nn.Linear(*W.shape, dtype=torch.float64)
        dense.weight.data, dense.bias.data = torch.tensor(W.T.copy()), torch.tensor(b.copy())
        layers.append(dense)
        if k < len(widths) - 1:
            norm = (torch.nn.BatchNorm1d if kind == "batch_norm" else torch.nn.LayerNorm)(
                widths[k], dtype=torch.float64
            )
            own = {n.split()[-1]: v for n, v in model.extra_parameters_.items() if f" {k} " in n}
            norm.weight.data = torch.tensor(model.extra_parameters_[f"normalisation {k} g"].copy())
            norm.bias.data = torch.tensor(model.extra_parameters_[f"normalisation {k} b"].copy())
            if kind == "batch_norm":
                norm.running_mean.data = torch.tensor(own["mean"].copy())
                norm.running_var.data = torch.tensor(own["variance"].copy())
            layers += [norm, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers)


@pytest.mark.parametrize("kind", ["batch_norm", "layer_norm"])
def test_normalisation_trains_as_in_pytorch(kind):
    X, y = table()
    settings = {**SMALL, "solver": "sgd", "momentum": 0.0, "batch_size": N, "shuffle": False}
    settings |= {"alpha": 0.0, kind: True}
    still = MLPRegressor(**{**settings, "learning_rate_init": 1e-300, "max_iter": 1}).fit(X, y)
    network = torch_network(still, kind)
    for layer in network:
        if isinstance(layer, torch.nn.BatchNorm1d):
            layer.reset_running_stats()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.02)
    for _ in range(8):
        optimizer.zero_grad()
        (0.5 * (network(torch.tensor(X)).ravel() - torch.tensor(y)).square().mean()).backward()
        optimizer.step()
    model = MLPRegressor(**settings).fit(X, y)
    # Eight steps in float64, the sums in another order.
    expected = network.eval()(torch.tensor(X)).detach().numpy().ravel()
    assert_allclose(model.predict(X), expected, rtol=1e-9, atol=1e-11)
    twin = torch_network(model, kind).eval()(torch.tensor(X)).detach().numpy().ravel()
    assert_allclose(model.predict(X), twin, rtol=1e-12, atol=1e-13)


def test_learned_activation_predicts_by_its_own_formula():
    X, y = table()
    model = MLPRegressor(**{**SMALL, "hidden_layer_sizes": (6,)}, activation="prelu").fit(X, y)
    (a,) = model.extra_parameters_.values()
    assert a.shape == (6,)
    assert (a != 0.75).all()  # where it starts
    z = X @ model.coefs_[0] + model.intercepts_[0]
    hidden = (1 - a) * z + a * np.maximum(z, 0)
    expected = (hidden @ model.coefs_[1] + model.intercepts_[1]).ravel()
    assert_allclose(model.predict(X), expected, rtol=1e-12, atol=1e-13)


def one_epoch_loss(task, X, y, **settings):
    """The loss of the first weights, with their probabilities."""
    still = {"learning_rate_init": 1e-300, "max_iter": 1, "alpha": 0.0, "random_state": 0}
    model = task.ours(hidden_layer_sizes=(4,), **still, **settings).fit(X, y)
    return model.loss_, model.predict_proba(X)


@pytest.mark.parametrize("name", ["binary", "multiclass", "multilabel"])
def test_label_smoothing_by_hand(name):
    """Targets t (1 - s) + s / classes; labels that are there or not have two classes each."""
    task = TASKS[name]
    loss, p = one_epoch_loss(task, task.X, task.y, label_smoothing=0.1)
    if name == "multilabel":
        t = np.where(task.y == 1, 0.95, 0.05)
        expected = -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum(axis=1).mean()
    else:
        k = len(task.classes)
        t = np.where(task.y[:, None] == task.classes, 0.9 + 0.1 / k, 0.1 / k)
        expected = -(t * np.log(p)).sum(axis=1).mean()
    assert_allclose(loss, expected, rtol=1e-12)


def test_smoothing_is_not_for_validation_rows():
    task = TASKS["multilabel"]
    settings = {"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 1}
    settings |= {"learning_rate_init": 1e-300, "label_smoothing": 0.2, "early_stopping": True}
    model = task.ours(**settings).fit(task.X, task.y, X_val=task.X, y_val=task.y)
    p = model.predict_proba(task.X)
    expected = -(task.y * np.log(p) + (1 - task.y) * np.log(1 - p)).sum(axis=1).mean()
    assert_allclose(model.validation_loss_curve_[0], expected, rtol=1e-12)


CLASS_WEIGHTS = {
    "binary": [{"yes": 3.0, "no": 0.5}, "balanced"],
    "multiclass": [{1: 2.0, 3: 0.1}, "balanced"],
    "multilabel": ["balanced", [{0: 1.0, 1: 4.0}, {0: 2.0, 1: 1.0}, {0: 0.5, 1: 1.0}]],
}


@pytest.mark.parametrize(
    ("name", "class_weight"), [(n, w) for n, ws in CLASS_WEIGHTS.items() for w in ws]
)
def test_class_weight_is_a_sample_weight(name, class_weight):
    task = TASKS[name]
    rng = np.random.default_rng(0)
    own = rng.uniform(0.5, 2.0, len(task.y))
    rows = own * compute_sample_weight(class_weight, task.y)
    settings = {"hidden_layer_sizes": (5,), "max_iter": 4, "random_state": 0}
    settings |= {"early_stopping": True}
    weighted = task.ours(**settings, class_weight=class_weight).fit(task.X, task.y, own)
    by_rows = task.ours(**settings).fit(task.X, task.y, rows)
    # The same weights up to the rounding of a product.
    assert_allclose(weighted.coefs_[0], by_rows.coefs_[0], rtol=1e-9)
    assert_allclose(weighted.loss_curve_, by_rows.loss_curve_, rtol=1e-9)
    assert_allclose(weighted.validation_scores_, by_rows.validation_scores_, rtol=1e-9)


def test_balanced_weights_of_validation_rows_are_those_of_the_training_classes():
    X, y = TASKS["binary"].X, np.repeat(["a", "b"], [90, 30])
    settings = {"hidden_layer_sizes": (3,), "max_iter": 1, "learning_rate_init": 1e-300}
    model = MLPClassifier(class_weight="balanced", random_state=0, **settings)
    model.fit(X, y, X_val=X[80:], y_val=y[80:])
    # 120 / (2 * 90) and 120 / (2 * 30) whatever the shares among the validation rows are.
    weights = np.where(y[80:] == "a", 2 / 3, 2.0)
    expected = np.average(model.predict(X[80:]) == y[80:], weights=weights)
    assert_allclose(model.validation_scores_[0], expected, rtol=1e-12)
