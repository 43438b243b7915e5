"""The trace of a network small enough to follow by hand."""

import numpy as np
import pytest

from chainrule.graph import Add, Concatenate, Dense, Dropout, Graph, Input, Multiply
from chainrule.training import GraphModel


@pytest.fixture
def xor() -> GraphModel:
    """relu(x1 + x2) - relu(x1 + x2 - 1): XOR's network, its last weight -1 in place of -2."""
    x = Input(2)
    hidden = Dense(2, activation="relu")(x, name="hidden")
    model = GraphModel(Graph(x, Dense(1)(hidden, name="out")))
    model.coefs[0][...], model.intercepts[0][...] = [[1, 1], [1, 1]], [0, -1]
    model.coefs[1][...], model.intercepts[1][...] = [[1], [-1]], 0
    return model


def test_one_row_by_hand(xor):
    trace = xor.trace([[1, 1]], [0])
    # Small whole numbers and halves: exact. (node, f, g), the loss is (1 - 0)^2 / 2.
    expected = [
        ("x", [1, 1], [0, 0]),
        ("hidden", [2, 1], [1, -1]),
        ("hidden activation", [2, 1], [1, -1]),
        ("out", [1], [1]),
        ("y", [0], None),
        ("squared_error", [0.5], [1]),
    ]
    for line, (name, value, gradient) in zip(trace, expected, strict=True):
        assert line.name == name
        assert line.value.tolist() == [value]
        assert gradient is None if line.gradient is None else line.gradient.tolist() == [gradient]
    assert trace["hidden"].weights_gradient.tolist() == [[1, -1], [1, -1]]
    assert trace["hidden"].biases_gradient.tolist() == [1, -1]
    assert trace["out"].weights_gradient.tolist() == [[2], [1]]
    assert trace["out"].biases_gradient.tolist() == [1]


def test_four_rows_by_hand(xor):
    trace = xor.trace([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    # h1 = 0, 1, 1, 2 and h2 = relu(-1, 0, 0, 1); p = 0, 1, 1, 1: the last row alone is wrong.
    assert trace["out"].value.ravel().tolist() == [0, 1, 1, 1]
    assert trace["squared_error"].value.item() == 0.5 / 4
    assert trace["out"].gradient.ravel().tolist() == [0, 0, 0, 0.25]
    assert trace["out"].weights_gradient.ravel().tolist() == [0.5, 0.25]


def test_weights_of_rows_are_lines_too(xor):
    trace = xor.trace([[1, 1], [0, 1]], [0, 0], sample_weight=[3, 1])
    assert trace["sample weight"].value.ravel().tolist() == [3, 1]
    assert trace["sample weight"].gradient is None
    # p = 1 in both rows: (3 * 1/2 + 1 * 1/2) / (3 + 1)
    assert trace["squared_error"].value.item() == 0.5
    assert trace["out"].gradient.ravel().tolist() == [0.75, 0.25]


def test_link_and_loss_have_a_line_each():
    x = Input(1)
    model = GraphModel(Graph(x, Dense(1)(x, name="out")), loss="binary_log_loss")
    model.parameters[...] = 0.0
    trace = model.trace([[2.0]], [1.0])
    # z = 0, p = 1/2, L = log 2, dL/dp = -1/p = -2, dL/dz = p - y = -1/2; one rounding each
    assert trace["link"].value.item() == pytest.approx(0.5, rel=1e-15)
    assert trace["binary_log_loss"].value.item() == pytest.approx(np.log(2.0), rel=1e-15)
    assert trace["link"].gradient.item() == pytest.approx(-2.0, rel=1e-15)
    assert trace["out"].gradient.item() == pytest.approx(-0.5, rel=1e-15)
    assert trace["out"].weights_gradient.item() == pytest.approx(-1.0, rel=1e-15)


def test_gradients_are_those_of_the_model(rng):
    x = Input(3)
    graph = Graph(x, Dense(2)(Dense(4, activation="gelu")(x, name="h"), name="out"))
    model = GraphModel(graph, loss="log_loss")
    X, y = rng.normal(size=(5, 3)), np.eye(2)[[0, 1, 1, 0, 1]]
    trace = model.trace(X, y)
    parts = [trace["h"], trace["out"]]
    flat = np.concatenate(
        [part.ravel() for line in parts for part in (line.weights_gradient, line.biases_gradient)]
    )
    # Link and loss one by one or in one step: a few roundings of 1.
    np.testing.assert_allclose(flat, model.loss_and_gradient(X, y)[1], rtol=0.0, atol=1e-15)


def test_every_operation_is_written_out():
    a, b = Input(2, name="a"), Input(2, name="b")
    joined = Concatenate()(Add()(a, b), Multiply()(a, b))
    out = Dense(1, bias=False)(Dropout(0.5)(joined), name="out")
    trace = GraphModel(Graph((a, b), out)).trace([[1, 2, 3, 4]], [0])
    formulas = [line.formula for line in trace]
    assert formulas == [
        "input",
        "input",
        "f(0) + f(1)",
        "f(0) * f(1)",
        "[f(2), f(3)]",
        "f(4) (dropout only while training)",
        "f(5) W",
        "target",
        "mean squared_error(y=f(7), p=f(6))",
    ]
    assert trace["concatenate"].value.tolist() == [[4, 6, 3, 8]]
    assert "  b " not in str(trace).splitlines()[8]  # no row for a bias that is not there


def test_a_long_value_is_shortened_and_every_line_has_its_number():
    x = Input(1)
    text = str(GraphModel(Graph(x, Dense(100)(x))).trace([[1.0]], np.zeros((1, 100))))
    assert all(len(line) < 250 for line in text.splitlines())
    numbers = [line.split()[0] for line in text.splitlines()[1:] if not line.startswith(" ")]
    assert numbers == ["0", "1", "2", "3"]


def test_an_unknown_name_lists_the_known_ones(xor):
    with pytest.raises(KeyError, match=r"name must be one of 'x', 'hidden', .*got 'hiden'"):
        xor.trace([[1, 1]], [0])["hiden"]
