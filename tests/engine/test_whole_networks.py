"""Prediction, loss and gradient of whole networks against PyTorch's autograd."""

import numpy as np
import pytest

from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.formulas import (
    ACTIVATIONS,
    LEARNED_ACTIVATIONS,
    LINKS,
    LOSSES,
    ROW_ACTIVATIONS,
)

from . import torch_twin
from .networks import (
    COLUMNS,
    SHAPES,
    loss_and_gradient,
    network,
    one_hidden,
    one_place_with_dropout,
    outputs_for,
    targets,
)

ROWS = 13
# Sums of a few dozen numbers of size one, in another order than PyTorch's, and elementary functions
# that err by up to four roundings: some hundred roundings (2e-16, 6e-8) of the largest number. An
# error in a formula is of the size of 1.
TOLERANCE = {np.float64: 1e-13, np.float32: 2e-5}
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def assert_as_torch(graph, loss, link, dtype, weighted=False):
    rng = np.random.default_rng(20240501)
    net = network(graph, loss, dtype, link=link, weighted=weighted)
    x = rng.normal(size=(ROWS, COLUMNS)).astype(dtype)
    y = targets(loss, ROWS, rng).astype(dtype)
    weight = rng.exponential(size=ROWS).astype(dtype) if weighted else None
    rows = Rows(x, y, weight)
    expected = torch_twin.run(graph, net.parameters, x, y, loss, link or LOSSES[loss].link, weight)
    found = (Forward(net).predict(rows), *loss_and_gradient(net, rows))
    for ours, theirs in zip(found, expected, strict=True):
        scale = TOLERANCE[dtype] * max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=scale)
    # The reported loss is a mean over outputs where the loss's row says so.
    mean = LOSSES[loss].reduction == "mean"
    reported = expected[1] / (net.tape.outputs if mean else 1)
    assert Forward(net).loss(rows) == pytest.approx(reported, rel=TOLERANCE[dtype])


@PRECISIONS
@pytest.mark.parametrize(
    "activation", sorted({*ACTIVATIONS, *ROW_ACTIVATIONS, *LEARNED_ACTIVATIONS})
)
def test_every_activation(activation, dtype):
    assert_as_torch(one_hidden(activation), "squared_error", None, dtype)


@PRECISIONS
@pytest.mark.parametrize(
    "shape", [*SHAPES, one_place_with_dropout], ids=lambda shape: shape.__name__
)
def test_every_shape(shape, dtype):
    assert_as_torch(shape(), "squared_error", None, dtype)


@PRECISIONS
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_every_loss_with_its_own_link(loss, weighted, dtype):
    assert_as_torch(one_hidden("tanh", outputs_for(loss)), loss, None, dtype, weighted)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("loss", "link"),
    [
        *(("squared_error", link) for link in sorted(LINKS)),
        ("binary_log_loss", "softmax"),
        ("log_loss", "logistic"),
        ("poisson", "softmax"),
        ("poisson", "logistic"),
        ("binary_log_loss", "logistic"),
    ],
)
def test_a_loss_with_another_link_goes_back_in_two_steps(loss, link, weighted):
    assert_as_torch(one_hidden("tanh"), loss, link, np.float64, weighted)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_shape_under_softmax(shape):
    assert_as_torch(shape(), "log_loss", None, np.float64, weighted=True)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_keeping_every_value_changes_nothing(shape, loss):
    # The tape that people read passes back through link and loss one by one and shares no slot.
    rng = np.random.default_rng(1)
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), targets(loss, ROWS, rng))
    shared = loss_and_gradient(network(shape(), loss), rows)
    kept = loss_and_gradient(network(shape(), loss, keep_all=True), rows)
    assert shared[0] == kept[0]  # the same operations forward
    # Backward, p - y in one step or two: a few roundings of 1.
    np.testing.assert_allclose(shared[1], kept[1], rtol=0.0, atol=1e-14 * (1 + abs(kept[1]).max()))
