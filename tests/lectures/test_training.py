"""How training goes: steps in a bowl, local minima, learning rates, classes that grow, layers."""

import numpy as np
import pytest
import torch

from .scripts import script

TORCH = {
    "gradient descent": lambda w: torch.optim.SGD([w], lr=0.018),
    "momentum 0.9": lambda w: torch.optim.SGD([w], lr=0.018, momentum=0.9),
    "AdaGrad": lambda w: torch.optim.Adagrad([w], lr=0.5, eps=1e-10),
}


@pytest.mark.parametrize("name", TORCH)
def test_the_path_in_the_bowl_is_pytorchs(name):
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer, path = TORCH[name](w), [[1.0, 1.0]]
    for _ in range(100):
        optimizer.zero_grad()
        (0.5 * (w[0] ** 2 + 100 * w[1] ** 2)).backward()
        optimizer.step()
        path.append(w.tolist())
    # The factors sqrt(2) and 10 sqrt(2) of the rows are rounded; the steps shrink what is off.
    np.testing.assert_allclose(script("bowl").path(name), path, rtol=1e-10, atol=1e-13)


def test_plain_steps_shrink_each_weight_by_one_factor():
    w = script("bowl").path("gradient descent")
    t = np.arange(101)[:, None]
    # w := w - rate * curvature * w, with 1 - 0.018 * 1 and 1 - 0.018 * 100
    np.testing.assert_allclose(w, np.array([0.982, -0.8]) ** t, rtol=1e-12, atol=1e-16)


def test_momentum_overshoots_and_adagrad_slows_down():
    bowl = script("bowl")
    assert bowl.path("gradient descent")[:, 0].min() > 0.0
    assert bowl.path("momentum 0.9")[:, 0].min() < -0.1
    adagrad = bowl.path("AdaGrad")
    # The first step is the rate along both axes, however steep: g / sqrt(g^2) = 1.
    np.testing.assert_allclose(adagrad[1], [0.5, 0.5], rtol=1e-9)
    # Every later step is smaller: the sum of squares only grows while the slope falls.
    moves = np.abs(np.diff(adagrad[:, 0]))[:50]
    assert (np.diff(moves) < 0).all()


def test_starts_end_in_different_minima_and_the_best_is_kept():
    slide = script("local_minima")
    losses = slide.separate_losses()
    assert losses.max() > 10 * losses.min()
    # The same draws one after the other, so the same fits: the same bits.
    assert slide.best_of_starts().loss_ == losses.min()


def test_a_range_test_raises_the_rate_at_every_step():
    slide = script("learning_rate_range")
    rates, losses = slide.range_test()
    np.testing.assert_allclose(rates[1:] / rates[:-1], 10 ** (6 / 120), rtol=1e-12)
    model = slide.network()
    by_hand = []
    for rate in rates[:10]:
        loss, gradient = model.loss_and_gradient(slide.X, slide.Y)
        by_hand.append(loss)
        model.parameters -= rate * gradient
    # Rates multiplied up in another way, sums over 1797 rows in another order.
    np.testing.assert_allclose(losses[:10], by_hand, rtol=1e-10)


def test_the_suggested_rate_is_better_than_ten_times_more_or_less():
    slide = script("learning_rate_range")
    rate = slide.suggestion()
    assert slide.loss_after(rate) < min(slide.loss_after(rate / 10), slide.loss_after(10 * rate))


def test_approximation_error_falls_and_estimation_error_grows():
    slide = script("approximation_estimation")
    x = np.linspace(-1, 1, slide.POINTS)
    noise = np.random.default_rng(0).normal(0, slide.NOISE, (slide.POINTS, slide.REPEATS))
    truth = np.sin(3 * slide.GRID) + np.abs(slide.GRID)
    y = (np.sin(3 * x) + np.abs(x))[:, None] + noise
    expected = []
    for degree in slide.DEGREES:
        best = np.polynomial.Polynomial.fit(slide.GRID, truth, degree)(slide.GRID)
        learned = [np.polynomial.Polynomial.fit(x, column, degree)(slide.GRID) for column in y.T]
        approximation = np.mean((best - truth) ** 2)
        expected.append((approximation, np.mean((np.array(learned) - truth) ** 2) - approximation))
    found = slide.errors()
    # Slopes of 1e-9 at curvatures of at least 0.05.
    np.testing.assert_allclose(found, expected, atol=1e-6)
    approximation, estimation = found.T
    assert (np.diff(approximation) < 1e-12).all()
    # About noise^2 (degree + 1) / points.
    assert estimation[-1] > 3 * estimation[0]
    least = found.sum(axis=1).argmin()
    assert 0 < least < len(slide.DEGREES) - 1


def test_a_deep_logistic_network_learns_only_from_pretrained_layers():
    slide = script("pretraining")
    X, y = slide.X[slide.TEST], slide.Y[slide.TEST]
    assert slide.from_random_weights().score(X, y) < 0.25  # chance is 0.1
    assert slide.from_pretrained_weights().score(X, y) > 0.6
