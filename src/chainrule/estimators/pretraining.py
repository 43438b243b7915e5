"""First weights for a deep network, learned layer by layer without any target."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ._per_layer import layer_activations

if TYPE_CHECKING:
    from .autoencoder import Autoencoder

_SEEDS = 2**31 - 1


@dataclass(frozen=True)
class Pretraining:
    """Greedy layer-wise pretraining by autoencoders: what `pretrain=` takes.

    Each layer learns to code what the layers before it give, so that the code can be turned back;
    training on the targets then starts from these weights ("fine-tuning"). It helps where labels
    are few and rows are many. All rows of a first fit take part, also those of a validation part
    and whatever their sample weights.

    Definition: (W_l, b_l) = the encoder of an autoencoder of one layer fitted to h_(l-1), with
        h_0 = X and h_l = f_l(h_(l-1) W_l + b_l)
    Source: Hinton, Osindero and Teh 2006, "A fast learning algorithm for deep belief nets"; Bengio,
        Lamblin, Popovici and Larochelle 2007, "Greedy layer-wise training of deep networks"; with
        disturbed inputs Vincent, Larochelle, Bengio and Manzagol 2008, "Extracting and composing
        robust features with denoising autoencoders".

    Parameters
    ----------
    epochs : int, default=50
        Most epochs of each layer.
    tied, noise, input_dropout, solver, learning_rate_init, batch_size : as of `Autoencoder`
        `noise` and `input_dropout` disturb the inputs of every layer.
    """

    epochs: int = 50
    tied: bool = True
    noise: float = 0.0
    input_dropout: float = 0.0
    solver: Any = "adam"
    learning_rate_init: Any = "auto"
    batch_size: Any = "auto"

    def __post_init__(self) -> None:
        if not (isinstance(self.epochs, Integral) and self.epochs >= 1):
            raise ValueError(
                f"epochs must be at least 1, got {self.epochs}. Give a whole number of epochs."
            )

    def autoencoder(
        self, units: int, activation: Any, initializer: str, seed: int
    ) -> "Autoencoder":
        """The one that learns a layer."""
        from .autoencoder import Autoencoder

        return Autoencoder(
            (units,),
            activation,
            tied=self.tied,
            noise=self.noise,
            input_dropout=self.input_dropout,
            initializer=initializer,
            solver=self.solver,
            learning_rate_init=self.learning_rate_init,
            batch_size=self.batch_size,
            max_iter=self.epochs,
            random_state=seed,
        )


def pretrained_weights(
    X: Any,
    hidden_layer_sizes: Sequence[int],
    activation: Any,
    pretraining: Pretraining | None = None,
    *,
    initializer: str = "scikit-learn",
    random_state: Any = None,
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Weights (inputs, units) and biases (units,) of each hidden layer, learned from X alone.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    hidden_layer_sizes : sequence of int
    activation : str, formula, or one for each layer
    pretraining : Pretraining or None, default=None
        None: with its defaults.
    initializer : str, default="scikit-learn"
        Of the weights that each layer's autoencoder starts from.
    random_state : int, RandomState or None, default=None
    """
    if sp.issparse(X):
        raise ValueError(
            "X must be dense for pretraining, got a sparse matrix. An autoencoder gives back all "
            "of its numbers; pass X.toarray(), or leave pretrain out."
        )
    settings = Pretraining() if pretraining is None else pretraining
    random = check_random_state(random_state)
    activations = layer_activations(activation, len(hidden_layer_sizes))
    values, learned = np.asarray(X), []
    for units, function in zip(hidden_layer_sizes, activations, strict=True):
        seed = random.randint(_SEEDS)
        layer = settings.autoencoder(units, function, initializer, seed)
        values = layer.fit_transform(values)
        learned.append((layer.encoder_coefs_[0].copy(), layer.encoder_intercepts_[0].copy()))
    return learned
