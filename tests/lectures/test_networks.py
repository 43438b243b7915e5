"""What layers can and cannot do: codes, depth without bends, bumps, and a loop of NumPy."""

import numpy as np
import torch

from .scripts import script


def test_three_hidden_units_code_eight_patterns():
    slide = script("encoder_8_3_8")
    encoder = slide.model()
    codes = encoder.transform(slide.PATTERNS)
    assert codes.shape == (8, 3)
    assert len({tuple(code) for code in codes.round()}) == 8  # all binary codes of three bits
    outputs = encoder.inverse_transform(codes)
    assert np.array_equal(outputs.argmax(axis=1), np.arange(8))
    # With alpha 0.001 on a mean over 8 rows, weights of some units of 10 are worth their penalty.
    assert np.abs(outputs - slide.PATTERNS).max() < 0.1


def test_the_relu_network_has_the_losses_of_the_slides_loop():
    slide = script("relu_network")
    x, y, w1, w2 = (torch.tensor(array) for array in slide.start())
    w1.requires_grad_()
    w2.requires_grad_()
    losses = []
    for _ in range(500):
        loss = ((x @ w1).clamp(min=0) @ w2 - y).square().sum()
        losses.append(loss.item())
        g1, g2 = torch.autograd.grad(loss, (w1, w2))
        with torch.no_grad():
            w1 -= 1e-6 * g1
            w2 -= 1e-6 * g2
    # 500 steps from 3e7 down to 5e-7: the residuals have lost ten digits of their targets' sixteen.
    np.testing.assert_allclose(slide.chainrule_losses(500), losses, rtol=1e-6)
    np.testing.assert_allclose(slide.numpy_loop(20), losses[:20], rtol=1e-12)


def test_deep_linear_networks_collapse_to_one_matrix():
    slide = script("deep_linear")
    X, y = slide.table()
    network = slide.deep("identity")
    W, b = slide.collapsed(network)
    assert W.shape == (3, 2)
    np.testing.assert_allclose(network.predict(X), X @ W + b, atol=1e-13)  # sums of some 20 terms
    with_one = np.column_stack([X, np.ones(len(X))])
    best = np.linalg.lstsq(with_one, y, rcond=None)[0]
    # Slopes of 1e-3 at curvatures of about 1: off by the square of that in the error.
    np.testing.assert_allclose(W, best[:-1], atol=0.01)
    np.testing.assert_allclose(
        slide.error(network.predict(X)), slide.error(with_one @ best), rtol=1e-4
    )
    assert slide.error(slide.deep("tanh").predict(X)) < 0.1 * slide.error(with_one @ best)


def test_bumps_approximate_any_function():
    slide = script("bump")
    pieces = 10
    centres = (np.arange(pieces) + 0.5)[:, None] / pieces
    # Half a piece from the edges at steepness 50 / piece: sigma(25) = 1 - 1e-11.
    heights = np.sin(2 * np.pi * centres) + 0.5 * np.cos(6 * np.pi * centres)
    np.testing.assert_allclose(slide.bumps(pieces).predict(centres), heights, atol=1e-10)
    errors = [slide.error(slide.bumps(pieces).predict(slide.X)) for pieces in (10, 20, 40, 80)]
    # A step function's error is a quarter of a piece times the mean slope; edges and the grid of
    # 1000 blur a tenth of it.
    ratios = np.array(errors[:-1]) / errors[1:]
    assert ((ratios > 1.8) & (ratios < 2.2)).all()
    assert slide.error(slide.learned(8).predict(slide.X)) < errors[1]  # 8 units against 40
