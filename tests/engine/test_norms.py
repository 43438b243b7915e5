"""Normalisation while training, against PyTorch's; predictions are in test_whole_networks."""

import numpy as np
import pytest
import torch

from chainrule.engine.rows import Rows
from chainrule.graph import BatchNorm, Graph, Input

from . import torch_twin
from .networks import (
    COLUMNS,
    batch_norm,
    batch_norm_called_twice,
    layer_norm,
    network,
    targets,
    train,
)

ROWS, BATCH, EPOCHS, RATE = 103, 50, 3, 0.1
# Nine steps on sums of 50 numbers in another order, none of which magnifies a rounding by much.
TOLERANCE = {np.float64: 1e-12, np.float32: 5e-5}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("shape", [batch_norm, batch_norm_called_twice, layer_norm])
def test_training_is_pytorchs(shape, weighted, dtype):
    rng = np.random.default_rng(5)
    x = (rng.normal(size=(ROWS, COLUMNS)) * [1.0, 10.0, 0.1, 1.0] + [0, 5, 0, 1]).astype(dtype)
    y = targets("squared_error", ROWS, rng).astype(dtype)
    weight = rng.exponential(size=ROWS).astype(dtype) if weighted else None
    net = network(shape(), "squared_error", dtype, weighted=weighted)
    twin = torch_twin.Twin(shape(), net.parameters)
    optimizer = torch.optim.SGD([a for a in twin.arrays if a.requires_grad], lr=RATE)
    for _ in range(EPOCHS):
        for first in range(0, ROWS, BATCH):  # 50, 50 and 3 rows
            part = slice(first, first + BATCH)
            prediction = twin(x[part], training=True)
            loss = torch_twin.mean_loss(
                prediction, y[part], "squared_error", weight[part] if weighted else None
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    train(net, Rows(x, y, weight), BATCH, epochs=EPOCHS, learning_rate=RATE)
    scale = np.maximum(1.0, abs(twin.flat))
    np.testing.assert_allclose(net.parameters / scale, twin.flat / scale, atol=TOLERANCE[dtype])


def alone() -> Graph:
    x = Input(2)
    return Graph(x, BatchNorm(momentum=0.25)(x))


def test_one_row_is_its_own_mean_and_has_no_variance():
    net = network(alone(), "squared_error", keep_all=True)
    net.parameters[...] = [3.0, 4.0, 0.5, -0.5, 0.0, 1.0, 2.0, 4.0]
    descent = train(net, Rows(np.array([[8.0, 9.0]]), np.zeros((1, 2))), 1, learning_rate=0.0)
    predicted = descent.slot(net.tape.slots[net.tape.prediction].value, 2, deltas=False)
    assert predicted.tolist() == [[0.5, -0.5]]  # g * 0 + b
    # PyTorch refuses such a batch; here it leaves the running averages as they were.
    assert net.parameters[4:].tolist() == [0.0, 1.0, 2.0, 4.0]


def test_two_rows_move_the_running_averages():
    net = network(alone(), "squared_error")
    net.parameters[...] = [3.0, 4.0, 0.5, -0.5, 0.0, 1.0, 2.0, 4.0]
    train(net, Rows(np.array([[8.0, 9.0], [4.0, 9.0]]), np.zeros((2, 2))), 2, learning_rate=0.0)
    # A quarter of the way from 0 and 1 to 6 and 9, from 2 and 4 to 8 and 0.
    assert net.parameters[4:].tolist() == [1.5, 3.0, 3.5, 3.0]


@pytest.mark.usefixtures("finely_cut")
def test_a_large_mean_costs_the_variance_no_digits():
    # Mean square minus squared mean, 1e8 - 1e8 in float32, would be off by 8; a column of one
    # number has variance 0 though its mean is rounded.
    x = 1e4 + np.random.default_rng(1).normal(size=(200, 2)).astype(np.float32)
    x = x.astype(np.float32)
    x[:, 1] = np.float32(1e4 / 3)
    net = network(alone(), "squared_error", np.float32)
    net.parameters[4:] = 0.0
    train(net, Rows(x, np.zeros_like(x)), 200)
    exact = x.astype(np.float64)
    # Momentum 0.25. The means of chunks are rounded to 5e-4, and their distances as much.
    np.testing.assert_allclose(net.parameters[4:6], 0.25 * exact.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(net.parameters[6], 0.25 * exact[:, 0].var(ddof=1), rtol=1e-3)
    assert abs(net.parameters[7]) < 1e-9
