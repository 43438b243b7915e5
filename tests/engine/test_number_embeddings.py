"""Embeddings of numbers by waves and by bins: by hand, by plain loops, and against PyTorch."""

import math
import pickle

import numpy as np
import pytest
import torch

from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.graph import (
    Dense,
    FourierFeatures,
    Graph,
    Input,
    PiecewiseLinear,
    PiecewiseLinearEmbedding,
    periodic_linear_relu,
)
from chainrule.training import GraphModel

from . import torch_twin
from .networks import OUTPUTS, network, settings, targets
from .table_shapes import (
    fourier_inside,
    periodic_linear_relu_inside,
    piecewise_linear_embedding,
    piecewise_linear_inside,
    table_rows,
)
from .test_embeddings import assert_as_torch, both_precisions

SHAPES = [
    fourier_inside,
    periodic_linear_relu_inside,
    piecewise_linear_inside,
    piecewise_linear_embedding,
]
EDGES = [[0.0, 1.0, 3.0, 4.0], [-1.0, 1.0]]


def predicted(net, x) -> np.ndarray:
    return Forward(net).predict(Rows(np.asarray(x, net.dtype)))


@both_precisions
@pytest.mark.parametrize("rows", [1, 130])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_as_torch(shape, rows, dtype, rng):
    graph = shape()
    assert_as_torch(graph, table_rows(graph, rows, rng), dtype, rng)


# Bins 0 to 1, 1 to 3, 3 to 4. An edge belongs to the bin above it, the first bin goes on below 0
# and the last above 4.
BY_HAND = {
    -1.0: [-1.0, 0.0, 0.0],
    0.0: [0.0, 0.0, 0.0],
    0.25: [0.25, 0.0, 0.0],
    1.0: [1.0, 0.0, 0.0],
    1.5: [1.0, 0.25, 0.0],  # (1.5 - 1) / (3 - 1)
    3.0: [1.0, 1.0, 0.0],
    4.0: [1.0, 1.0, 1.0],
    6.0: [1.0, 1.0, 3.0],  # (6 - 3) / (4 - 3)
}


@both_precisions
def test_the_encoding_in_three_bins_by_hand(dtype):
    x = Input(1)
    net = network(Graph(x, PiecewiseLinear(EDGES[:1])(x)), "squared_error", dtype)
    found = predicted(net, [[number] for number in BY_HAND])
    np.testing.assert_array_equal(found, list(BY_HAND.values()))


@pytest.mark.parametrize(
    ("number", "own", "slope"), [(-1, 0, 1), (1, 1, 0.5), (2, 1, 0.5), (9, 2, 1)]
)
def test_its_message_by_hand(number, own, slope):
    """What comes to the number's bin, over the bin's width; at an edge that of the bin above."""
    x = Input(1)
    model = GraphModel(Graph(x, PiecewiseLinear(EDGES[:1])(x, name="encoded")))
    trace = model.trace([[number]], [[5.0, 7.0, -9.0]])
    message = trace["encoded"].gradient[0, own]
    assert message != 0.0
    assert trace["x"].gradient.tolist() == [[message * slope]]


def test_one_value_of_its_embedding_by_hand():
    """x = 1.5 lies in bin 2 of three: y = x w + b + V_1 + V_2 / 4 = 3 + 1 + 10 + 5; exact."""
    x = Input(1)
    model = GraphModel(Graph(x, PiecewiseLinearEmbedding(EDGES[:1], 1)(x, name="e")))
    model.parameters[...] = [2.0, 1.0, 10.0, 20.0, 40.0]
    trace = model.trace([[1.5]], [[18.0]])  # so that the message is 19 - 18 = 1
    assert trace["e"].value.tolist() == [[19.0]]
    # dL/dw = x, dL/db = 1, dL/dV = the encoding; dL/dx = w + V_2 / (3 - 1) = 2 + 10.
    assert trace["e"].arrays["w"].gradient.tolist() == [[1.5]]
    assert trace["e"].arrays["b"].gradient.tolist() == [[1.0]]
    assert trace["e"].arrays["V"].gradient.ravel().tolist() == [1.0, 0.25, 0.0]
    assert trace["x"].gradient.tolist() == [[12.0]]


def share(x: float, edges: list[float], t: int) -> float:
    """Equation 1 of Gorishniy, Rubachev and Babenko 2022, case by case; t counts from 1."""
    bins = len(edges) - 1
    if x < edges[t - 1] and t > 1:
        return 0.0
    if x >= edges[t] and t < bins:
        return 1.0
    return (x - edges[t - 1]) / (edges[t] - edges[t - 1])


def test_the_encoding_as_plain_loops(rng):
    x = Input(2)
    net = network(Graph(x, PiecewiseLinear(EDGES)(x)), "squared_error")
    rows = rng.normal(1.0, 3.0, size=(40, 2))
    expected = [
        [share(n, own, t) for n, own in zip(row, EDGES, strict=True) for t in range(1, len(own))]
        for row in rows
    ]
    # One difference and one quotient each, the same as here.
    np.testing.assert_array_equal(predicted(net, rows), expected)


