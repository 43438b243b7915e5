"""Softmax: from scores to probabilities, and the loss of the true class.

The slide prints 0.89 for the loss of the first class. That is -log10(0.13); with the natural
logarithm, in which the derivative p - y holds, it is 2.04.
"""

import numpy as np

from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

SCORES = [[3.2, 5.1, -1.7]]
TRUTH = [[1.0, 0.0, 0.0]]


def model():
    """Return a network that hands its three inputs on to the softmax that belongs to the loss."""
    x = Input(3, name="scores")
    same = GraphModel(Graph(x, Dense(3, bias=False)(x)), loss="log_loss")
    same.coefs[0][...] = np.eye(3)
    return same


def main():
    """Print probabilities, loss, and the gradient that goes back to the scores."""
    network = model()
    (p,), loss = network.predict(SCORES), network.loss(SCORES, TRUTH)
    print(f"scores         {SCORES[0]}")
    print(f"probabilities  {p.round(2)}")
    print(f"loss           {loss:.2f}   (with log10: {loss / np.log(10):.2f})")
    gradient = network.trace(SCORES, TRUTH)["scores"].gradient
    print(f"dL/dscores     {gradient[0].round(2)}   = p - y")


if __name__ == "__main__":
    main()
