"""An ill-conditioned bowl: plain steps crawl, momentum overshoots, AdaGrad's steps decay.

L(w) = (w1^2 + 100 w2^2) / 2 is the loss of a linear unit on two rows, (sqrt 2, 0) and
(0, 10 sqrt 2), with targets 0.
"""

import numpy as np
from figure import save

from chainrule.formulas import SGD, AdaGrad
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

CURVATURES = np.array([1.0, 100.0])
ROWS = np.diag(np.sqrt(2 * CURVATURES))

OPTIMIZERS = {
    "gradient descent": (SGD(momentum=0.0), 0.018),
    "momentum 0.9": (SGD(momentum=0.9, nesterov=False), 0.018),
    "AdaGrad": (AdaGrad(), 0.5),
}


def path(name, steps=100):
    """Return the weights before each step and after the last, of shape (steps + 1, 2)."""
    optimizer, rate = OPTIMIZERS[name]
    x = Input(2)
    unit = GraphModel(Graph(x, Dense(1, bias=False)(x)))
    unit.parameters[...] = 1.0
    weights = [unit.parameters.copy()]
    unit.fit(
        ROWS,
        [[0.0], [0.0]],
        optimizer=optimizer,
        learning_rate=rate,
        epochs=steps,
        on_epoch=lambda report: weights.append(unit.parameters.copy()),
    )
    return np.array(weights)


def loss(weights):
    """Return L(w)."""
    return 0.5 * np.square(weights) @ CURVATURES


def draw(axes):
    """Draw the paths over the bowl's contours."""
    w1, w2 = np.meshgrid(np.linspace(-1, 1.2, 200), np.linspace(-1.1, 1.1, 200))
    axes.contour(w1, w2, loss(np.stack([w1, w2], axis=-1)), levels=20, cmap="Greys", alpha=0.5)
    for name in OPTIMIZERS:
        axes.plot(*path(name, 60).T, marker=".", label=name)
    axes.legend()


def main():
    """Print where each optimizer stands."""
    print("                    w1 after 10 and 100 steps   smallest w1   steps 1, 10, 100   loss")
    for name in OPTIMIZERS:
        w = path(name)
        moves = np.abs(np.diff(w[:, 0]))
        print(
            f"{name:18} {w[10, 0]:10.4f} {w[100, 0]:10.4f} {w[:, 0].min():14.4f}"
            f"      {moves[0]:.3f} {moves[9]:.3f} {moves[99]:.3f}   {loss(w[-1]):.1e}"
        )
    print("a negative w1 is an overshoot: momentum carries it past the minimum at 0")
    save(draw)


if __name__ == "__main__":
    main()
