"""Products with the Hessian: against PyTorch's double backward and differences of gradients."""

import numpy as np
import pytest
import torch

from chainrule.engine.descent import FullGradient
from chainrule.engine.hessian import HessianProduct
from chainrule.engine.rows import Rows
from chainrule.formulas import (
    ACTIVATIONS,
    LEARNED_ACTIVATIONS,
    LINKS,
    LOSSES,
    ROW_ACTIVATIONS,
    custom_activation,
    custom_loss,
)
from chainrule.graph import Activate, Add, BatchNorm, Dense, Dropout, Graph, Input, Noise
from chainrule.graph.layout import lay_out

from . import torch_twin
from .networks import (
    COLUMNS,
    OUTPUTS,
    SHAPES,
    diamond,
    loss_and_gradient,
    network,
    one_hidden,
    outputs_for,
    targets,
)
from .table_shapes import TABLE_SHAPES, outputs_of, table_rows

ROWS = 13
# As in test_whole_networks: sums of a few dozen numbers in another order, and elementary functions
# that err by up to four roundings; a product is at most a few such sums deep, so twice as much.
TOLERANCE = {np.float64: 2e-13, np.float32: 4e-5}


def looks_at_the_batch(shape) -> bool:
    lines = lay_out(shape(), "squared_error").instructions
    return any(line.operation == "batch_norm" for line in lines)


STEADY_SHAPES = [shape for shape in SHAPES if not looks_at_the_batch(shape)]
BY_NAME = {"ids": lambda shape: shape.__name__}


def torch_product(graph, net, x, y, loss, link, direction, weight=None):
    """The gradient of <gradient, direction>, by PyTorch."""
    twin = torch_twin.Twin(graph, net.parameters)
    mean = torch_twin.mean_loss(torch_twin.LINKS[link](twin(x)), y, loss, weight)
    options = {"allow_unused": True, "materialize_grads": True}
    slopes = torch.autograd.grad(mean, twin.arrays, create_graph=True, **options)
    along = torch.cat([slope.flatten() for slope in slopes]) @ torch.tensor(direction)
    if not along.requires_grad:  # the gradient depends on no parameter
        return np.zeros_like(direction)
    second = torch.autograd.grad(along, twin.arrays, **options)
    return torch.cat([slope.flatten() for slope in second]).numpy()


def assert_as_torch(
    graph, loss, link=None, dtype=np.float64, *, rows=ROWS, outputs=OUTPUTS, weighted=False
):
    rng = np.random.default_rng(20240501)
    net = network(graph, loss, dtype, link=link, weighted=weighted)
    x = table_rows(graph, rows, rng).astype(dtype)
    y = targets(loss, rows, rng, outputs).astype(dtype)
    weight = rng.exponential(size=rows).astype(dtype) if weighted else None
    direction = rng.normal(size=net.tape.parameter_count).astype(dtype)
    found = HessianProduct(net, Rows(x, y, weight))(direction)
    link = link or LOSSES[loss].link
    expected = torch_product(graph, net, x, y, loss, link, direction, weight)
    scale = TOLERANCE[dtype] * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=scale)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "activation", sorted({*ACTIVATIONS, *ROW_ACTIVATIONS, *LEARNED_ACTIVATIONS})
)
def test_every_activation(activation, dtype):
    assert_as_torch(one_hidden(activation), "squared_error", dtype=dtype)


@pytest.mark.parametrize("shape", STEADY_SHAPES, **BY_NAME)
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_every_shape(shape, loss):
    assert_as_torch(shape(), loss)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rows", [ROWS, 130])  # a periodic embedding takes 64 rows at a time
@pytest.mark.parametrize("shape", TABLE_SHAPES, **BY_NAME)
def test_every_layer_for_tables(shape, rows, dtype):
    options = {"rows": rows, "outputs": outputs_of(shape)}
    assert_as_torch(shape(), "squared_error", dtype=dtype, **options)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_every_loss_with_its_own_link(loss, weighted):
    assert_as_torch(one_hidden("tanh", outputs_for(loss)), loss, weighted=weighted)


@pytest.mark.parametrize(
    ("loss", "link"),
    [
        *(("squared_error", link) for link in sorted(LINKS)),
        ("binary_log_loss", "softmax"),
        ("log_loss", "logistic"),
        ("poisson", "softmax"),
        ("gamma", "softplus"),
    ],
)
def test_a_loss_with_another_link(loss, link):
    assert_as_torch(one_hidden("tanh"), loss, link, weighted=True)


def difference(net, rows, direction, **penalties):
    """(g(w + h v) - g(w - h v)) / 2h; h = 1e-5 errs by about h^2 = 1e-10 times a derivative."""
    gradient, at, h = FullGradient(net, rows, as_reported=False), net.parameters.copy(), 1e-5
    net.parameters[...] = at + h * direction
    above = gradient(penalties.get("alpha", 0.0), 0.0, penalties.get("l2", 0.0))[1].copy()
    net.parameters[...] = at - h * direction
    below = gradient(penalties.get("alpha", 0.0), 0.0, penalties.get("l2", 0.0))[1].copy()
    net.parameters[...] = at
    return (above - below) / (2 * h)


