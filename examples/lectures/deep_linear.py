"""Deep linear networks collapse: x W1 W2 W3 is x W, so only nonlinear units make depth worth it."""

import numpy as np

from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel


def table(rows=200, seed=0):
    """Return three inputs and two targets that bend."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    return X, np.stack([X[:, 0] * X[:, 1] + X[:, 2], np.abs(X[:, 0]) - X[:, 1]], axis=1)


def deep(activation):
    """Return a 3-8-8-2 network, trained to the minimum of its loss."""
    x = Input(3)
    h = Dense(8, activation=activation)(Dense(8, activation=activation)(x))
    model = GraphModel(Graph(x, Dense(2)(h)), "mean_squared_error", random_state=0)
    return model.fit(*table(), optimizer="lbfgs", epochs=5000, tol=1e-3)


def collapsed(model):
    """Return the one matrix and the one bias that a linear network amounts to."""
    W, b = np.eye(3), np.zeros(3)
    for coef, intercept in zip(model.coefs, model.intercepts, strict=True):
        W, b = W @ coef, b @ coef + intercept
    return W, b


def error(prediction):
    """Return the mean squared error."""
    return np.mean(np.square(prediction - table()[1]))


def main():
    """Print what three layers come to, with and without bends."""
    X, y = table()
    linear = deep("identity")
    W, b = collapsed(linear)
    with_one = np.column_stack([X, np.ones(len(X))])
    best = with_one @ np.linalg.lstsq(with_one, y, rcond=None)[0]
    print(f"W1 W2 W3 =\n{W.round(4)}")
    print(f"largest difference of both outputs  {np.abs(linear.predict(X) - X @ W - b).max():.0e}")
    print(f"error of three linear layers        {error(linear.predict(X)):.5f}")
    print(f"error of linear least squares       {error(best):.5f}")
    print(f"error of the same with tanh         {error(deep('tanh').predict(X)):.5f}")


if __name__ == "__main__":
    main()
