"""Losses and penalties: values and slopes against PyTorch, SciPy and scikit-learn."""

import numpy as np
import pytest
import torch
from hypothesis import given
from scipy.special import xlogy
from sklearn import metrics
from sklearn.neural_network._base import LOSS_FUNCTIONS
from strategies import probabilities, reals
from torch.nn import functional

from chainrule.formulas import (
    LINKS,
    LOSSES,
    PENALTIES,
    Huber,
    Loss,
    Quantile,
    RowLink,
    RowLoss,
    loss_row,
)
from formulas.references import curvature


def tensor(x):
    return torch.tensor(x, dtype=torch.float64)


def margin(y, p, size):
    """PyTorch's ranking of p against 0."""
    zero = torch.zeros_like(p)
    return functional.margin_ranking_loss(p, zero, y, margin=size, reduction="sum")


def pinball(y, p, level):
    return torch.maximum(level * (y - p), (level - 1) * (y - p)).sum()


# name: (PyTorch's loss of targets y and predictions p, one target row, one row of sums z).
ROWS = {
    "squared_error": (
        lambda y, p: 0.5 * functional.mse_loss(p, y, reduction="sum"),
        [0.5, -2.0, 3.0],
        [0.25, 1.0, -4.0],
    ),
    "mean_squared_error": (
        lambda y, p: functional.mse_loss(p, y, reduction="sum"),
        [0.5, -2.0, 3.0],
        [0.25, 1.0, -4.0],
    ),
    "squared_log_error": (
        lambda y, p: functional.mse_loss(torch.log1p(p), torch.log1p(y), reduction="sum"),
        [0.0, 3.0, 3000.0],
        [-1.0, 1.5, 8.0],
    ),
    "absolute_error": (
        lambda y, p: functional.l1_loss(p, y, reduction="sum"),
        [0.5, -2.0, 3.0],
        [0.25, 1.0, -4.0],
    ),
    "huber": (
        lambda y, p: functional.huber_loss(p, y, delta=1.35, reduction="sum"),
        [0.5, -2.0, 3.0, 0.0],
        [0.25, 1.0, -4.0, 1.25],
    ),
    "quantile": (lambda y, p: pinball(y, p, 0.5), [0.5, -2.0, 3.0], [0.25, 1.0, -4.0]),
    # The exponential distribution is the gamma distribution of shape 1.
    "gamma": (
        lambda y, p: -(torch.distributions.Exponential(1 / p).log_prob(y) + torch.log(y) + 1).sum(),
        [0.5, 1.0, 7.0],
        [0.3, -1.0, 2.0],
    ),
    "hinge": (lambda y, p: margin(y, p, 1.0), [1.0, 1.0, -1.0, -1.0], [0.3, 1.7, 0.5, -2.0]),
    "squared_hinge": (
        lambda y, p: torch.relu(1 - y * p).square().sum(),
        [1.0, 1.0, -1.0, -1.0],
        [0.3, 1.7, 0.5, -2.0],
    ),
    "perceptron": (lambda y, p: margin(y, p, 0.0), [1.0, 1.0, -1.0, -1.0], [-0.3, 1.7, 0.5, -2.0]),
    "log_loss": (lambda y, p: -(y * torch.log(p)).sum(), [0.0, 1.0, 0.0], [0.3, -1.0, 2.0]),
    "binary_log_loss": (
        lambda y, p: functional.binary_cross_entropy(p, y, reduction="sum"),
        [0.0, 1.0, 1.0],
        [0.3, -1.0, 2.0],
    ),
    # PyTorch's Poisson loss leaves out what depends on y alone.
    "poisson": (
        lambda y, p: (
            functional.poisson_nll_loss(p, y, log_input=False, eps=0.0, reduction="sum")
            + (torch.xlogy(y, y) - y).sum()
        ),
        [0.0, 1.0, 7.0],
        [0.3, -1.0, 2.0],
    ),
}
LINK_IN_TORCH = {
    "identity": lambda z: z,
    "softmax": lambda z: torch.softmax(z, 0),
    "logistic": torch.sigmoid,
    "exp": torch.exp,
}
# A few roundings each in ours and in PyTorch's; absolutely, where p - y cancels.
CLOSE = {"rtol": 1e-14, "atol": 1e-15}
SCALAR = {name for name, row in LOSSES.items() if isinstance(row, Loss)}
every_name = pytest.mark.parametrize("name", sorted(SCALAR))


def test_every_loss_of_one_output_has_a_row():
    assert set(ROWS) == SCALAR
    assert all(isinstance(row, Loss | RowLoss) for row in LOSSES.values())


def predictions(name, z):
    link = LINKS[LOSSES[name].link]
    if not isinstance(link, RowLink):
        return np.array([link.value(x) for x in z])
    p = np.empty(len(z))
    link.value(np.array(z), p)
    return p


