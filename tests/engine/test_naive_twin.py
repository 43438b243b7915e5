"""A small network in compiled code against the same in plain loops."""

import naive
import numpy as np
import pytest

from chainrule.engine.network import views
from chainrule.engine.rows import Rows

from .networks import COLUMNS, diamond, gate, loss_and_gradient, many_readers, network, one_hidden

GRAPHS = [diamond(), gate(), many_readers(), one_hidden("relu"), one_hidden("logistic")]


@pytest.mark.parametrize("graph", GRAPHS, ids=["diamond", "gate", "many", "relu", "logistic"])
def test_loss_and_gradient_as_in_plain_loops(graph, rng):
    net = network(graph, "squared_error")
    rows = Rows(rng.normal(size=(3, COLUMNS)), rng.normal(size=(3, 3)))
    loss, flat = loss_and_gradient(net, rows)
    expected, by_name = naive.loss_and_gradient(
        graph, matrices(net, net.parameters), rows.x.tolist(), rows.y.tolist()
    )
    # Sums of tens of numbers of size one in another order: under a hundred roundings.
    assert loss == pytest.approx(expected, rel=1e-13)
    for name, matrix in matrices(net, flat).items():
        np.testing.assert_allclose(matrix, by_name[name], rtol=0.0, atol=1e-13 * abs(flat).max())


def matrices(net, vector) -> dict[str, list[list[float]]]:
    """[W; b] of each layer by its name."""
    names = [line.name for line in net.tape.layers]
    layers = zip(names, *views(net.tape, vector), strict=True)
    return {name: [*coef.tolist(), intercept.tolist()] for name, coef, intercept in layers}
