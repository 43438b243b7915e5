"""Back-propagation through two layers, node by node, with numbers that can be checked by hand.

log 3 is a weight so that sigma(log 3) = 3/4. Every line of the backward pass is spelled out in
`tests/lectures/test_graphs.py`.
"""

from math import log

from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

X, T = [[1.0, -1.0]], [[1.0]]


def model():
    """Return a 2-2-1 network of logistic units with half the squared error."""
    x = Input(2)
    hidden = Dense(2, activation="logistic")(x, name="hidden")
    network = GraphModel(Graph(x, Dense(1, activation="logistic")(hidden, name="out")))
    network.coefs[0][...], network.intercepts[0][...] = [[1.0, log(3.0)], [1.0, 0.0]], 0.0
    network.coefs[1][...], network.intercepts[1][...] = [[2.0], [-4.0]], 2.0
    return network


def main():
    """Print the trace, and ask central differences whether it is right."""
    network = model()
    print(network.trace(X, T))
    check = network.check_gradients(X, T)
    print(f"\ncentral differences agree: {check.ok}")


if __name__ == "__main__":
    main()