@every_name
def test_value_and_slope_are_those_of_pytorch(name):
    reference, y, z = ROWS[name]
    p = predictions(name, z)
    point = tensor(p).requires_grad_()
    expected = reference(tensor(y), point)
    expected.backward()
    row = LOSSES[name]
    ours = sum(row.value(a, b) for a, b in zip(y, p.tolist(), strict=True))
    assert ours == pytest.approx(expected.item(), rel=1e-14)
    slopes = [row.slope(a, b) for a, b in zip(y, p.tolist(), strict=True)]
    np.testing.assert_allclose(slopes, point.grad.numpy(), **CLOSE)


@every_name
def test_canonical_slope_is_the_gradient_through_the_link(name):
    reference, y, z = ROWS[name]
    row = LOSSES[name]
    point = tensor(z).requires_grad_()
    reference(tensor(y), LINK_IN_TORCH[row.link](point)).backward()
    ours = [row.canonical_slope(a, b) for a, b in zip(y, predictions(name, z), strict=True)]
    np.testing.assert_allclose(ours, point.grad.numpy(), **CLOSE)


# PyTorch's own slope divides by p (1 - p) + 1e-12 once it is to be differentiated.
TWICE = {"binary_log_loss": lambda y, p: -(y * torch.log(p) + (1 - y) * torch.log1p(-p)).sum()}


@every_name
def test_curvature_is_that_of_autograd_twice(name):
    reference, y, z = ROWS[name]
    p = predictions(name, z).tolist()
    reference = TWICE.get(name, reference)
    expected = curvature(lambda point: reference(tensor(y), point), p)
    ours = [LOSSES[name].curvature(a, b) for a, b in zip(y, p, strict=True)]
    np.testing.assert_allclose(ours, expected, **CLOSE)


@every_name
@given(y=probabilities(), p=probabilities())
def test_slopes_are_central_differences(name, y, p):
    row, step = LOSSES[name], 1e-7
    y = 1.0 if row.target == "sign" else y
    p = min(max(p, 1e-3), 1.0 - 1e-3)  # beyond, a logarithm's higher derivatives are too large
    if abs(y - p) <= step:
        return  # a kink may lie between the two points
    for derivative, function in ((row.slope, row.value), (row.curvature, row.slope)):
        difference = (function(y, p + step) - function(y, p - step)) / (2.0 * step)
        # Roundings of slopes up to 1e3 by the step, 2e-6; step^2 / 6 times up to 6e12, 0.01, where
        # the derivative itself is 1e6.
        assert derivative(y, p) == pytest.approx(difference, rel=1e-5, abs=2e-5)


SCIKIT_LEARN = {
    "mean_squared_error": metrics.mean_squared_error,
    "squared_log_error": metrics.mean_squared_log_error,
    "absolute_error": metrics.mean_absolute_error,
    "quantile": metrics.mean_pinball_loss,
    "hinge": metrics.hinge_loss,
}


@pytest.mark.parametrize("name", SCIKIT_LEARN)
def test_mean_over_the_outputs_is_scikit_learns_metric(name):
    _, y, z = ROWS[name]
    p = predictions(name, z)
    ours = np.mean([LOSSES[name].value(a, b) for a, b in zip(y, p, strict=True)])
    # A few roundings in another order.
    assert ours == pytest.approx(SCIKIT_LEARN[name](y, p), rel=1e-14)


def test_gamma_is_half_the_deviance():
    _, y, z = ROWS["gamma"]
    p = predictions("gamma", z)
    ours = np.mean([LOSSES["gamma"].value(a, b) for a, b in zip(y, p, strict=True)])
    assert 2.0 * ours == pytest.approx(metrics.mean_gamma_deviance(y, p), rel=1e-14)


