"""Local minima: the same network from ten first weights ends in several places; keep the best."""

import numpy as np

from chainrule import MLPRegressor

X = np.linspace(-3, 3, 60)[:, None]
Y = np.sin(2 * X[:, 0])
STARTS = 10


def network(**settings):
    """Return a network that is just large enough."""
    model = MLPRegressor("squared_error", (3,), "tanh", solver="lbfgs", alpha=0.0, max_iter=3000)
    return model.set_params(tol=1e-7, **settings)


def separate_losses():
    """Return the losses of one fit after the other, which share a generator."""
    random = np.random.RandomState(0)
    return np.array([network(random_state=random).fit(X, Y).loss_ for _ in range(STARTS)])


def best_of_starts():
    """Return the fit that `n_init` keeps; it draws the same ten first weights."""
    return network(random_state=0, n_init=STARTS).fit(X, Y)


def main():
    """Print where each start ends."""
    losses = separate_losses()
    for start, loss in enumerate(losses, 1):
        print(f"start {start:2}: loss {loss:.6f}  {'#' * int(400 * loss)}")
    print(f"n_init={STARTS} keeps    {best_of_starts().loss_:.6f}")


if __name__ == "__main__":
    main()
