"""Embeddings of categories and of numbers, and a whole RealMLP, against PyTorch."""

from math import sqrt

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its users' name for it

from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.graph import Add, Dense, Embedding, Graph, Input, PeriodicEmbedding, Scale

from . import torch_twin
from .networks import OUTPUTS, loss_and_gradient, network, settings, targets
from .recipes import CLASSES, LEVELS, NUMERIC, realmlp

# Sums of a few hundred numbers of size one in another order than PyTorch's; an error in a formula
# is of the size of 1. In float32 an angle of some radians is rounded, too.
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-4}
both_precisions = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def codes(levels: tuple[int, ...], rows: int, rng: np.random.Generator) -> np.ndarray:
    return np.stack([rng.integers(count, size=rows) for count in levels], 1).astype(float)


def assert_close(found, expected, dtype) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        scale = TOLERANCE[dtype] * max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=scale)


def assert_as_torch(graph: Graph, x: np.ndarray, dtype, rng: np.random.Generator) -> None:
    net = network(graph, "squared_error", dtype)
    x, y = x.astype(dtype), targets("squared_error", len(x), rng).astype(dtype)
    expected = torch_twin.run(graph, net.parameters, x, y, "squared_error", "identity")
    assert_close(
        (Forward(net).predict(Rows(x)), *loss_and_gradient(net, Rows(x, y))), expected, dtype
    )


@both_precisions
@pytest.mark.parametrize("size", [1, 8])
@pytest.mark.parametrize("levels", [(1,), (3, 2, 17)])
def test_embedding(levels, size, dtype, rng):
    x = Input(len(levels))
    graph = Graph(x, Dense(OUTPUTS)(Embedding(levels, size)(x)))
    assert_as_torch(graph, codes(levels, 40, rng), dtype, rng)


@pytest.mark.parametrize("code", [-1.0, 3.0, 1e30, -np.inf, np.nan])
def test_a_code_outside_the_levels_is_code_0(code):
    x = Input(2)
    net = network(Graph(x, Embedding((3, 4), 2)(x)), "squared_error")
    y = np.zeros((1, 4))
    outside = Rows(np.array([[code, 1.0]]), y)
    inside = Rows(np.array([[0.0, 1.0]]), y)
    np.testing.assert_array_equal(Forward(net).predict(outside), Forward(net).predict(inside))
    for ours, theirs in zip(
        loss_and_gradient(net, outside), loss_and_gradient(net, inside), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@both_precisions
@pytest.mark.parametrize("rows", [1, 64, 65, 200])  # the kernel takes 64 rows at a time
@pytest.mark.parametrize(("size", "hidden"), [(4, 16), (2, 1), (3, 21)])
def test_periodic_embedding(size, hidden, rows, dtype, rng):
    x = Input(5)
    graph = Graph(x, Dense(OUTPUTS)(PeriodicEmbedding(size, hidden)(x)))
    assert_as_torch(graph, rng.normal(size=(rows, 5)), dtype, rng)


@both_precisions
def test_a_message_passes_through_the_periodic_embedding(dtype, rng):
    """Once as the first message to its input, and once as the second."""
    x = Input(3)
    below = Scale()(x)
    through = Scale()(PeriodicEmbedding(2, 3)(below))
    both = Add()(Dense(OUTPUTS)(through), Dense(OUTPUTS)(below))
    assert_as_torch(Graph(x, Dense(OUTPUTS)(through)), rng.normal(size=(70, 3)), dtype, rng)
    assert_as_torch(Graph(x, both), rng.normal(size=(70, 3)), dtype, rng)


def test_the_angle_of_a_large_number_is_taken_to_one_turn_exactly():
    x = Input(1)
    net = network(Graph(x, PeriodicEmbedding(2, 1)(x)), "squared_error", np.float32)
    net.parameters[...] = [0.5, 0.0, 1.0, 0.0]  # y = cos(pi x)
    numbers = np.array([[2.0**20 + 1.0], [2.0**20 + 0.5], [1e30], [-3e38]], np.float32)
    # The last two are whole numbers, and even.
    np.testing.assert_array_equal(
        Forward(net).predict(Rows(numbers))[:, 1], np.array([-1.0, 0.0, 1.0, 1.0], np.float32)
    )


def realmlp_rows(dtype, rng) -> tuple[np.ndarray, np.ndarray]:
    x = np.hstack([rng.normal(size=(50, NUMERIC)), codes(LEVELS, 50, rng)]).astype(dtype)
    return x, rng.integers(CLASSES, size=50).astype(np.int32)


@both_precisions
def test_realmlp(dtype, rng):
    graph = realmlp()
    x, y = realmlp_rows(dtype, rng)
    net = network(graph, "log_loss", dtype, codes=True, label_smoothing=0.1)
    twin = torch_twin.Twin(graph, net.parameters)
    z = twin(x)
    loss = F.cross_entropy(z, torch.tensor(y).long(), label_smoothing=0.1)
    loss.backward()
    expected = (torch.softmax(z, 1).detach().numpy(), loss.item(), twin.gradient)
    found = (Forward(net).predict(Rows(x)), *loss_and_gradient(net, Rows(x, y)))
    assert_close(found, expected, dtype)


def realmlp_groups() -> list[tuple[float, float, float]]:
    """Factors of rate and decay of each array, and the root by which NTK divides it."""
    fan_in = NUMERIC * 4 + len(LEVELS) * 8
    bias, activation = (0.1, 0, 1), (0.1, 0.01, 1)
    hidden = [group for n in (fan_in, 6, 6) for group in ((1, 1, sqrt(n)), bias, activation)]
    embeddings = [(0.1, 0.01, 1)] * 4 + [(1, 1, 1)]
    return [*embeddings, (6, 36, 1), *hidden, (1, 1, sqrt(6)), bias]


def test_steps_of_realmlp(rng):
    graph, decay, rate = realmlp(), 0.02, 0.04
    x, y = realmlp_rows(np.float64, rng)
    net = network(graph, "log_loss", codes=True, label_smoothing=0.1)
    twin = torch_twin.Twin(graph, net.parameters)
    groups = realmlp_groups()
    # What NTK learns is W sqrt(n), and what it uses W.
    learned = [
        (own.detach() * root).requires_grad_()
        for own, (_, _, root) in zip(twin.arrays, groups, strict=True)
    ]
    optimizer = torch.optim.Adam(
        [{"params": [v], "lr": rate * f} for v, (f, _, _) in zip(learned, groups, strict=True)],
        betas=(0.9, 0.95),
        eps=1e-8,
    )
    descent = Descent(net, Rows(x, y), 20, "adamw")
    chosen = settings(rate, beta_1=0.9, beta_2=0.95, epsilon=1e-8, weight_decay=decay)
    for _ in range(3):
        order = rng.permutation(50)
        descent.epoch(chosen, order)
        for first in range(0, 50, 20):
            batch = order[first : first + 20]
            for own in twin.arrays:
                own.grad = None
            target = torch.tensor(y[batch]).long()
            F.cross_entropy(twin(x[batch]), target, label_smoothing=0.1).backward()
            with torch.no_grad():
                for v, own, (_, f, root) in zip(learned, twin.arrays, groups, strict=True):
                    v.grad = own.grad / root
                    v *= 1 - rate * decay * f
                optimizer.step()
                for v, own, (_, _, root) in zip(learned, twin.arrays, groups, strict=True):
                    own.copy_(v / root)
    # Nine steps; Adam divides by slopes as small as 1e-4, which are known to 1e-16.
    np.testing.assert_allclose(net.parameters, twin.flat, rtol=0.0, atol=1e-10)
