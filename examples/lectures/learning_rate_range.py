"""A learning-rate range test: raise the rate at every step and look where the loss falls.

Source: Smith 2017, "Cyclical learning rates for training neural networks", section 3.3.
"""

import numpy as np
from figure import save
from sklearn.datasets import load_digits

from chainrule.formulas import Exponential
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

LOWEST, HIGHEST, EPOCHS = 1e-4, 1e2, 120
DIGITS = load_digits()
X, Y = DIGITS.data / 16, np.eye(10)[DIGITS.target]


def network():
    """Return a network for the digits."""
    x = Input(64)
    hidden = Dense(32, activation="relu", initializer="he_normal")(x)
    return GraphModel(Graph(x, Dense(10)(hidden)), "log_loss", random_state=0)


def range_test():
    """Return rates and losses, up to where the loss is twice that of the start."""
    losses = []

    def diverging(report):
        losses.append(report.loss)
        return report.loss > 2 * losses[0]

    network().fit(
        X,
        Y,
        optimizer="sgd",
        learning_rate=LOWEST,
        schedule=Exponential(end=HIGHEST / LOWEST),
        epochs=EPOCHS,
        batch_size=len(X),
        on_epoch=diverging,
    )
    rates = LOWEST * (HIGHEST / LOWEST) ** (np.arange(len(losses)) / EPOCHS)
    return rates, np.array(losses)


def suggestion():
    """Return a third of the rate at which the loss was least, a usual rule of thumb."""
    rates, losses = range_test()
    return rates[losses.argmin()] / 3


def loss_after(rate, epochs=30):
    """Return the loss that so many steps of one rate reach."""
    steps = {"optimizer": "sgd", "epochs": epochs, "batch_size": len(X)}
    return network().fit(X, Y, learning_rate=rate, **steps).loss(X, Y)


def draw(axes):
    """Draw the loss over the rate."""
    axes.semilogx(*range_test())
    axes.axvline(suggestion(), color="black", linestyle=":")
    axes.set(xlabel="learning rate", ylabel="loss")


def main():
    """Print the curve, and what the suggested rate is worth."""
    rates, losses = range_test()
    for rate, loss in list(zip(rates, losses, strict=True))[::8]:
        print(f"rate {rate:9.4f}  loss {loss:6.3f}  {'#' * int(12 * min(loss, 5))}")
    rate = suggestion()
    print(f"suggested rate {rate:.2f}; the loss after 30 steps:")
    for factor in (0.01, 0.1, 1, 10):
        print(f"  at {factor * rate:7.3f}: {loss_after(factor * rate):.3f}")
    save(draw)


if __name__ == "__main__":
    main()
