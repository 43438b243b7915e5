"""The trace of a network small enough to follow by hand."""

import numpy as np
import pytest

from chainrule.formulas import Huber
from chainrule.graph import (
    Add,
    BatchNorm,
    Bias,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    FourierFeatures,
    Graph,
    Input,
    LayerNorm,
    MemberDense,
    Multiply,
    Noise,
    PeriodicEmbedding,
    PiecewiseLinear,
    PiecewiseLinearEmbedding,
    Scale,
)
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


def formulas(graph: Graph, *data, **options) -> list[str]:
    return [line.formula for line in GraphModel(graph, **options).trace(*data)]


def test_lines_are_named_where_two_instructions_share_a_slot():
    x = Input(1)
    node = BatchNorm()(Dense(1, activation="prelu")(x))
    graph = Graph(x, Dense(1)(node))
    assert formulas(graph, [[1.0]], [0.0]) == [
        "input",
        "f(0) W + b",
        "(1 - a) f(1) + a relu(f(1))",
        "g (f(2) - running mean) / sqrt(running variance + 1e-05) + b",
        "f(3) W + b",
        "target",
        "mean squared_error(y=f(5), p=f(4))",
    ]


def test_arrays_of_every_kind_by_hand():
    x = Input(1)
    norm = BatchNorm(epsilon=0.0)(Bias()(Scale()(x, name="s"), name="b"), name="norm")
    model = GraphModel(Graph(x, norm))
    # s = 3, b = 1; g = 2, b = 5, running mean 1, running variance 4
    model.parameters[...] = [3, 1, 2, 5, 1, 4]
    trace = model.trace([[2.0]], [10.0])
    # 3 * 2 = 6, + 1 = 7, 2 * (7 - 1) / 2 + 5 = 11; L = 1/2, dL/dp = 1. Whole numbers: exact.
    assert [line.value.item() for line in trace] == [2, 6, 7, 11, 10, 0.5]
    # dL/dg = (7 - 1) / 2 = 3, dL/db = 1; g / 2 = 1 reaches the bias, and the scale with x = 2
    expected = {
        "s": {"s": (3, 2)},
        "b": {"b": (1, 1)},
        "norm": {
            "g": (2, 3),
            "b": (5, 1),
            "running mean": (1, None),
            "running variance": (4, None),
        },
    }
    for name, arrays in expected.items():
        found = {
            key: (array.value.item(), None if array.gradient is None else array.gradient.item())
            for key, array in trace[name].arrays.items()
        }
        assert found == arrays
    assert "  running variance" in str(trace)


def test_a_layer_called_twice_and_a_transpose_say_whose_arrays_they_use():
    x = Input(2)
    encoder = Dense(2, activation="prelu")
    decoder = Dense(2, tied=encoder)
    graph = Graph(x, decoder(encoder(encoder(x, name="first"))))
    assert formulas(graph, [[1.0, 2.0]], [[0.0, 0.0]]) == [
        "input",
        "f(0) W + b",
        "(1 - a) f(1) + a relu(f(1))",
        "f(2) W(1) + b(1)",
        "(1 - a(2)) f(3) + a(2) relu(f(3))",
        "f(4) W(1)^T",
        "f(5) + b",
        "target",
        "mean squared_error(y=f(7), p=f(6))",
    ]
    trace = GraphModel(graph).trace([[1.0, 2.0]], [[0.0, 0.0]])
    assert [list(line.arrays) for line in trace] == [
        [], ["W", "b"], ["a"], [], [], [], ["b"], [], [],
    ]  # fmt: skip


