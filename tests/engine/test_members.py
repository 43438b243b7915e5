"""Members of an ensemble side by side, and a whole TabM, against PyTorch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its users' name for it
from scipy.sparse import csr_matrix

from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.graph import Add, Dense, Graph, Input, MemberDense, Scale
from chainrule.graph.layout import lay_out

from . import torch_twin
from .networks import OUTPUTS, loss_and_gradient, network, settings, targets
from .recipes import CLASSES, MEMBERS, NUMERIC, tabm

# Sums of a few hundred numbers of size one in another order than PyTorch's; an error in a formula
# is of the size of 1.
TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}
both_precisions = pytest.mark.parametrize("dtype", [np.float64, np.float32])
N = 31


def assert_close(found, expected, dtype) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        scale = TOLERANCE[dtype] * max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=scale)


@both_precisions
@pytest.mark.parametrize("units", [1, 3])
def test_member_dense(units, dtype, rng):
    """Its message is once the first to its input, and once the second."""
    x = Input(3)
    below = Dense(8)(x)
    heads = MemberDense(4, units)(below)
    both = Add()(Dense(OUTPUTS)(heads), Dense(OUTPUTS)(below))
    for graph in (Graph(x, Dense(OUTPUTS)(heads)), Graph(x, both)):
        net = network(graph, "squared_error", dtype)
        data, y = rng.normal(size=(N, 3)).astype(dtype), targets("squared_error", N, rng)
        y = y.astype(dtype)
        expected = torch_twin.run(graph, net.parameters, data, y, "squared_error", "identity")
        found = (Forward(net).predict(Rows(data)), *loss_and_gradient(net, Rows(data, y)))
        assert_close(found, expected, dtype)


def rows(dtype, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = rng.normal(size=(N, NUMERIC)).astype(dtype)
    return x, rng.integers(CLASSES, size=N).astype(np.int32), rng.exponential(size=N).astype(dtype)


def members_of(z: torch.Tensor) -> torch.Tensor:
    return z.unflatten(1, (MEMBERS, CLASSES))


@both_precisions
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_tabm_on_shared_rows(weighted, dtype, rng):
    graph, (x, y, weight) = tabm(), rows(dtype, rng)
    options = {"codes": True, "members": MEMBERS, "weighted": weighted}
    net = network(graph, "log_loss", dtype, **options)
    twin = torch_twin.Twin(graph, net.parameters)
    z = members_of(twin(x))
    each = torch.tensor(y).long()[:, None].expand(N, MEMBERS)
    losses = F.cross_entropy(z.transpose(1, 2), each, reduction="none").mean(1)
    shares = torch.tensor(weight) if weighted else torch.ones(N, dtype=z.dtype)
    loss = (losses * shares).sum() / shares.sum()
    loss.backward()
    data = Rows(x, y, weight if weighted else None)
    assert_close(loss_and_gradient(net, data), (loss.item(), twin.gradient), dtype)
    # Predicting takes the mean of the members' probabilities.
    averaging = network(graph, "log_loss", dtype, members=MEMBERS, average=True)
    mean = torch.softmax(z, 2).mean(1).detach().numpy()
    assert_close([Forward(averaging).predict(Rows(x))], [mean], dtype)


def loss_of_own_rows(twin, x, y, weight, batch) -> torch.Tensor:
    """Members one after the other, each on the rows of its own column of `batch`."""
    losses = []
    for member, own in enumerate(batch.T):
        z = members_of(twin(x[own]))[:, member]
        losses.append(F.cross_entropy(z, torch.tensor(y[own]).long(), reduction="none"))
    shares = torch.tensor(weight[batch.T])
    return (torch.stack(losses) * shares).sum() / shares.sum()


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_steps_of_tabm_whose_members_have_rows_of_their_own(weighted, sparse, rng):
    graph, (x, y, weight) = tabm(), rows(np.float64, rng)
    options = {"codes": True, "members": MEMBERS, "weighted": weighted, "sparse": sparse}
    net = network(graph, "log_loss", own_rows=True, **options)
    twin = torch_twin.Twin(graph, net.parameters)
    optimizer = torch.optim.Adam(twin.arrays, lr=0.02, betas=(0.9, 0.999), eps=1e-8)
    data = Rows(csr_matrix(x) if sparse else x, y, weight if weighted else None)
    weight = weight if weighted else np.ones(N)
    descent = Descent(net, data, 12, "adamw")
    chosen = settings(0.02, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
    for _ in range(2):
        order = np.stack([rng.permutation(N) for _ in range(MEMBERS)], 1)
        found, expected = descent.epoch(chosen, order), 0.0
        for first in range(0, N, 12):
            batch = order[first : first + 12]
            optimizer.zero_grad()
            loss = loss_of_own_rows(twin, x, y, weight, batch)
            loss.backward()
            optimizer.step()
            expected += loss.item() * len(batch)
        assert found == pytest.approx(expected / N, rel=1e-10)
    # Six steps; Adam divides by slopes as small as 1e-4, which are known to 1e-16.
    np.testing.assert_allclose(net.parameters, twin.flat, rtol=0.0, atol=1e-10)


@pytest.mark.parametrize("subset", [None, np.arange(3, N, 2)], ids=["all rows", "a subset"])
def test_members_with_one_order_learn_as_on_shared_rows(subset, rng):
    x, y = rng.normal(size=(N, NUMERIC)), rng.normal(size=(N, CLASSES))
    shuffled = rng.permutation(np.arange(N) if subset is None else subset)
    trained = []
    for own_rows in (False, True):
        net = network(tabm(), "squared_error", members=MEMBERS, own_rows=own_rows)
        descent = Descent(net, Rows(x, y, subset=subset), 8, "adam")
        for order in (None, shuffled):
            descent.epoch(settings(0.02), order)
        trained.append(net.parameters)
    # The same sums, but for the compiler's choice of their order.
    np.testing.assert_allclose(*trained, rtol=0.0, atol=1e-12)


def test_rows_of_members_do_not_depend_on_how_a_batch_is_cut(finely_cut, rng):
    graph, (x, y, _) = tabm(), rows(np.float64, rng)
    order = np.stack([rng.permutation(N) for _ in range(MEMBERS)], 1)
    net = network(graph, "log_loss", codes=True, members=MEMBERS, own_rows=True)
    twin = torch_twin.Twin(graph, net.parameters)
    loss = loss_of_own_rows(twin, x, y, np.ones(N), order)
    loss.backward()
    before = net.parameters.copy()
    found = Descent(net, Rows(x, y), N, "sgd").epoch(settings(1.0), order)
    assert found == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(before - net.parameters, twin.gradient, rtol=0.0, atol=1e-12)


def test_an_input_read_by_another_layer_cannot_hold_rows_of_members():
    x = Input(2)
    graph = Graph(x, Dense(4)(x))
    message = r"^inputs must be read by a Scale\(spread=4\) where .* got Dense\(.*Put such a Scale"
    with pytest.raises(ValueError, match=message):
        lay_out(graph, members=4, own_rows=True)
    assert lay_out(Graph(x, Scale(spread=4)(x)), members=4, own_rows=True).own_rows == 4
