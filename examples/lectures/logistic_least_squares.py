"""Univariate logistic least squares: z = w x + b, y = sigma(z), L = (y - t)^2 / 2, regularised.

The computation graph from the left to the right, the chain rule from the right to the left:

    dL/dy = y - t      dL/dz = dL/dy y (1 - y)      dL/dw = dL/dz x + l2 w      dL/db = dL/dz
"""

from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

X, T = [[2.0]], [[1.0]]
W, B, L2 = 0.5, -1.0, 0.1


def model():
    """Return the graph at the weights of the example."""
    x = Input(1)
    graph = Graph(x, Dense(1, activation="logistic")(x, name="z"))
    unit = GraphModel(graph, "squared_error", l2=L2)
    unit.coefs[0][...], unit.intercepts[0][...] = W, B
    return unit


def main():
    """Print the graph with its values and derivatives, then the penalised loss and gradient."""
    unit = model()
    print(unit.trace(X, T))
    loss, (by_w, by_b) = unit.loss_and_gradient(X, T)
    print(f"\nwith l2/2 w^2: loss {loss:.4f}, d/dw = {by_w:.3f}, d/db = {by_b:.3f}")
    for step in range(1, 4):
        unit.fit(X, T, optimizer="sgd", learning_rate=1.0, epochs=1)
        (w, b), after = unit.parameters, unit.loss(X, T)
        print(f"step {step} of rate 1: w = {w:.3f}, b = {b:.3f}, loss {after:.4f}")


if __name__ == "__main__":
    main()
