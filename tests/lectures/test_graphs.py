"""Graphs on slides, node by node, by hand arithmetic."""

from math import log

import numpy as np
import pytest

from .scripts import script

# Two roundings, at the most, of numbers of size 1.
CLOSE = {"rtol": 1e-15, "atol": 1e-15}


def test_out_is_2_in1_plus_in2_in3():
    graph = script("small_graph")
    model = graph.model()
    # 2 * 5 + 3 * 4 = 22, all whole numbers: exact.
    out = model.predict(graph.INPUTS)
    assert out.item() == 22.0
    trace = model.trace(graph.INPUTS, out - 1.0)
    derivatives = {name: trace[name].gradient.item() for name in ("in1", "in2", "in3", "out")}
    assert derivatives == {"in1": 2.0, "in2": 4.0, "in3": 3.0, "out": 1.0}
    assert trace["2 in1"].value.item() == 10.0
    assert trace["in2 in3"].value.item() == 12.0


def test_univariate_logistic_least_squares():
    slide = script("logistic_least_squares")
    model = slide.model()
    # z = w x + b = 0.5 * 2 - 1 = 0, y = sigma(0) = 1/2, L = (1/2 - 1)^2 / 2 = 1/8
    trace = model.trace(slide.X, slide.T)
    assert trace["z"].value.item() == 0.0
    assert trace["z activation"].value.item() == 0.5
    assert trace["squared_error"].value.item() == 0.125
    # dL/dy = y - t = -1/2; dL/dz = -1/2 * 1/2 * (1 - 1/2) = -1/8
    assert trace["z activation"].gradient.item() == -0.5
    assert trace["z"].gradient.item() == -0.125
    # dL/dw = dL/dz x = -1/4; dL/db = dL/dz
    assert trace["z"].weights_gradient.item() == -0.25
    assert trace["z"].biases_gradient.item() == -0.125
    # R = w^2 / 2 = 1/8 with l2 = 1/10: L + l2 R = 0.1375; d/dw = -0.25 + 0.1 * 0.5
    loss, gradient = model.loss_and_gradient(slide.X, slide.T)
    assert loss == pytest.approx(0.1375, rel=1e-15)
    np.testing.assert_allclose(gradient, [-0.2, -0.125], **CLOSE)


def test_a_step_of_logistic_least_squares():
    slide = script("logistic_least_squares")
    model = slide.model().fit(slide.X, slide.T, optimizer="sgd", learning_rate=1.0, epochs=1)
    # w - 1 * (-0.2), b - 1 * (-0.125)
    np.testing.assert_allclose(model.parameters, [0.7, -0.875], **CLOSE)


def test_the_two_layer_backward_pass_node_by_node():
    slide = script("two_layers_backward")
    trace = slide.model().trace(slide.X, slide.T)

    # Forward. x = (1, -1)
    # hidden sums: 1 * 1 + (-1) * 1 = 0 and 1 * log 3 + (-1) * 0 = log 3
    np.testing.assert_allclose(trace["hidden"].value, [[0, log(3)]], **CLOSE)
    # sigma(0) = 1/2, sigma(log 3) = 1 / (1 + 1/3) = 3/4
    np.testing.assert_allclose(trace["hidden activation"].value, [[1 / 2, 3 / 4]], **CLOSE)
    # 2 * 1/2 - 4 * 3/4 + 2 = 0, sigma(0) = 1/2, L = (1/2 - 1)^2 / 2 = 1/8
    np.testing.assert_allclose(trace["out"].value, [[0]], **CLOSE)
    np.testing.assert_allclose(trace["out activation"].value, [[1 / 2]], **CLOSE)
    assert trace["squared_error"].value.item() == pytest.approx(1 / 8, rel=1e-15)

    # Backward. dL/dp = p - t = 1/2 - 1
    np.testing.assert_allclose(trace["out activation"].gradient, [[-1 / 2]], **CLOSE)
    # times p (1 - p) = 1/4
    np.testing.assert_allclose(trace["out"].gradient, [[-1 / 8]], **CLOSE)
    # dL/dW2 = h^T g = (1/2, 3/4) * (-1/8); dL/db2 = g
    np.testing.assert_allclose(trace["out"].weights_gradient, [[-1 / 16], [-3 / 32]], **CLOSE)
    np.testing.assert_allclose(trace["out"].biases_gradient, [-1 / 8], **CLOSE)
    # dL/dh = g W2^T = -1/8 * (2, -4)
    np.testing.assert_allclose(trace["hidden activation"].gradient, [[-1 / 4, 1 / 2]], **CLOSE)
    # times h (1 - h) = (1/4, 3/16)
    np.testing.assert_allclose(trace["hidden"].gradient, [[-1 / 16, 3 / 32]], **CLOSE)
    # dL/dW1 = x^T g, a row for each input: 1 and -1 times g; dL/db1 = g
    by_hand = [[-1 / 16, 3 / 32], [1 / 16, -3 / 32]]
    np.testing.assert_allclose(trace["hidden"].weights_gradient, by_hand, **CLOSE)
    np.testing.assert_allclose(trace["hidden"].biases_gradient, [-1 / 16, 3 / 32], **CLOSE)
    # dL/dx = g W1^T: -1/16 * 1 + 3/32 * log 3, and -1/16 * 1 + 3/32 * 0
    by_hand = [[-1 / 16 + 3 / 32 * log(3), -1 / 16]]
    np.testing.assert_allclose(trace["x"].gradient, by_hand, **CLOSE)
