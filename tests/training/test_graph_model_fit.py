"""GraphModel.fit: optimizers and solvers with settings, courses, penalties, bounds, stopping."""

import numpy as np
import pytest
import torch

from chainrule.exceptions import DataError
from chainrule.formulas import (
    AdaGrad,
    AdamW,
    Exponential,
    Huber,
    Nadam,
    Quantiles,
    RMSProp,
    custom_loss,
)
from chainrule.graph import BatchNorm, Dense, Graph, Input
from chainrule.training import GraphModel
from chainrule.training.courses import Courses
from chainrule.training.full_batch import FULL_BATCH_SOLVERS, LevenbergMarquardt
from chainrule.training.stopping import GradientNorm, LossTolerance, ValidationPatience

X = np.array([[0.0, 1.0], [1.0, -1.0], [2.0, 0.5], [-1.0, 0.3], [0.4, -2.0]])
Y = np.array([[1.0], [-0.5], [2.0], [0.0], [0.7]])
ALL = {"batch_size": 5, "shuffle": False}


def fourth_power(y, p):
    return (y - p) * (y - p) * (y - p) * (y - p)


def fourth_power_slope(y, p):
    return 4.0 * (p - y) * (p - y) * (p - y)


@pytest.fixture
def _double_precision():
    """PyTorch's NAdam keeps its product of momenta in the default precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def linear(**options) -> GraphModel:
    x = Input(2)
    return GraphModel(Graph(x, Dense(1)(x)), **options)


def by_torch(make, steps=5, factor=lambda step: 1.0, penalty=lambda w: 0.0) -> np.ndarray:
    """Weights, then the bias, after steps of an optimizer of PyTorch on half the squared error."""
    start = linear().parameters
    w = torch.tensor(start[:2].copy(), requires_grad=True)
    b = torch.tensor(start[2:].copy(), requires_grad=True)
    optimizer = make([{"params": [w]}, {"params": [b], "weight_decay": 0.0}])
    rate = optimizer.param_groups[0]["lr"]
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * factor(step)
        optimizer.zero_grad()
        error = torch.tensor(X) @ w + b - torch.tensor(Y[:, 0])
        (0.5 * error.square().mean() + penalty(w)).backward()
        optimizer.step()
    return torch.cat([w, b]).detach().numpy()


@pytest.mark.usefixtures("_double_precision")
@pytest.mark.parametrize(
    ("ours", "rate", "theirs"),
    [
        ("rmsprop", None, lambda g: torch.optim.RMSprop(g, lr=0.01)),
        ("nadam", None, lambda g: torch.optim.NAdam(g, lr=0.002)),
        (RMSProp(rho=0.9), 0.02, lambda g: torch.optim.RMSprop(g, lr=0.02, alpha=0.9)),
        (AdaGrad(), None, lambda g: torch.optim.Adagrad(g, lr=0.01)),
        (Nadam(beta_1=0.8), 0.1, lambda g: torch.optim.NAdam(g, lr=0.1, betas=(0.8, 0.999))),
        (
            AdamW(beta_2=0.95, weight_decay=0.3),
            0.1,
            lambda g: torch.optim.AdamW(g, lr=0.1, betas=(0.9, 0.95), weight_decay=0.3),
        ),
        ("adamw", 0.1, lambda g: torch.optim.AdamW(g, lr=0.1, weight_decay=0.01)),
    ],
)
def test_optimizers_with_settings_take_pytorchs_steps(ours, rate, theirs):
    model = linear().fit(X, Y, optimizer=ours, learning_rate=rate, epochs=5, **ALL)
    # Five steps of numbers around 1; PyTorch's order of roundings is another.
    np.testing.assert_allclose(model.parameters, by_torch(theirs), rtol=1e-10)


def test_a_course_multiplies_the_rate():
    model = linear().fit(
        X, Y, optimizer="sgd", learning_rate=0.1, schedule=Exponential(end=0.01), epochs=5, **ALL
    )
    expected = by_torch(lambda g: torch.optim.SGD(g, lr=0.1), factor=lambda k: 0.01 ** (k / 5))
    np.testing.assert_allclose(model.parameters, expected, rtol=1e-12)  # five steps


def test_courses_are_for_other_settings_too():
    rate, both = (
        linear().fit(X, Y, optimizer="momentum", schedule=schedule, epochs=5, learning_rate=0.1)
        for schedule in (
            Courses(learning_rate=Exponential(0.1)),
            Courses(learning_rate=Exponential(0.1), momentum=Exponential(0.1)),
        )
    )
    assert not np.array_equal(rate.parameters, both.parameters)


@pytest.mark.parametrize(
    ("strengths", "penalty"),
    [
        ({"l1": 0.3}, lambda w: 0.3 * w.abs().sum()),
        ({"l2": 0.3}, lambda w: 0.15 * w.square().sum()),
        ({"alpha": 0.3}, lambda w: 0.15 * w.square().sum() / 5),  # divided by the batch's 5 rows
    ],
)
def test_penalties_act_on_weights_in_loss_gradient_and_steps(strengths, penalty):
    model = linear(**strengths)
    plain = linear().loss(X, Y)
    weights = torch.tensor(model.coefs[0].copy())
    assert model.loss(X, Y) == pytest.approx(plain + penalty(weights).item(), rel=1e-14)
    assert model.check_gradients(X, Y).ok
    model.fit(X, Y, optimizer="sgd", learning_rate=0.1, epochs=5, **ALL)
    expected = by_torch(lambda g: torch.optim.SGD(g, lr=0.1), penalty=penalty)
    np.testing.assert_allclose(model.parameters, expected, rtol=1e-12)  # five steps


def test_bounds_on_gradient_and_weights():
    start = linear().parameters
    settings = {"optimizer": "sgd", "learning_rate": 1.0, "epochs": 1, **ALL}
    step = linear().fit(X, Y, clip_norm=1e-3, **settings).parameters - start
    assert np.linalg.norm(step) == pytest.approx(1e-3, rel=1e-9)  # the difference has lost digits
    step = linear().fit(X, Y, clip_value=1e-3, **settings).parameters - start
    np.testing.assert_allclose(np.abs(step), 1e-3, rtol=1e-9)
    model = linear().fit(X, Y, max_norm=0.1, **settings)
    assert np.linalg.norm(model.coefs[0]) <= 0.1 * (1 + 1e-12)


def test_mixup_trains_on_mixtures():
    plain, mixed = (linear().fit(X, Y, mixup=mixup, epochs=3) for mixup in (0.0, 0.4))
    assert not np.array_equal(plain.parameters, mixed.parameters)


@pytest.mark.parametrize("solver", [*FULL_BATCH_SOLVERS, LevenbergMarquardt()])
def test_full_batch_solvers_reach_the_least_squares(solver):
    model = linear().fit(X, Y, optimizer=solver, epochs=200)
    expected = np.linalg.lstsq(np.column_stack([X, np.ones(5)]), Y, rcond=None)[0][:, 0]
    # Slopes of 1e-6 at curvatures of at least 0.3; L-BFGS ends where the loss falls by 2e-9.
    np.testing.assert_allclose(model.parameters, expected, atol=1e-3)
    assert model.history.loss == pytest.approx(model.loss(X, Y), rel=1e-9)
    assert model.history.stopped_by


def test_rprop_takes_all_rows():
    many = np.random.default_rng(0).normal(size=(100, 2))
    model = linear().fit(many, many[:, 0], optimizer="rprop", epochs=200)
    assert model.loss(many, many[:, 0]) < 1e-4
    message = r"batch_size must be None for the full-batch solver 'rprop', got 10\. "
    with pytest.raises(ValueError, match=message):
        linear().fit(many, many[:, 0], optimizer="rprop", batch_size=10)


def test_stopping_rules_end_the_fit():
    fast = {"optimizer": "sgd", "learning_rate": 0.3, "epochs": 5000, **ALL}
    model = linear().fit(X, Y, stopping=[GradientNorm(1e-3)], **fast)
    assert np.linalg.norm(model.loss_and_gradient(X, Y)[1]) <= 1e-3
    assert "The gradient's norm is" in model.history.stopped_by
    model = linear().fit(X, Y, stopping=[LossTolerance(1e-3, patience=2)], **fast)
    assert len(model.history.loss_curve) < 100


def test_a_loss_with_settings_or_ones_own():
    error = linear().predict(X)[:, 0] - Y[:, 0]
    size = np.abs(error)
    expected = np.where(size <= 0.3, 0.5 * size**2, 0.3 * (size - 0.15)).mean()
    assert linear(loss=Huber(delta=0.3)).loss(X, Y) == pytest.approx(expected, rel=1e-14)
    own = custom_loss(fourth_power, fourth_power_slope)
    assert linear(loss=own).loss(X, Y) == pytest.approx(np.mean(error**4), rel=1e-13)


def test_a_loss_of_several_outputs_for_one_target():
    x = Input(2)
    model = GraphModel(Graph(x, Dense(3)(x)), Quantiles((0.1, 0.5, 0.9)))
    assert model.fit(X, Y, epochs=3).predict(X).shape == (5, 3)
    assert model.check_gradients(X, Y).ok


@pytest.mark.parametrize(
    ("message", "settings"),
    [
        (r"epochs must be at least 1, got 0\. ", {"epochs": 0}),
        (r"batch_size must be at least 1, got 2\.5\. ", {"batch_size": 2.5}),
        (r"learning_rate must be positive, got -1\. ", {"learning_rate": -1}),
        (r"clip_norm must be positive, got 0\. ", {"clip_norm": 0}),
        (r"weight_decay must be at least 0, got -1\. ", {"weight_decay": -1}),
        (r"mixup must be at least 0, got -1\. ", {"mixup": -1}),
        (r"momentum must be in \[0, 1\], got 2\. ", {"momentum": 2}),
        (r"schedule must be one of .*, got 'cosin'\. Did you mean 'cosine'", {"schedule": "cosin"}),
        (r"stopping must hold rules, got 3\. ", {"stopping": [3]}),
        (r"stopping must be without ValidationPatience", {"stopping": [ValidationPatience()]}),
        (
            r"learning_rate must be None for the full-batch solver 'lm', got 0\.1\. ",
            {"optimizer": LevenbergMarquardt(), "learning_rate": 0.1},
        ),
        (r"schedule must be None for .* 'lbfgs'", {"optimizer": "lbfgs", "schedule": "cosine"}),
    ],
)
def test_settings_that_make_no_sense_are_refused(message, settings):
    with pytest.raises(ValueError, match=message):
        linear().fit(X, Y, **settings)


@pytest.mark.parametrize(
    ("message", "options"),
    [
        (r"l1 must be at least 0, got -1\. ", {"l1": -1}),
        (r"l2 must be at least 0, got nan\. ", {"l2": float("nan")}),
        (r"link must be .* for the loss 'hinge'", {"loss": "hinge", "link": "exp"}),
    ],
)
def test_models_that_make_no_sense_are_refused(message, options):
    with pytest.raises(ValueError, match=message):
        linear(**options)


def test_targets_outside_of_the_losss_domain_are_refused():
    with pytest.raises(DataError, match=r"y must be at least 0 for the loss 'poisson', got -0\.5"):
        linear(loss="poisson").loss(X, Y)


def normalised() -> GraphModel:
    x = Input(2)
    return GraphModel(Graph(x, Dense(1)(BatchNorm()(Dense(2)(x)))))


def test_a_single_row_has_no_variance():
    with pytest.raises(
        ValueError, match=r"^batch_size must be at least 2 .* got 1\. Take LayerNorm"
    ):
        normalised().fit(X, Y, batch_size=1)
    with pytest.raises(
        ValueError, match=r"^X must be at least 2 rows .* got 1 row\. Take LayerNorm"
    ):
        normalised().fit(X[:1], Y[:1])


def test_no_batch_of_a_single_row_is_left_over():
    # Five rows in batches of two or four would leave one; of three they leave two.
    curves = [normalised().fit(X, Y, epochs=2, batch_size=n).history.loss_curve for n in (2, 3)]
    assert curves[0] == curves[1]
    whole = [normalised().fit(X, Y, epochs=2, batch_size=n).history.loss_curve for n in (4, 5)]
    assert whole[0] == whole[1]
