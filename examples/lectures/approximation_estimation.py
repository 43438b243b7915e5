"""Approximation against estimation error as the hypothesis class grows.

Classes: polynomials of degree 0, 1, 2, ..., linear models on Legendre features. The best one of a
class misses the truth by the approximation error; the one learned from 20 noisy points misses that
best one by the estimation error. The first falls with the class, the second grows.
"""

import numpy as np
from figure import save
from numpy.polynomial.legendre import legvander

from chainrule import MLPRegressor

DEGREES = range(10)
POINTS, REPEATS, NOISE = 20, 30, 0.3
GRID = np.linspace(-1, 1, 401)


def truth(x):
    """Return the function behind the data."""
    return np.sin(3 * x) + np.abs(x)


def fitted(x, y, degree):
    """Return the polynomial of least squares, on the grid; columns of y are repeats."""
    features = legvander(x, degree)[:, 1:]
    if degree == 0:
        return np.broadcast_to(y.mean(axis=0), (len(GRID), y.shape[1]))
    model = MLPRegressor("squared_error", (), solver="newton-cg", alpha=0.0, random_state=0)
    model.set_params(max_iter=1000, tol=1e-9).fit(features, y)
    return model.predict(legvander(GRID, degree)[:, 1:]).reshape(len(GRID), -1)


def errors():
    """Return the approximation and the estimation error of each degree: mean squares."""
    x = np.linspace(-1, 1, POINTS)
    noise = np.random.default_rng(0).normal(0, NOISE, (POINTS, REPEATS))
    both = []
    for degree in DEGREES:
        best = fitted(GRID, truth(np.stack([GRID, GRID], axis=1)), degree)
        learned = fitted(x, truth(x)[:, None] + noise, degree)
        approximation = np.mean((best[:, 0] - truth(GRID)) ** 2)
        whole = np.mean((learned - truth(GRID)[:, None]) ** 2)
        both.append((approximation, whole - approximation))
    return np.array(both)


def draw(axes):
    """Draw both errors and their sum."""
    approximation, estimation = errors().T
    axes.semilogy(DEGREES, approximation, label="approximation")
    axes.semilogy(DEGREES, estimation, label="estimation")
    axes.semilogy(DEGREES, approximation + estimation, label="sum")
    axes.set(xlabel="degree")
    axes.legend()


def main():
    """Print the table."""
    print("degree  approximation  estimation     sum")
    table = errors()
    least = table.sum(axis=1).argmin()
    for degree, (approximation, estimation) in zip(DEGREES, table, strict=True):
        mark = "  <- least" if degree == least else ""
        both = approximation + estimation
        print(f"{degree:6} {approximation:14.4f} {estimation:11.4f} {both:7.4f}{mark}")
    save(draw)


if __name__ == "__main__":
    main()