@pytest.mark.parametrize("name", sorted(LOSS_FUNCTIONS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_reported_value_is_that_of_scikit_learn(name, dtype):
    _, y, z = ROWS[name]
    y, p = np.array(y, dtype), predictions(name, z).astype(dtype)
    expected = LOSS_FUNCTIONS[name](y[None, :], p[None, :])
    row = LOSSES[name]
    terms = [row.value(a, b) for a, b in zip(y, p, strict=True)]
    ours = np.mean(terms) if row.reduction == "mean" else np.sum(terms)
    # A few roundings of the type, in another order.
    assert ours == pytest.approx(expected, rel=8 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_wrong_certainty_costs_the_logarithm_of_epsilon(name, p, dtype):
    epsilon = np.finfo(dtype).eps
    y = dtype(1.0 - p)
    certain = LOSSES[name].value(y, dtype(p))
    if name == "log_loss" and y == 0.0:
        assert certain == 0.0
    else:
        # One rounding of the logarithm, of a number that is rounded itself where it is 1 - eps.
        assert certain == pytest.approx(-np.log(epsilon), rel=4 * float(epsilon))
    assert np.isfinite(LOSSES[name].slope(y, dtype(p)))


@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
def test_nan_is_not_clipped_away(name):
    assert np.isnan(LOSSES[name].value(1.0, np.nan))


def test_poisson_loss_of_no_events_is_the_mean():
    assert LOSSES["poisson"].value(0.0, 2.5) == 2.5


@given(y=probabilities(), p=probabilities())
def test_poisson_value_is_the_formula_in_scipy(y, p):
    expected = xlogy(y, y / p) - y + p
    # What remains where the terms cancel: a rounding of each.
    assert LOSSES["poisson"].value(y, p) == pytest.approx(expected, rel=1e-13, abs=1e-15)


# A log loss is least only together with the other classes of its row, a margin's anywhere beyond.
@given(y=probabilities(), p=probabilities())
@pytest.mark.parametrize(
    "name", sorted(SCALAR - {"log_loss", "hinge", "squared_hinge", "perceptron"})
)
def test_slope_vanishes_and_the_value_is_least_where_prediction_is_target(name, y, p):
    row = LOSSES[name]
    assert row.slope(y, y) == pytest.approx(0.0, abs=1e-9)
    # The least value itself is exact to a few roundings.
    assert row.value(y, p) >= row.value(y, y) - 1e-14


@pytest.mark.parametrize(
    ("name", "y", "p", "slope"),
    [
        ("absolute_error", 2.0, 2.0, 0.0),
        ("quantile", 2.0, 2.0, 0.0),
        ("huber", 0.0, 1.35, 1.35),
        ("hinge", 1.0, 1.0, 0.0),
        ("squared_hinge", -1.0, -1.0, 0.0),
        ("perceptron", 1.0, 0.0, -1.0),
    ],
)
def test_slope_at_the_kink(name, y, p, slope):
    assert LOSSES[name].slope(y, p) == slope


@every_name
def test_nan_is_noticed(name):
    y = 1.0
    assert np.isnan(LOSSES[name].value(y, np.nan))
    assert np.isnan(LOSSES[name].canonical_slope(y, np.nan)) or LOSSES[name].target == "sign"


@pytest.mark.parametrize("delta", [0.1, 1, 5.0])
def test_huber_with_its_delta(delta):
    row = Huber(delta=delta).row()
    y, p = [0.0, 0.0, 0.0, 2.0], [0.05, 3.0, -7.0, 1.5]
    point = tensor(p).requires_grad_()
    expected = functional.huber_loss(point, tensor(y), delta=delta, reduction="sum")
    expected.backward()
    assert sum(map(row.value, y, p)) == pytest.approx(expected.item(), rel=1e-14)
    np.testing.assert_allclose(list(map(row.slope, y, p)), point.grad.numpy(), **CLOSE)


@given(level=probabilities(), y=reals(10.0), p=reals(10.0))
def test_quantile_with_its_level(level, y, p):
    expected = metrics.mean_pinball_loss([y], [p], alpha=level)
    # Two roundings of numbers up to 20.
    assert Quantile(level).row().value(y, p) == pytest.approx(expected, rel=1e-15, abs=1e-14)


def test_equal_settings_have_the_same_functions():
    assert Huber(1).row() is Huber(1.0).row()
    assert Huber(1).row() is not Huber(1.5).row()
    assert LOSSES["huber"] is Huber().row()
    assert LOSSES["quantile"] is Quantile().row()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Huber(delta=0.0), r"^delta must be positive, got 0\.0\. Give the distance"),
        (lambda: Huber(delta=np.nan), r"^delta must be positive, got nan\."),
        (lambda: Quantile(level=1.0), r"^level must be in \(0, 1\), got 1\.0\. It is the share"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_loss_is_found_by_name_row_or_settings():
    assert loss_row("poisson") is LOSSES["poisson"]
    assert loss_row(LOSSES["hinge"]) is LOSSES["hinge"]
    assert loss_row(Huber(delta=2.0)) is Huber(delta=2.0).row()
    with pytest.raises(ValueError, match=r"^loss must be one of .*, got 3\. Choose one of these"):
        loss_row(3)
    with pytest.raises(ValueError, match=r"got 'mse'\. Did you mean 'mean_squared_error'\?$"):
        loss_row("mse")


@given(w=reals(1e3), strength=probabilities())
def test_l2_is_half_the_square(w, strength):
    row = PENALTIES["l2"]
    weight = tensor(w).requires_grad_()
    expected = strength / 2 * weight * weight
    expected.backward()
    # Three roundings; a subnormal result keeps fewer digits.
    assert row.value(w, strength) == pytest.approx(expected.item(), rel=1e-15, abs=1e-320)
    assert row.slope(w, strength) == pytest.approx(weight.grad.item(), rel=1e-15, abs=1e-320)


@given(w=reals(1e3), strength=probabilities())
def test_l1_is_the_size(w, strength):
    row = PENALTIES["l1"]
    weight = tensor(w).requires_grad_()
    expected = strength * weight.abs()
    expected.backward()
    assert row.value(w, strength) == expected.item()
    assert row.slope(w, strength) == weight.grad.item()


def test_every_penalty_is_tested():
    assert set(PENALTIES) == {"l1", "l2"}