def test_layers_for_tables_are_written_out():
    numbers, codes = Input(1, name="numbers"), Input(1, name="codes")
    both = Concatenate()(PeriodicEmbedding(size=2)(numbers), Embedding((3,), 2)(codes, name="e"))
    members = Dense(2, members=2, bias=False)(Scale(spread=2)(Noise(0.1)(LayerNorm()(both))))
    graph = Graph((numbers, codes), MemberDense(2, 1)(members))
    model = GraphModel(graph)
    trace = model.trace(([[0.5]], [[2.0]]), [[0.0, 0.0]])
    assert [line.formula for line in trace] == [
        "input",
        "input",
        "[f(0), W cos(2 pi w f(0) + p) + b], column by column",
        "table[f(1)]",
        "[f(2), f(3)]",
        "g (f(4) - row's mean) / sqrt(row's variance + 1e-05) + b",
        "f(5) (noise only while training)",
        "s f(6), for 2 members",
        "f(7) W, each of 2 members",
        "f(8) W + b, each of 2 by its own",
        "target",
        "mean squared_error(y=f(10), p=f(9))",
    ]
    assert trace["e"].value.tolist() == trace["e"].arrays["table"].value[2:].tolist()
    # Only the third row of the table was looked up.
    assert (trace["e"].arrays["table"].gradient[:2] == 0.0).all()
    assert trace["e"].arrays["table"].gradient[2].tolist() == trace["e"].gradient[0].tolist()


def test_a_periodic_embedding_computes_what_its_formula_says():
    x = Input(1)
    trace = GraphModel(Graph(x, PeriodicEmbedding(size=2)(x, name="e"))).trace([[0.3]], [[0, 0]])
    w, p, W, b = (array.value.ravel() for array in trace["e"].arrays.values())
    expected = [0.3, W @ np.cos(2 * np.pi * w * 0.3 + p) + b[0]]
    # Sums of 16 numbers of size one in another order: a few roundings.
    np.testing.assert_allclose(trace["e"].value[0], expected, rtol=0.0, atol=1e-14)


def test_embeddings_of_numbers_are_written_out():
    x, edges = Input(1), [[0.0, 1.0, 2.0]]
    waves, pieces = FourierFeatures(1)(x), PiecewiseLinear(edges)(x)
    both = Add()(Add()(waves, pieces), PiecewiseLinearEmbedding(edges, 2)(x))
    trace = GraphModel(Graph(x, both)).trace([[0.5]], [[0.0, 0.0]])
    assert [line.formula for line in trace][:6] == [
        "input",
        "[cos(2 pi w f(0)), sin(2 pi w f(0))], column by column",
        "share of each bin below f(0), column by column",
        "f(1) + f(2)",
        "w f(0) + b + (share of each bin below f(0)) V, column by column",
        "f(3) + f(4)",
    ]


def test_a_loss_of_whole_rows_has_a_line_and_may_be_settings():
    x = Input(1)
    out = Dense(2)(x, name="out")
    trace = GraphModel(Graph(x, out), loss="gaussian_likelihood").trace([[1.0]], [0.0])
    assert trace["gaussian_likelihood"].formula == "mean gaussian_likelihood(y=f(2), p=f(1))"
    assert trace["gaussian_likelihood"].value.shape == (1, 1)
    # Huber with delta 1, p - y = 3: delta (3 - delta / 2) = 2.5, slope delta = 1; exact.
    model = GraphModel(Graph(x, Dense(1)(x, name="out")), loss=Huber(delta=1.0))
    model.parameters[...] = [3.0, 0.0]
    trace = model.trace([[1.0]], [0.0])
    assert [line.value.item() for line in trace] == [1.0, 3.0, 0.0, 2.5]
    assert trace["out"].gradient.item() == 1.0


def test_a_long_value_is_shortened_and_every_line_has_its_number():
    x = Input(1)
    text = str(GraphModel(Graph(x, Dense(100)(x))).trace([[1.0]], np.zeros((1, 100))))
    assert all(len(line) < 250 for line in text.splitlines())
    numbers = [line.split()[0] for line in text.splitlines()[1:] if not line.startswith(" ")]
    assert numbers == ["0", "1", "2", "3"]


def test_an_unknown_name_lists_the_known_ones(xor):
    with pytest.raises(KeyError, match=r"name must be one of 'x', 'hidden', .*got 'hiden'"):
        xor.trace([[1, 1]], [0])["hiden"]
