"""The Jacobian of predictions, row by row, against PyTorch's autograd."""

import numpy as np
import pytest
import torch

from chainrule.engine.jacobian import RowJacobian
from chainrule.engine.rows import Rows
from chainrule.formulas import LOSSES
from chainrule.graph import BatchNorm, Dense, Dropout, Graph, Input, Noise

from . import torch_twin
from .networks import COLUMNS, OUTPUTS, SHAPES, loss_and_gradient, network, one_hidden, targets
from .recipes import MEMBERS, tabm
from .table_shapes import TABLE_SHAPES, outputs_of, table_rows

ROWS = 7
# As in test_whole_networks: some hundred roundings of the largest number.
TOLERANCE = 1e-13
BY_ROWS = [shape for shape in SHAPES if not shape.__name__.startswith("batch_norm")]


def torch_jacobian(graph, net, x, link):
    """One backward pass a row and output."""
    twin = torch_twin.Twin(graph, net.parameters)
    prediction = torch_twin.LINKS[link](twin(x))
    rows = []
    for one in prediction.flatten():
        slopes = torch.autograd.grad(
            one, twin.arrays, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        rows.append(torch.cat([slope.flatten() for slope in slopes]).numpy())
    return np.array(rows).reshape(*prediction.shape, -1)


def assert_as_torch(graph, loss, link, rng, outputs=OUTPUTS, **options):
    net = network(graph, loss, link=link, **options)
    x = table_rows(graph, ROWS, rng)
    found = RowJacobian(net, Rows(x))()
    expected = torch_jacobian(graph, net, x, link or LOSSES[loss].link)
    assert found.shape == (ROWS, outputs, net.tape.parameter_count)
    scale = TOLERANCE * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=scale)


@pytest.mark.parametrize("shape", BY_ROWS, ids=lambda shape: shape.__name__)
def test_every_shape(shape, rng):
    assert_as_torch(shape(), "squared_error", None, rng)


@pytest.mark.parametrize("shape", TABLE_SHAPES, ids=lambda shape: shape.__name__)
def test_every_layer_for_tables(shape, rng):
    assert_as_torch(shape(), "squared_error", None, rng, outputs_of(shape))


@pytest.mark.parametrize(
    ("loss", "link"),
    [("log_loss", "softmax"), ("poisson", "exp"), ("squared_error", "softplus")],
)
def test_predictions_after_their_link(loss, link, rng):
    assert_as_torch(one_hidden("tanh"), loss, link, rng)


def test_a_loss_in_one_step_with_its_link_changes_nothing(rng):
    # The tape's loss and link go back at once as p - y; the Jacobian's tape takes them apart.
    assert_as_torch(one_hidden("gelu"), "log_loss", None, rng, codes=True, weighted=True)


def test_residuals_times_the_jacobian_are_the_gradient(rng):
    net = network(one_hidden("tanh"), "squared_error")
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), targets("squared_error", ROWS, rng))
    jacobian = RowJacobian(net, rows)
    whole = jacobian()
    residuals = jacobian.predictions(ROWS) - rows.y
    _, gradient = loss_and_gradient(net, rows)
    found = np.einsum("ro,rop->p", residuals, whole) / ROWS
    np.testing.assert_allclose(found, gradient, rtol=0.0, atol=1e-14)  # sums over 21 numbers


@pytest.mark.parametrize("piece_rows", [1, 3, ROWS])
def test_pieces_of_chosen_rows(piece_rows, rng):
    net = network(one_hidden("tanh"), "squared_error")
    x = rng.normal(size=(ROWS, COLUMNS))
    whole = RowJacobian(net, Rows(x))()
    chosen = np.array([5, 0, 3, 3], np.int64)
    rows = Rows(x, subset=chosen)
    # The same operations on the same rows: the same bits.
    np.testing.assert_array_equal(RowJacobian(net, rows, piece_rows)(), whole[chosen])


def test_many_rows_on_several_threads_give_the_same(rng):
    # 3 * 9000 rows * 43 parameters are more multiply-adds than one thread is left alone with.
    net, rows = network(one_hidden("tanh"), "squared_error"), Rows(rng.normal(size=(9000, COLUMNS)))
    np.testing.assert_array_equal(RowJacobian(net, rows)(), RowJacobian(net, rows, 100)())


def test_float32(rng):
    net = network(one_hidden("tanh"), "squared_error", np.float32)
    x = rng.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    found = RowJacobian(net, Rows(x))()
    assert found.dtype == np.float32
    expected = torch_jacobian(one_hidden("tanh"), net, x, "identity")
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-5)  # some roundings of 6e-8


@pytest.mark.parametrize(
    ("layer", "name"),
    [(Dropout(0.5), "dropout"), (Noise(0.1), "noise"), (BatchNorm(), "batch normalisation")],
)
def test_rows_that_depend_on_each_other_or_on_chance_are_refused(layer, name):
    x = Input(COLUMNS)
    net = network(Graph(x, Dense(OUTPUTS)(layer(x))), "squared_error")
    message = f"must neither draw numbers nor look at other rows for a Jacobian, got {name} at"
    with pytest.raises(ValueError, match=message):
        RowJacobian(net, Rows(np.zeros((ROWS, COLUMNS))))


def test_members_with_rows_of_their_own_are_refused():
    net = network(tabm(), "squared_error", members=MEMBERS, own_rows=True)
    message = "own_rows must be False for a Jacobian, got 5 members with rows of their own"
    with pytest.raises(ValueError, match=message):
        RowJacobian(net, Rows(np.zeros((ROWS, COLUMNS))))
