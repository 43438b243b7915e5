"""iRprop+ against the paper's algorithm, written out weight by weight, and by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel
from chainrule.training.full_batch import Rprop
from chainrule.training.full_batch.problem import Limits
from chainrule.training.stopping import WeightChange


class Surface:
    """A function in the place of a network's loss."""

    def __init__(self, function, start, max_iter):
        self._function = function
        self.start = np.array(start, float)
        self.limits = Limits(max_iter, 10**9, tol=0.0)
        self.network = SimpleNamespace(dtype=np.float64)

    def __call__(self, x):
        value, slope = self._function(x)
        return value, np.asarray(slope)

    def begin(self):
        return self.start.copy(), *self(self.start)


def run(function, start, max_iter, **settings):
    """The points that it tells of."""
    points = []
    end = Rprop(**settings).solve(
        Surface(function, start, max_iter), lambda x, value: points.append(x.copy())
    )
    return points, end


def parabola(x):
    return float(x @ x) / 2, x


def test_by_hand_with_a_step_back():
    # From 1.0 with first steps of 0.8: to 0.2; the sign stays, 0.96 further to -0.76, where the
    # loss has risen (0.58 against 0.04, halved) and the sign turns: back to 0.2, and the size is
    # halved to 0.48; no turn is looked at after that: to -0.28, again higher: back to 0.2 with
    # 0.24; to -0.04, where the loss is lower: the sign turns, so no step but 0.12; to 0.08, which
    # is higher again: back to -0.04.
    points, _ = run(parabola, [1.0], 9, first_step=0.8)
    expected = [0.2, -0.76, 0.2, -0.28, 0.2, -0.04, 0.08, -0.04]
    np.testing.assert_allclose(np.ravel(points), expected, atol=1e-15)


def papers_algorithm(function, start, steps, first):
    """Igel and Huesken 2003, iRprop+, one weight after the other."""
    w, size = list(start), [first] * len(start)
    before, moved, loss_before, trace = [0.0] * len(w), [0.0] * len(w), np.inf, []
    for _ in range(steps):
        loss, gradient = function(np.array(w))
        for i, g in enumerate(gradient):
            if before[i] * g > 0:
                size[i] = min(size[i] * 1.2, 50.0)
                moved[i] = -np.sign(g) * size[i]
                w[i] += moved[i]
            elif before[i] * g < 0:
                size[i] = size[i] * 0.5
                if loss > loss_before:
                    w[i] -= moved[i]
                g = 0.0  # the paper: so that the next product is 0
            else:
                moved[i] = -np.sign(g) * size[i]
                w[i] += moved[i]
            before[i] = g
        loss_before = loss
        trace.append(list(w))
    return trace


def valley(x):
    """Rosenbrock's function of four numbers: signs turn often, with and without a rise."""
    a, b = x[:-1], x[1:]
    slope = np.zeros_like(x)
    slope[:-1] += -400.0 * a * (b - a * a) - 2.0 * (1.0 - a)
    slope[1:] += 200.0 * (b - a * a)
    return float((100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2).sum()), slope


def test_steps_are_the_papers():
    start = [-1.2, 1.0, 0.3, 2.0]
    points, _ = run(valley, start, 300, first_step=0.1)
    expected = np.array(papers_algorithm(valley, start, 300, 0.1))
    moved = np.any(np.diff(np.vstack([start, expected]), axis=0) != 0.0, axis=1)
    # The same sums and products in the same order, to the last digit or so.
    np.testing.assert_allclose(points, expected[moved], rtol=1e-12)
    backwards = np.diff([valley(x)[0] for x in points]) > 0.0
    assert backwards.any()  # or else it would be iRprop- as well


def test_sizes_stay_below_fifty_and_no_product_underflows():
    def slope_of_nothing(x):
        return float(1e-200 * x[0]), np.array([1e-200])

    points, end = run(slope_of_nothing, [0.0], 60)
    steps = -np.diff(np.ravel(points))
    assert steps[0] == pytest.approx(0.012, rel=1e-12)
    assert steps[-1] == 50.0
    assert not end.converged


def test_it_ends_at_the_last_digits():
    points, end = run(lambda x: (abs(x[0] - 0.3), np.sign(x - 0.3)), [1.0], 2000)
    assert end.reason == "No step changes the weights any more in their last digits."
    assert points[-1][0] == pytest.approx(0.3, abs=1e-14)


def test_the_penalty_counts_as_loss():
    """What rises or not is what the gradient belongs to: here by the formulas of ridge."""
    rng, strength = np.random.default_rng(0), 0.7
    X = rng.normal(size=(40, 3))
    y = X @ [1.0, 2.0, -0.5]

    def ridge(w):
        residual = X @ w - y
        loss = (residual @ residual / 40 + strength * (w @ w)) / 2
        return loss, X.T @ residual / 40 + strength * w

    x = Input(3)
    model = GraphModel(Graph(x, Dense(1, bias=False)(x)), l2=strength)
    model.parameters[...] = 0.0
    told = []
    with pytest.warns(ConvergenceWarning, match="rprop failed to converge after"):
        model.fit(
            X,
            y,
            optimizer=Rprop(first_step=0.3),
            epochs=30,
            on_epoch=lambda report: told.append(model.parameters.copy()),
        )
    expected = np.array(papers_algorithm(ridge, np.zeros(3), 30, 0.3))
    moved = np.any(np.diff(np.vstack([np.zeros(3), expected]), axis=0) != 0.0, axis=1)
    # Sums of 40 products in another order; steps differ only where a sign does.
    np.testing.assert_allclose(told, expected[moved], rtol=1e-12, atol=1e-14)


def test_a_pause_is_no_small_step():
    """Where all signs turn and the loss fell, nothing moves: that must not end the fit."""
    x = Input(1)
    model = GraphModel(Graph(x, Dense(1, bias=False)(x)))
    model.coefs[0][...] = 1.0
    model.fit([[1.0]], [0.0], optimizer=Rprop(first_step=0.7), stopping=[WeightChange(1e-3)])
    assert abs(model.coefs[0][0, 0]) < 1e-3
    assert min(np.abs(np.diff(model.history.loss_curve))) > 0.0


def test_a_first_step_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"^first_step must be positive, got 0\.0\. 0\.01 suits"):
        Rprop(first_step=0.0)
