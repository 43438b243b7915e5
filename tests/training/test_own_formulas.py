"""A user's own activation, loss or optimizer is a row in a registry and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.formulas import ACTIVATIONS, LOSSES, OPTIMIZERS, Activation, Loss, Optimizer
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

SHARPNESS = 2.0


def bump(x):
    """y = 1 / (1 + 2 x^2)."""
    return 1.0 / (1.0 + SHARPNESS * x * x)


def bump_slope(x, y):
    return -2.0 * SHARPNESS * x * y * y


def quartic(y, p):
    return 0.25 * (y - p) * (y - p) * (y - p) * (y - p)


def quartic_slope(y, p):
    return (p - y) * (p - y) * (p - y)


def sign_constants(t, settings):
    return (settings.learning_rate / t,)


def sign_step(w, g, rate):
    return (w - rate if g > 0.0 else w + rate,)


def linear(loss: str = "squared_error", **layer) -> GraphModel:
    x = Input(2)
    return GraphModel(Graph(x, Dense(1, **layer)(x)), loss=loss)


def test_an_activation(monkeypatch, rng):
    monkeypatch.setitem(ACTIVATIONS, "bump", Activation("bump", bump, bump_slope))
    model = linear(activation="bump")
    X, y = rng.normal(size=(5, 2)), rng.normal(size=5)
    z = X @ model.coefs[0] + model.intercepts[0]
    # A dozen roundings.
    np.testing.assert_allclose(model.predict(X), 1.0 / (1.0 + 2.0 * z**2), rtol=1e-14)
    assert model.check_gradients(X, y).ok
    model.fit(X, y, epochs=2)


def test_a_loss(monkeypatch, rng):
    row = Loss("quartic", quartic, quartic_slope, "identity", quartic_slope, "sum")
    monkeypatch.setitem(LOSSES, "quartic", row)
    model = linear("quartic")
    X, y = rng.normal(size=(5, 2)), rng.normal(size=5)
    expected = np.mean(0.25 * (model.predict(X)[:, 0] - y) ** 4)
    assert model.loss(X, y) == pytest.approx(expected, rel=1e-14)  # a dozen roundings
    assert model.check_gradients(X, y).ok
    first = model.loss(X, y)
    assert model.fit(X, y, epochs=20, learning_rate=0.01).loss(X, y) < first


def test_an_optimizer(monkeypatch, rng):
    monkeypatch.setitem(OPTIMIZERS, "sign", Optimizer("sign", 0, sign_constants, sign_step))
    model = linear()
    X, y = rng.normal(size=(5, 2)), rng.normal(size=5)
    expected = model.parameters.copy()
    for t in (1, 2, 3):
        model_at = linear()
        model_at.parameters[...] = expected
        expected -= 0.1 / t * np.sign(model_at.loss_and_gradient(X, y)[1])
    model.fit(X, y, optimizer="sign", epochs=3, batch_size=5, learning_rate=0.1)
    # Three additions of numbers below 1.
    np.testing.assert_allclose(model.parameters, expected, rtol=0.0, atol=1e-15)


def double(x):
    return 2.0 * x


def triple(x):
    return 3.0 * x


def two(x, y):
    return 2.0


def three(x, y):
    return 3.0


def test_another_formula_under_the_same_name_is_another_formula(monkeypatch):
    for value, slope, factor in [(double, two, 2.0), (triple, three, 3.0)]:
        monkeypatch.setitem(ACTIVATIONS, "times", Activation("times", value, slope))
        model = linear(activation="times")
        model.parameters[...] = 1.0
        assert model.predict([[1.0, 1.0]]).item() == factor * 3.0


SCRIPT = """
from chainrule.formulas import ACTIVATIONS, Activation
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

def value(x):
    return {factor} * x

def slope(x, y):
    return {factor}

ACTIVATIONS["times"] = Activation("times", value, slope)
x = Input(1)
model = GraphModel(Graph(x, Dense(1, activation="times")(x)))
model.parameters[...] = 1.0
print(model.predict([[1.0]]).item())
"""


def test_code_on_disk_is_not_taken_for_an_edited_formula(tmp_path):
    package = str(Path(chainrule.__file__).parent.parent)
    environment = os.environ | {"CHAINRULE_CACHE_DIR": str(tmp_path), "PYTHONPATH": package}
    for factor in (2.0, 3.0):
        command = [sys.executable, "-c", SCRIPT.format(factor=factor)]
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=True
        )
        assert float(result.stdout) == factor * 2.0
