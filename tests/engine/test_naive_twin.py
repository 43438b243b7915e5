"""A small network in compiled code against the same in plain loops."""

import naive
import numpy as np
import pytest

from chainrule.engine.descent import Descent
from chainrule.engine.network import Network, view
from chainrule.engine.rows import Rows
from chainrule.graph import BatchNorm, Concatenate, Dense, Embedding, Graph, Input, LayerNorm

from .networks import (
    COLUMNS,
    OUTPUTS,
    diamond,
    gate,
    loss_and_gradient,
    many_readers,
    network,
    one_hidden,
    settings,
    targets,
    train,
)

LEVELS = (3, 2)


def embedded() -> Graph:
    """Two columns of numbers beside two of codes."""
    numbers, codes = Input(COLUMNS - len(LEVELS), name="n"), Input(len(LEVELS), name="codes")
    both = Concatenate()(numbers, Embedding(LEVELS, 2)(codes, name="levels"))
    hidden = Dense(4, activation="tanh")(both, name="hidden")
    return Graph((numbers, codes), Dense(OUTPUTS)(hidden, name="out"))


def normalised(layer: BatchNorm | LayerNorm) -> Graph:
    x = Input(COLUMNS)
    norm = layer(Dense(4)(x, name="hidden"), name="norm")
    return Graph(x, Dense(OUTPUTS)(norm, name="out"))


GRAPHS = {
    "diamond": diamond(),
    "gate": gate(),
    "many": many_readers(),
    "relu": one_hidden("relu"),
    "logistic": one_hidden("logistic"),
    "embedding": embedded(),
    "layer norm": normalised(LayerNorm()),
    "batch norm": normalised(BatchNorm()),
}
every_graph = pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
both_losses = pytest.mark.parametrize("loss", ["squared_error", "log_loss"])


def table(loss: str, rng: np.random.Generator, rows: int) -> Rows:
    """Numbers, of which the last columns are codes for the graph that embeds them."""
    x = rng.normal(size=(rows, COLUMNS))
    return Rows(x, targets(loss, rows, rng))


def with_codes(rows: Rows, graph: Graph, rng: np.random.Generator) -> Rows:
    if len(graph.inputs) == 2:
        rows.x[:, -2:] = rng.integers(0, LEVELS, size=(rows.count, 2))
    return rows


@both_losses
@every_graph
def test_loss_and_gradient_as_in_plain_loops(graph, loss, rng):
    net = network(graph, loss)
    rows = with_codes(table(loss, rng, 3), graph, rng)
    expected, by_name = naive.loss_and_gradient(
        graph, matrices(net, net.parameters), rows.x.tolist(), rows.y.tolist(), loss
    )
    normalises_batches = graph is GRAPHS["batch norm"]
    found, flat = (a_step if normalises_batches else loss_and_gradient)(net, rows)
    # Sums of tens of numbers of size one in another order: under a hundred roundings.
    assert found == pytest.approx(expected, rel=1e-13)
    for name, matrix in matrices(net, flat).items():
        np.testing.assert_allclose(matrix, by_name[name], rtol=0.0, atol=1e-13 * abs(flat).max())


def a_step(net: Network, rows: Rows) -> tuple[float, np.ndarray]:
    """Loss and gradient of a step: in a pass without one, running averages normalise."""
    before = net.parameters.copy()
    descent = Descent(net, rows, rows.count, "sgd")
    loss = descent.epoch(settings(1.0), None) / net.loss_scale
    return loss, before - net.parameters


@every_graph
def test_steps_of_adam_as_in_plain_loops(graph, rng):
    net = network(graph, "log_loss")
    rows = with_codes(table("log_loss", rng, 7), graph, rng)
    begin = matrices(net, net.parameters)
    data = rows.x.tolist(), rows.y.tolist()
    expected = naive.adam(graph, begin, *data, "log_loss", batch=4, rate=0.1, epochs=2)
    train(net, rows, 4, "adam", epochs=2, learning_rate=0.1)
    for name, matrix in matrices(net, net.parameters).items():
        # Of a tiny gradient the step is m / sqrt(v), which magnifies its rounding.
        np.testing.assert_allclose(matrix, expected[name], rtol=0.0, atol=1e-9)
        assert abs(np.subtract(matrix, begin[name])).max() > 0.05


def matrices(net, vector) -> dict[str, list[list[float]]]:
    """The learned arrays of each layer, one below the other, by its name."""
    return {
        line.name: [
            row
            for placed in line.arrays
            if placed.array.learned
            for row in np.atleast_2d(view(placed, vector)).tolist()
        ]
        for line in net.tape.layers
    }
