"""Greedy layer-wise pretraining lets a deep network of logistic units learn at all.

Its slopes are at most a quarter a layer, so four layers from small random weights stand still. Each
layer learned first as an autoencoder, from 1000 digits without labels, makes 100 labels enough.

Sources: Hinton, Osindero and Teh 2006; Bengio, Lamblin, Popovici and Larochelle 2007.
"""

from sklearn.datasets import load_digits

from chainrule import MLPClassifier
from chainrule.estimators.pretraining import Pretraining, pretrained_weights

DIGITS = load_digits()
X, Y = DIGITS.data / 16, DIGITS.target
LABELLED, UNLABELLED, TEST = slice(0, 100), slice(0, 1000), slice(1000, None)
HIDDEN = (100, 50, 25, 12)


def from_random_weights():
    """Return the network fitted on the labelled rows alone."""
    model = MLPClassifier(HIDDEN, "logistic", solver="lbfgs", alpha=0.01, random_state=0)
    return model.set_params(max_iter=500, warm_start=True).fit(X[LABELLED], Y[LABELLED])


def from_pretrained_weights():
    """Return the same network, fitted on from hidden layers that were learned without labels."""
    settings = Pretraining(epochs=60, input_dropout=0.2, learning_rate_init=0.01, batch_size=50)
    learned = pretrained_weights(X[UNLABELLED], HIDDEN, "logistic", settings, random_state=0)
    model = from_random_weights()
    for number, (W, b) in enumerate(learned):
        model.coefs_[number][...], model.intercepts_[number][...] = W, b
    model.coefs_[-1][...], model.intercepts_[-1][...] = 0.0, 0.0
    return model.fit(X[LABELLED], Y[LABELLED])


def main():
    """Print the accuracy on rows that neither has seen."""
    for name, model in (
        ("random first weights", from_random_weights()),
        ("pretrained layers", from_pretrained_weights()),
    ):
        right = model.score(X[TEST], Y[TEST])
        print(f"{name:21} {model.n_iter_:3} iterations, {right:.2f} of {len(X[TEST])} digits right")


if __name__ == "__main__":
    main()
