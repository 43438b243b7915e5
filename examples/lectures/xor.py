"""XOR: a perceptron fails, a network with two hidden units succeeds (Minsky and Papert 1969)."""

import numpy as np
from figure import save

from chainrule import MLPClassifier
from chainrule.training.stopping import MaxEpochs

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0, 1, 1, 0])
AND = np.array([0, 0, 0, 1])


def perceptron(y, epochs=100):
    """Return Rosenblatt's perceptron: one row at a time, weights move only after a mistake."""
    model = MLPClassifier(
        (),
        loss="perceptron",
        solver="sgd",
        momentum=0.0,
        learning_rate_init=1.0,
        batch_size=1,
        alpha=0.0,
        stopping=MaxEpochs(epochs),
        random_state=0,
    )
    return model.fit(X, y)


def two_units():
    """Return a network with two hidden units, the best of several starts."""
    model = MLPClassifier((2,), "tanh", solver="lbfgs", alpha=1e-4, n_init=5, random_state=0)
    return model.fit(X, XOR)


def draw(axes):
    """Draw the two lines that the hidden units are, and the region between them."""
    grid = np.linspace(-0.5, 1.5, 200)
    rows = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    network = two_units()
    axes.contourf(grid, grid, network.predict(rows).reshape(200, 200), levels=1, alpha=0.4)
    for unit in network.hidden_activations(rows)[0].T:
        axes.contour(grid, grid, unit.reshape(200, 200), levels=[0.0], colors="black")
    axes.scatter(*X.T, c=XOR, edgecolors="black", s=80)
    axes.set(title="XOR with two hidden units")


def main():
    """Print the truth table beside the answers."""
    answers = {"AND": AND, "perceptron": perceptron(AND).predict(X)}
    answers |= {"XOR": XOR, "perceptron ": perceptron(XOR).predict(X)}
    answers["two hidden units"] = two_units().predict(X)
    print("x1 x2  " + "  ".join(answers))
    for row, x in enumerate(X):
        shown = [f"{answer[row]!s:>{len(name)}}" for name, answer in answers.items()]
        print(f"{x[0]:.0f}  {x[1]:.0f}   " + "  ".join(shown))
    for name, y in (("AND", AND), ("XOR", XOR)):
        losses = perceptron(y).loss_curve_
        print(f"perceptron on {name}: loss of epochs 1, 2, 3 and 100: ", end="")
        print(*(f"{losses[epoch]:.2f}" for epoch in (0, 1, 2, 99)))
    print(f"right of XOR's 4 rows: two hidden units {two_units().score(X, XOR) * 4:.0f}")
    save(draw)


if __name__ == "__main__":
    main()
