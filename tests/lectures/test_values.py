"""Numbers on slides: cross-entropy, squared logarithmic error, softmax."""

from math import exp, log, log10

import numpy as np
import pytest

from chainrule import MLPClassifier
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

from .scripts import script

# All values are a few roundings of numbers around 1.
CLOSE = {"rel": 1e-14}


def loss_through_a_network(loss: str, z, y) -> float:
    """The loss of outputs with sums z, by the compiled engine."""
    x = Input(len(z))
    model = GraphModel(Graph(x, Dense(len(z), bias=False)(x)), loss)
    model.coefs[0][...] = np.eye(len(z))
    return model.loss([z], [y])


@pytest.mark.parametrize(
    ("p", "by_hand", "on_the_slide"),
    [((0.7, 0.2, 0.1), -log(0.7), 0.36), ((0.5, 0.3, 0.2), -log(0.5), 0.69)],
)
def test_cross_entropy_counts_the_true_class_alone(p, by_hand, on_the_slide):
    y = (1, 0, 0)
    assert script("cross_entropy").categorical(y, p) == pytest.approx(by_hand, **CLOSE)
    # softmax(log p) = p.
    assert loss_through_a_network("log_loss", np.log(p), y) == pytest.approx(by_hand, **CLOSE)
    assert round(by_hand, 2) == on_the_slide


def test_cross_entropy_of_several_labels():
    multi_label = script("cross_entropy").multi_label
    y, p = (1, 0, 1), (0.9, 0.3, 0.8)
    # Labels 1 and 3 are true: -log .9 and -log .8. Label 2 is not: -log (1 - .3).
    by_hand = -log(0.9) - log(0.7) - log(0.8)
    assert round(by_hand, 2) == 0.69
    assert multi_label(y, p) == pytest.approx(by_hand, **CLOSE)
    z = np.log(np.array(p) / (1 - np.array(p)))  # whose logistic is p
    assert loss_through_a_network("binary_log_loss", z, y) == pytest.approx(by_hand, rel=1e-13)
    assert multi_label((1, "?", 1), p) == pytest.approx(-log(0.9) - log(0.8), **CLOSE)


def test_a_label_that_is_not_known_neither_costs_nor_teaches():
    X = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    known = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    y = known.copy()
    y[2, 1] = np.nan
    settings = {"solver": "lbfgs", "alpha": 0.1, "random_state": 0, "tol": 1e-8, "max_iter": 1000}
    both = MLPClassifier((), **settings).fit(X, y)
    # Without hidden layers the labels share nothing, so the second learns from its three rows. Its
    # losses and its penalty are both divided by 4 instead of 3, which moves no minimum.
    three = [0, 1, 3]
    alone = MLPClassifier((), **settings).fit(X[three], known[three, 1])
    # Both solvers end at slopes of 1e-8 and curvatures of at least 0.02.
    np.testing.assert_allclose(both.coefs_[0][:, 1], alone.coefs_[0][:, 0], atol=1e-3)
    np.testing.assert_allclose(both.intercepts_[0][1], alone.intercepts_[0][0], atol=1e-3)


def test_squared_logarithmic_error_sees_factors():
    by_hand = {
        (3, 5): (4.0, (log(4) - log(6)) ** 2),
        (3000, 3200): (40_000.0, (log(3001) - log(3201)) ** 2),
        (3000, 5000): (4_000_000.0, (log(3001) - log(5001)) ** 2),
    }
    for y, p, square, square_of_logs in script("squared_log_error").table():
        assert square == by_hand[y, p][0]
        # The difference of logarithms near 8 has lost three digits of sixteen.
        assert square_of_logs == pytest.approx(by_hand[y, p][1], rel=1e-12)
    assert round(by_hand[3, 5][1], 2) == 0.16
    assert round(by_hand[3000, 3200][1], 3) == 0.004


def test_softmax_and_the_slides_base_10_logarithm():
    softmax = script("softmax")
    powers = [exp(3.2), exp(5.1), exp(-1.7)]
    p = [power / sum(powers) for power in powers]
    assert [round(q, 2) for q in p] == [0.13, 0.87, 0.0]
    model = softmax.model()
    np.testing.assert_allclose(model.predict(softmax.SCORES)[0], p, rtol=1e-14)
    loss = model.loss(softmax.SCORES, softmax.TRUTH)
    assert loss == pytest.approx(-log(p[0]), **CLOSE)
    assert round(loss, 2) == 2.04
    assert round(-log10(p[0]), 2) == 0.89  # what the slide prints
    gradient = model.trace(softmax.SCORES, softmax.TRUTH)["scores"].gradient[0]
    np.testing.assert_allclose(gradient, [p[0] - 1, p[1], p[2]], rtol=1e-13)
