"""The gradient check passes what is right, and catches an error of 0.05 % in one formula."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.formulas import ACTIVATIONS, LOSSES, Activation, RowLoss
from chainrule.formulas.activations import hyperbolic_tangent, hyperbolic_tangent_slope
from chainrule.graph import (
    Add,
    BatchNorm,
    Bias,
    Dense,
    Dropout,
    FourierFeatures,
    Graph,
    Input,
    LayerNorm,
    MemberDense,
    Noise,
    PeriodicEmbedding,
    PiecewiseLinear,
    PiecewiseLinearEmbedding,
    Scale,
    chain,
)
from chainrule.training import GraphModel


def wrong_slope(x, y):
    """Of tanh, 0.05 % too steep."""
    return hyperbolic_tangent_slope(x, y) * 1.0005


@pytest.fixture
def wrong_tanh(monkeypatch):
    monkeypatch.setitem(
        ACTIVATIONS, "wrong_tanh", Activation("wrong_tanh", hyperbolic_tangent, wrong_slope)
    )


def model(middle: str, outputs: int = 2, **options) -> GraphModel:
    """Three layers; the middle one's activation stands after "first" and before "last"."""
    x = Input(3)
    first = Dense(4, activation="gelu")(x, name="first")
    second = Dense(4, activation=middle)(first, name="second")
    return GraphModel(Graph(x, Dense(outputs)(Add()(first, second), name="last")), **options)


def data(rng, loss: str):
    """Six rows with two targets in the loss's domain."""
    match LOSSES[loss].target:
        case "class":
            y = np.eye(2)[rng.integers(2, size=6)]
        case "sign":
            y = 2.0 * rng.integers(2, size=(6, 2)) - 1.0
        case _:
            y = rng.random((6, 2))
    return rng.normal(size=(6, 3)), y


@pytest.mark.parametrize("alpha", [0.0, 0.7])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_right_networks_pass(loss, alpha, rng):
    row = LOSSES[loss]
    outputs = row.outputs(2) if isinstance(row, RowLoss) else 2
    found = model("tanh", outputs, loss=loss, alpha=alpha).check_gradients(*data(rng, loss))
    assert found.ok, found
    assert found.checked == 3 * 4 + 4 + 4 * 4 + 4 + 5 * outputs
    assert str(found).startswith(f"{found.checked} derivatives agree")


LAYERS = {
    "learned activation": [Dense(4, activation="parametric_mish")],
    "scale and bias": [Scale(), Bias(), Scale(spread=2)],
    "members": [Scale(spread=2), Dense(3, members=2), MemberDense(2, 3)],
    "layer norm": [Dense(4), LayerNorm()],
    "periodic embedding": [PeriodicEmbedding()],
    "Fourier features": [FourierFeatures(3, 0.3)],
    "piecewise linear": [Dense(2), PiecewiseLinear([[-1.0, 0.0, 0.5], [0.0, 1.0]])],
    "embedding of pieces": [Dense(2), PiecewiseLinearEmbedding([[-1.0, 0.0], [0.0, 0.5, 1.0]], 3)],
    "noise and dropout": [Noise(0.3), Dense(4), Dropout(0.4)],
}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_networks_of_every_layer_pass(layers, rng):
    x = Input(3)
    found = GraphModel(Graph(x, Dense(2)(chain(x, layers)))).check_gradients(
        *data(rng, "squared_error")
    )
    assert found.ok, found


def test_running_averages_are_no_parameters_to_be_checked(rng):
    x = Input(3)
    found = GraphModel(Graph(x, Dense(2)(BatchNorm()(x)))).check_gradients(
        *data(rng, "squared_error")
    )
    assert found.ok, found
    assert found.checked == 2 * 3 + 3 * 2 + 2  # g and b, W and b


def test_weighted_rows_and_float32_pass(rng):
    X, y = data(rng, "squared_error")
    assert model("tanh", dtype=np.float32).check_gradients(X, y, rng.exponential(size=6)).ok


@pytest.mark.usefixtures("wrong_tanh")
def test_an_error_of_a_twentieth_of_a_percent_is_caught_and_placed(rng):
    found = model("wrong_tanh").check_gradients(*data(rng, "squared_error"))
    assert not found.ok
    # What stands before the wrong slope is wrong, what stands after it is right.
    wrong = {check.name.split()[0] for check in found.worst if check.error > found.tolerance}
    assert "second" in wrong
    assert "last" not in wrong
    worst_of_second = max(c.error for c in found.worst if c.name.startswith("second"))
    # The planted error itself; relative errors below the typical gradient may be smaller.
    assert worst_of_second == pytest.approx(5e-4, rel=0.01)
    assert "derivatives part from central differences" in str(found)
    assert "second " in str(found)


def test_a_wrong_slope_of_a_loss_is_caught(rng, monkeypatch):
    right = LOSSES["squared_error"]
    wrong = replace(right, name="wrong_loss", canonical_slope=wrong_residual)
    monkeypatch.setitem(LOSSES, "wrong_loss", wrong)
    found = model("tanh", loss="wrong_loss").check_gradients(*data(rng, "squared_error"))
    assert found.failures > found.checked // 2


def wrong_residual(y, p):
    return (p - y) * 1.0005


def test_the_parameters_are_put_back(rng):
    checked = model("tanh")
    before = checked.parameters.copy()
    checked.check_gradients(*data(rng, "squared_error"))
    assert np.array_equal(checked.parameters, before)


def test_a_large_network_is_checked_in_part(rng):
    x = Input(50)
    wide = GraphModel(Graph(x, Dense(1)(Dense(60, activation="tanh")(x))))
    found = wide.check_gradients(rng.normal(size=(3, 50)), rng.normal(size=3))
    assert (found.checked, found.ok) == (2000, True)


def test_every_parameter_has_its_name():
    named = [model("tanh").name_of(place) for place in range(46)]
    assert len(set(named)) == 46
    assert (named[0], named[12], named[16], named[45]) == (
        "first W[0, 0]",
        "first b[0]",
        "second W[0, 0]",
        "last b[1]",
    )
    with pytest.raises(IndexError, match=r"place must be below 46, got 46\. Count from 0\."):
        model("tanh").name_of(46)
