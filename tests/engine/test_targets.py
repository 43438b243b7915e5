"""What targets may be: missing, smoothed, mixed; for several heads, and for members."""

import numpy as np
import pytest
import scipy.sparse
import torch
import torch.nn.functional as F  # noqa: N812 - its users' name for it

from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.formulas import LOSSES, RowLoss
from chainrule.graph import Dense, Graph, Input

from . import torch_twin
from .networks import (
    COLUMNS,
    OUTPUTS,
    factors,
    loss_and_gradient,
    network,
    one_hidden,
    outputs_for,
    settings,
    targets,
)

ROWS = 13
# Some hundred roundings of the largest number, as in test_whole_networks.
TOLERANCE = 1e-13


def assert_same(found, loss: torch.Tensor, twin: torch_twin.Twin) -> None:
    """The loss that was found, with its gradient, is the one that PyTorch has computed."""
    loss.backward()
    scale = TOLERANCE * max(1.0, abs(twin.gradient).max())
    assert found[0] == pytest.approx(float(loss.detach()), rel=TOLERANCE)
    np.testing.assert_allclose(found[1], twin.gradient, rtol=0.0, atol=scale)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_a_missing_target_costs_nothing_and_teaches_nothing(loss, weighted, rng):
    row = LOSSES[loss]
    graph = one_hidden("tanh", outputs_for(loss))
    net = network(graph, loss, weighted=weighted)
    x, y = rng.normal(size=(ROWS, COLUMNS)), targets(loss, ROWS, rng)
    weight = rng.exponential(size=ROWS) if weighted else np.ones(ROWS)
    known = rng.random((ROWS, OUTPUTS)) < 0.6
    if isinstance(row, RowLoss) or row.target == "class":
        known[...] = known[:, :1]
    assert 0 < known.sum() < known.size
    found = loss_and_gradient(
        net, Rows(x, np.where(known, y, np.nan), weight if weighted else None)
    )
    twin = torch_twin.Twin(graph, net.parameters)
    prediction = torch_twin.LINKS[row.link](twin(x))
    losses = torch_twin.LOSSES[loss](torch.tensor(y), prediction)
    chosen = torch.tensor(known if losses.ndim > 1 else known[:, 0])
    losses = losses * (chosen[:, :, None] if losses.ndim == 3 else chosen)
    # The mean is over all rows, also those of which nothing is known.
    rows = losses.reshape(ROWS, -1).sum(1) @ torch.tensor(weight) / weight.sum()
    assert_same(found, rows, twin)


def test_a_row_loss_needs_all_targets_of_a_row(rng):
    graph = one_hidden("tanh", 4)
    net = network(graph, "gaussian_likelihood")
    x, y = rng.normal(size=(ROWS, COLUMNS)), rng.normal(size=(ROWS, 2))
    half, none = y.copy(), y.copy()
    half[3, 1], none[3] = np.nan, np.nan
    first, second = (loss_and_gradient(net, Rows(x, part)) for part in (half, none))
    assert first[0] == second[0]
    assert np.array_equal(first[1], second[1])


@pytest.mark.parametrize("codes", [False, True], ids=["one-hot", "codes"])
def test_smoothed_classes(codes, rng):
    graph, y = one_hidden("tanh"), rng.integers(OUTPUTS, size=ROWS).astype(np.int32)
    x = rng.normal(size=(ROWS, COLUMNS))
    net = network(graph, "log_loss", codes=codes, label_smoothing=0.1)
    found = loss_and_gradient(net, Rows(x, y if codes else np.eye(OUTPUTS)[y]))
    twin = torch_twin.Twin(graph, net.parameters)
    loss = F.cross_entropy(twin(x), torch.tensor(y).long(), label_smoothing=0.1)
    assert_same(found, loss, twin)


@pytest.mark.parametrize("labels", [1, 3])
def test_a_label_of_two_values_is_smoothed_towards_a_half(labels, rng):
    graph, y = one_hidden("tanh", labels), rng.integers(2, size=(ROWS, labels)).astype(float)
    x = rng.normal(size=(ROWS, COLUMNS))
    net = network(graph, "binary_log_loss", label_smoothing=0.2)
    found = loss_and_gradient(net, Rows(x, y))
    twin = torch_twin.Twin(graph, net.parameters)
    target = torch.tensor(0.8 * y + 0.1)
    loss = F.binary_cross_entropy_with_logits(twin(x), target, reduction="sum") / ROWS
    assert_same(found, loss, twin)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("kind", ["dense", "sparse", "codes"])
