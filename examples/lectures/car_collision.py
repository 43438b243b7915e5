"""Do two cars at x1 and x2 keep their distance? y = sign(|x1 - x2| - 1) by two hidden units.

No line separates the three strips of the plane. Two units ask "is car 1 far to the right?" and
"is car 2?", and the output is positive if one of them says yes.
"""

import numpy as np
from figure import save

from chainrule import MLPClassifier
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

CARS = np.array([[1.0, 3.0], [3.0, 1.0], [1.0, 0.5]])


def by_hand():
    """Return the network with the weights that the lecture gives."""
    x = Input(2, name="positions")
    far = Dense(2, activation="step")(x, name="far apart")
    network = GraphModel(Graph(x, Dense(1, activation="sign")(far, name="safe")))
    network.coefs[0][...] = [[1, -1], [-1, 1]]  # h1 = [x1 - x2 >= 1], h2 = [x2 - x1 >= 1]
    network.intercepts[0][...] = [-1, -1]
    network.coefs[1][...] = [[1], [1]]  # y = sign(h1 + h2 - 1/2)
    network.intercepts[1][...] = -0.5
    return network


def positions(count, seed):
    """Return positions on a road of length 4, and whether the cars are far apart."""
    X = np.random.default_rng(seed).uniform(0, 4, (count, 2))
    return X, np.sign(np.abs(X[:, 0] - X[:, 1]) - 1)


def learned(hidden=(2,)):
    """Return a classifier that has seen 400 examples; steps have no slope, tanh has."""
    model = MLPClassifier(hidden, "tanh", solver="lbfgs", max_iter=2000, n_init=5, random_state=0)
    return model.fit(*positions(400, seed=0))


def draw(axes):
    """Draw the strips that the learned network finds."""
    grid = np.linspace(0, 4, 200)
    rows = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    axes.contourf(grid, grid, learned().predict(rows).reshape(200, 200), levels=1, alpha=0.4)
    axes.scatter(*CARS.T, color="black")
    axes.set(xlabel="x1", ylabel="x2", title="far apart, and not")


def main():
    """Print what both networks answer."""
    for cars, answer in zip(CARS, by_hand().predict(CARS)[:, 0], strict=True):
        print(f"cars at {cars}: {'safe' if answer > 0 else 'collision'}  ({answer:+.0f})")
    X, y = positions(1000, seed=1)
    print(f"by hand      {np.mean(by_hand().predict(X)[:, 0] == y):.3f} of 1000 pairs right")
    print(f"linear       {learned(()).score(X, y):.3f}")
    print(f"two units    {learned().score(X, y):.3f}, learned from 400 pairs")
    save(draw)


if __name__ == "__main__":
    main()