def test_waves_as_plain_loops(rng):
    x = Input(2)
    net = network(Graph(x, FourierFeatures(3)(x)), "squared_error")
    w, rows = net.parameters.reshape(2, 3), rng.normal(size=(9, 2))
    expected = [
        [wave(2 * math.pi * w[c, h] * row[c]) for c in (0, 1) for wave in waves for h in range(3)]
        for waves in [(math.cos, math.sin)]
        for row in rows
    ]
    # Angles of a few radians, rounded once or twice.
    np.testing.assert_allclose(predicted(net, rows), expected, rtol=0.0, atol=1e-14)


def test_edges_that_float32_cannot_tell_apart_still_make_bins():
    x = Input(1)
    edges = [[1.0, 1.0 + 2.0**-40, 2.0]]
    net = network(Graph(x, PiecewiseLinear(edges)(x)), "squared_error", np.float32)
    # 1.5 lies halfway in the second bin, up to 2^-40; 0.75 a quarter below the first: -2^38.
    expected = [[0.0, 0.0], [1.0, 0.5], [-(2.0**38), 0.0]]
    np.testing.assert_array_equal(predicted(net, [[1.0], [1.5], [0.75]]), expected)


@pytest.mark.parametrize("layer", [PiecewiseLinear, PiecewiseLinearEmbedding])
def test_what_is_no_number_stays_none(layer):
    x = Input(2)
    net = network(Graph(x, layer(EDGES)(x)), "squared_error")
    found = predicted(net, [[np.nan, 0.0]])[0]
    own = 3 if layer is PiecewiseLinear else 16  # of the first column
    assert np.isnan(found[:own]).any()
    assert np.isfinite(found[own:]).all()


def embedded(kind: str) -> Graph:
    x = Input(2)
    if kind == "waves":
        return Graph(x, Dense(OUTPUTS)(periodic_linear_relu(x, 3, 4, 0.3, rate=0.1, decay=0.5)))
    return Graph(x, Dense(OUTPUTS)(PiecewiseLinearEmbedding(EDGES, 3, rate=0.1, decay=0.5)(x)))


@pytest.mark.parametrize("kind", ["waves", "bins"])
def test_steps_as_those_of_torch(kind, rng):
    """Adam with decoupled decay: of the embedding a tenth of the rate and half of the decay."""
    graph, rate, decay = embedded(kind), 0.04, 0.02
    net = network(graph, "squared_error")
    x, y = rng.normal(1.0, 2.0, size=(40, 2)), targets("squared_error", 40, rng)
    twin = torch_twin.Twin(graph, net.parameters)
    own = len(twin.arrays) - 2  # the last are W and b of the Dense
    optimizer = torch.optim.Adam(
        [{"params": twin.arrays[:own], "lr": 0.1 * rate}, {"params": twin.arrays[own:]}], lr=rate
    )
    descent = Descent(net, Rows(x, y), 20, "adamw")
    chosen = settings(rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=decay)
    for _ in range(3):
        descent.epoch(chosen, None)
        for first in (0, 20):
            optimizer.zero_grad()
            batch = slice(first, first + 20)
            torch_twin.mean_loss(twin(x[batch]), y[batch], "squared_error").backward()
            with torch.no_grad():
                for number, (array, said) in enumerate(
                    zip(twin.arrays, twin.described, strict=True)
                ):
                    factor = 0.5 if number < own else 1.0
                    array *= 1.0 - (rate * decay * factor if said.penalised else 0.0)
            optimizer.step()
    # Six steps; Adam divides by slopes as small as 1e-4, which are known to 1e-16.
    np.testing.assert_allclose(net.parameters, twin.flat, rtol=0.0, atol=1e-10)


def first_values(node, x) -> dict[str, np.ndarray]:
    model = GraphModel(Graph(x, Dense(1)(node)), random_state=0)
    lines = model.trace(np.zeros((1, x.width)), [[0.0]])
    return {
        f"{line.name} {name}": array.value for line in lines for name, array in line.arrays.items()
    }


def test_first_values_of_waves():
    """w normal with the deviation asked for; W and b uniform within 1 / sqrt(2 * 48)."""
    x = Input(50)
    found = first_values(periodic_linear_relu(x, frequency=0.2), x)
    w, bound = found["fourier features 1 w"], 1.0 / math.sqrt(96.0)
    # A sample of 2400: its deviation errs by 1 in sqrt(2 * 2400) = 1.4 %, its mean by 2 %.
    assert abs(w.std() / 0.2 - 1.0) < 0.06
    assert abs(w.mean()) < 0.2 * 0.1
    assert abs(found["member dense 1 W"]).max() == pytest.approx(bound, rel=1e-3)
    assert abs(found["member dense 1 b"]).max() == pytest.approx(bound, rel=1e-2)


def test_first_values_of_pieces():
    """V is 0; w and b uniform within 1 / sqrt(16)."""
    x = Input(50)
    found = first_values(PiecewiseLinearEmbedding([EDGES[0]] * 50)(x, name="e"), x)
    assert not found["e V"].any()
    assert found["e V"].shape == (150, 16)
    for name in ("e w", "e b"):
        assert found[name].shape == (50, 16)
        assert 0.24 < abs(found[name]).max() <= 0.25


@pytest.mark.parametrize("kind", ["waves", "bins"])
def test_a_model_is_pickled_with_its_bins(kind, rng):
    model, x = GraphModel(embedded(kind)), rng.normal(size=(5, 2))
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(x), model.predict(x))