@pytest.mark.usefixtures("finely_cut")
def test_a_row_is_mixed_with_the_one_as_far_from_the_other_end_of_the_batch(kind, smoothing):
    # 40 and 13 rows; whole batches are mixed, not chunks.
    rng = np.random.default_rng(3)
    batches, share = [(0, 40), (40, 53)], [0.7, 0.9]
    x, y = rng.normal(size=(53, COLUMNS)), rng.integers(OUTPUTS, size=53)
    x[rng.random(x.shape) < 0.4] = 0.0
    options = {"codes": kind == "codes", "sparse": kind == "sparse", "label_smoothing": smoothing}
    net = network(one_hidden("tanh"), "log_loss", **options)
    twin = torch_twin.Twin(one_hidden("tanh"), net.parameters)
    optimizer = torch.optim.SGD(twin.arrays, lr=0.5)
    whole = np.eye(OUTPUTS)[y]
    smooth = (1.0 - smoothing) * whole + smoothing / OUTPUTS
    for (first, last), own in zip(batches, share, strict=True):
        a, b = x[first:last], smooth[first:last]
        z = twin(own * a + (1.0 - own) * a[::-1])
        loss = F.cross_entropy(z, torch.tensor(own * b + (1.0 - own) * b[::-1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    table = scipy.sparse.csr_matrix(x) if kind == "sparse" else x
    rows = Rows(table, y.astype(np.int32) if kind == "codes" else whole)
    Descent(net, rows, 40, "sgd").epoch(settings(0.5), None, factors(2, mix=share))
    # Two steps, each of some hundred roundings.
    np.testing.assert_allclose(net.parameters, twin.flat, rtol=0.0, atol=1e-13)


def test_each_head_has_a_softmax_of_its_own(rng):
    graph = one_hidden("tanh", 6)
    net = network(graph, "log_loss", heads=(2, 1, 3), weighted=True)
    codes = [rng.integers(width, size=ROWS) for width in (2, 1, 3)]
    y = np.hstack([np.eye(width)[code] for width, code in zip((2, 1, 3), codes, strict=True)])
    x, weight = rng.normal(size=(ROWS, COLUMNS)), rng.exponential(size=ROWS)
    twin = torch_twin.Twin(graph, net.parameters)
    heads = twin(x).split((2, 1, 3), 1)
    predicted = torch.cat([torch.softmax(head, 1) for head in heads], 1).detach().numpy()
    np.testing.assert_allclose(Forward(net).predict(Rows(x)), predicted, rtol=0.0, atol=TOLERANCE)
    losses = [
        F.cross_entropy(head, torch.tensor(code), reduction="none")
        for head, code in zip(heads, codes, strict=True)
    ]
    loss = sum(losses) @ torch.tensor(weight) / weight.sum()
    assert_same(loss_and_gradient(net, Rows(x, y, weight)), loss, twin)


def members(outputs: int) -> Graph:
    """Three members that share every weight but those of the last layer."""
    x = Input(COLUMNS)
    return Graph(x, Dense(3 * outputs)(Dense(5, activation="tanh")(x)))


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("missing", [False, True], ids=["known", "missing"])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_members_learn_the_same_targets_and_their_losses_are_averaged(loss, missing, weighted, rng):
    row, outputs = LOSSES[loss], outputs_for(loss)
    graph = members(outputs)
    net = network(graph, loss, members=3, weighted=weighted)
    x, y = rng.normal(size=(ROWS, COLUMNS)), targets(loss, ROWS, rng)
    weight = rng.exponential(size=ROWS) if weighted else np.ones(ROWS)
    given, share = y.copy(), weight / weight.sum()
    if missing:
        given[4], share[4] = np.nan, 0.0
    twin = torch_twin.Twin(graph, net.parameters)
    predictions = [torch_twin.LINKS[row.link](z) for z in twin(x).chunk(3, 1)]
    losses = [
        torch_twin.LOSSES[loss](torch.tensor(y), p).reshape(ROWS, -1).sum(1) for p in predictions
    ]
    mean = sum(losses) @ torch.tensor(share) / 3
    rows = Rows(x, given, weight if weighted else None)
    found = loss_and_gradient(net, rows)
    reported = float(mean.detach()) / (outputs if row.reduction == "mean" else 1)
    assert Forward(net).loss(rows) == pytest.approx(reported, rel=TOLERANCE)
    assert_same(found, mean, twin)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_the_prediction_of_members_is_the_mean_of_theirs(loss, rng):
    graph, x = members(OUTPUTS), rng.normal(size=(ROWS, COLUMNS))
    net = network(graph, loss, members=3, average=True)
    link = torch_twin.LINKS[LOSSES[loss].link]
    each = [link(z) for z in torch_twin.Twin(graph, net.parameters)(x).chunk(3, 1)]
    expected = torch.stack(each).mean(0).detach().numpy()
    np.testing.assert_allclose(Forward(net).predict(Rows(x)), expected, rtol=0.0, atol=TOLERANCE)
