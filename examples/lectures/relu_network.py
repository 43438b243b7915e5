"""A 1000-100-10 ReLU network without biases on 64 rows, 500 steps of rate 1e-6.

Lectures write these steps as ten lines of NumPy (here `numpy_loop`). Both give the same losses.
Their loss is a sum over rows and outputs, ours a mean over rows whose gradient sums over outputs;
so the same step has 64 times the rate, and the same loss is 640 times ours.
"""

import numpy as np

from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

ROWS, INPUTS, HIDDEN, OUTPUTS, RATE = 64, 1000, 100, 10, 1e-6


def start(seed=0):
    """Return normal inputs, targets and weights."""
    rng = np.random.default_rng(seed)
    shapes = (ROWS, INPUTS), (ROWS, OUTPUTS), (INPUTS, HIDDEN), (HIDDEN, OUTPUTS)
    return [rng.normal(size=shape) for shape in shapes]


def numpy_loop(steps):
    """Return the loss before each step, as the lectures compute it."""
    x, y, w1, w2 = start()
    losses = []
    for _ in range(steps):
        h = x @ w1
        h_relu = np.maximum(h, 0)
        y_pred = h_relu @ w2
        losses.append(np.square(y_pred - y).sum())
        grad_y = 2 * (y_pred - y)
        grad_h = grad_y @ w2.T * (h > 0)
        w1, w2 = w1 - RATE * x.T @ grad_h, w2 - RATE * h_relu.T @ grad_y
    return np.array(losses)


def chainrule_losses(steps):
    """Return the same losses by chainrule."""
    x, y, w1, w2 = start()
    inputs = Input(INPUTS)
    hidden = Dense(HIDDEN, activation="relu", bias=False)(inputs)
    network = GraphModel(Graph(inputs, Dense(OUTPUTS, bias=False)(hidden)), "mean_squared_error")
    network.coefs[0][...], network.coefs[1][...] = w1, w2
    network.fit(x, y, optimizer="sgd", epochs=steps, batch_size=ROWS, learning_rate=ROWS * RATE)
    return ROWS * OUTPUTS * np.array(network.history.loss_curve)


def main():
    """Print both columns of losses."""
    slide, ours = numpy_loop(500), chainrule_losses(500)
    print("step     NumPy loop      chainrule")
    for step in (0, 1, 10, 50, 100, 200, 300, 400, 499):
        print(f"{step:4} {slide[step]:14.6g} {ours[step]:14.6g}")
    print(f"largest relative difference {np.abs(ours / slide - 1).max():.0e}")


if __name__ == "__main__":
    main()