def assert_as_difference(net, rows, rng, **penalties):
    direction = rng.normal(size=net.tape.parameter_count)
    found = HessianProduct(net, rows)(direction, **penalties)
    expected = difference(net, rows, direction, **penalties)
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-8 * scale)


def test_penalties_add_their_curvature(rng):
    net = network(diamond(), "squared_error")
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), targets("squared_error", ROWS, rng))
    assert_as_difference(net, rows, rng, alpha=3.0, l2=0.7)


def test_targets_that_are_not_known_have_no_part(rng):
    net = network(one_hidden("tanh"), "squared_error")
    y = targets("squared_error", ROWS, rng)
    y[::3, 1] = y[4] = np.nan
    assert_as_difference(net, Rows(rng.normal(size=(ROWS, COLUMNS)), y), rng)


def test_members_side_by_side_and_class_codes(rng):
    x = Input(COLUMNS)
    both = Dense(2 * OUTPUTS, activation="tanh")(x)
    net = network(
        Graph(x, Dense(OUTPUTS, members=2)(both)), "log_loss", members=2, codes=True, weighted=True
    )
    codes = rng.integers(OUTPUTS, size=ROWS).astype(np.int32)
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), codes, rng.exponential(size=ROWS))
    assert_as_difference(net, rows, rng)


def test_rows_in_batches_give_the_same(rng):
    net = network(one_hidden("gelu"), "log_loss")
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), targets("log_loss", ROWS, rng))
    direction = rng.normal(size=net.tape.parameter_count)
    whole = HessianProduct(net, rows)(direction)
    # Sums over 13 rows, in another order.
    np.testing.assert_allclose(HessianProduct(net, rows, 4)(direction), whole, atol=1e-14)


def test_many_rows_and_threads_give_the_same(rng):
    net = network(one_hidden("tanh"), "squared_error")
    x, y = rng.normal(size=(9000, COLUMNS)), targets("squared_error", 9000, rng)
    direction = rng.normal(size=net.tape.parameter_count)
    parts = [
        HessianProduct(net, Rows(own, known))(direction)
        for own, known in zip(np.split(x, 9), np.split(y, 9), strict=True)
    ]
    # A mean of 9000 numbers of size one, in another order.
    whole = HessianProduct(net, Rows(x, y))(direction)
    np.testing.assert_allclose(whole, np.mean(parts, axis=0), rtol=0.0, atol=1e-12)


def test_the_hessian_is_symmetric_and_the_gradient_untouched(rng):
    net = network(diamond(), "log_loss")
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), targets("log_loss", ROWS, rng))
    before = loss_and_gradient(net, rows)
    product, count = HessianProduct(net, rows), net.tape.parameter_count
    hessian = np.array([product(row) for row in np.eye(count)])
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-14)  # numbers of size one
    assert np.linalg.matrix_rank(hessian) > 1
    after = loss_and_gradient(net, rows)
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])


def test_a_formula_with_its_second_derivative_is_enough(rng):
    own = custom_activation(lambda x: x * x * x)  # its curvature by complex step
    x = Input(COLUMNS)
    hidden = Activate(own)(Dense(OUTPUTS)(x))
    net = network(Graph(x, Add()(hidden, Dense(OUTPUTS)(x))), "squared_error")
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), targets("squared_error", ROWS, rng))
    assert_as_difference(net, rows, rng)


def refused(graph, loss="squared_error") -> str:
    net = network(graph, loss)
    with pytest.raises(ValueError, match="must have second derivatives for this, got") as caught:
        HessianProduct(net, Rows(np.zeros((1, COLUMNS)), np.zeros((1, OUTPUTS))))
    return str(caught.value)


def kinked(x):
    return x if x > 0.0 else 0.5 * x


def kinked_slope(x, y):
    return 1.0 if x > 0.0 else 0.5


def distance(y, p):
    return y - p if y > p else p - y


def distance_slope(y, p):
    return -1.0 if y > p else 1.0


@pytest.mark.parametrize(
    ("layer", "name"),
    [(Dropout(0.5), "dropout"), (Noise(0.1), "noise"), (BatchNorm(), "batch normalisation")],
)
def test_what_differs_from_step_to_step_is_refused(layer, name):
    x = Input(COLUMNS)
    message = (
        "layers must neither draw numbers nor look at other rows for a product with the Hessian, "
        f'got {name} at .* Take a stochastic solver such as "adam", or leave that layer out'
    )
    rows = Rows(np.zeros((1, COLUMNS)), np.zeros((1, OUTPUTS)))
    for graph in (Graph(x, Dense(OUTPUTS)(layer(x))), Graph(x, layer(Dense(OUTPUTS)(x)))):
        with pytest.raises(ValueError, match=message):
            HessianProduct(network(graph, "squared_error"), rows)


def test_what_has_no_second_derivative_is_refused():
    x = Input(COLUMNS)
    own = custom_activation(kinked, kinked_slope)
    assert "the activation 'kinked'" in refused(
        Graph(x, Dense(OUTPUTS)(Activate(own)(Dense(3)(x))))
    )
    loss = custom_loss(distance, distance_slope)
    assert "the loss 'distance'" in refused(Graph(x, Dense(OUTPUTS)(x)), loss)
