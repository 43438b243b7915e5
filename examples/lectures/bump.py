"""Universal approximation: two steep units make a bump, many bumps make any function of x.

sigma(s (x - left)) - sigma(s (x - right)) is nearly 1 between its two edges and 0 elsewhere. A
bump for each of n pieces, as high as the function there, is a network with 2 n hidden units.
"""

import numpy as np
from figure import save

from chainrule import MLPRegressor
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

X = np.linspace(0, 1, 1001)[:, None]


def target(x):
    """Return the function to approximate."""
    return np.sin(2 * np.pi * x) + 0.5 * np.cos(6 * np.pi * x)


def bumps(pieces):
    """Return the network of so many bumps, by hand."""
    x = Input(1)
    units = Dense(2 * pieces, activation="logistic")(x)
    network = GraphModel(Graph(x, Dense(1)(units)))
    edges = np.linspace(0, 1, pieces + 1)
    left, right = edges[:-1], edges[1:]
    steepness = 50.0 * pieces
    network.coefs[0][...] = steepness
    network.intercepts[0][...] = -steepness * np.concatenate([left, right])
    heights = target((left + right) / 2)
    network.coefs[1][:, 0] = np.concatenate([heights, -heights])
    network.intercepts[1][...] = 0.0
    return network


def learned(units):
    """Return a network that places its units itself."""
    model = MLPRegressor(
        "squared_error", (units,), "tanh", solver="lbfgs", alpha=0.0, max_iter=3000, random_state=0
    )
    return model.set_params(tol=1e-6, n_init=2).fit(X, target(X[:, 0]))


def error(prediction):
    """Return the mean distance from the function."""
    return np.abs(prediction.ravel() - target(X[:, 0])).mean()


def draw(axes):
    """Draw the function with ten bumps."""
    axes.plot(X, target(X), label="function")
    axes.plot(X, bumps(10).predict(X), label="10 bumps: 20 units by hand")
    axes.plot(X, learned(8).predict(X), "--", label="8 units, learned")
    axes.legend()


def main():
    """Print how the error falls."""
    for pieces in (5, 10, 20, 40, 80):
        mean = error(bumps(pieces).predict(X))
        print(f"{pieces:3} bumps, {2 * pieces:3} units: mean error {mean:.4f}")
    print(f"8 units, learned:    mean error {error(learned(8).predict(X)):.4f}")
    save(draw)


if __name__ == "__main__":
    main()
