"""What a fit begins with: weights drawn, fitted to data, pretrained, or left by the fit before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.graph.tape import Tape
from chainrule.training.initialise import initialise
from chainrule.training.initialise_on_data import depends_on_data, initialise_on_data
from chainrule.training.weight_mixture import start_weight_mixture

from ._arrays import Arrays
from ._per_layer import activation_names
from .pretraining import pretrained_weights

# Seeds are drawn below this.
SEEDS = 2**31 - 1


def draw_weights(
    estimator: Any,
    network: Network,
    rows: Rows,
    undisturbed: Callable[[], Tape],
    random: np.random.RandomState,
) -> None:
    """Give a network new first weights; `undisturbed` lays it out without dropout and noise."""
    tape = network.tape
    units = len(estimator._hidden)
    names = activation_names(estimator.activation, units)
    # As scikit-learn does, in the precision of the data, whatever the network's is.
    drawn = network.parameters
    if drawn.dtype != rows.x.dtype:
        drawn = aligned(tape.parameter_count, rows.x.dtype)
    initialise(tape, drawn, random, [*names, names[-1] if names else "identity"])
    if drawn is not network.parameters:
        np.copyto(network.parameters, drawn)
    if depends_on_data(estimator.initializer, estimator.bias_initializer):
        seed = random.randint(SEEDS)
        _fit_to_data(network, Network(undisturbed(), network.parameters.copy()), rows, seed)
    if estimator.pretrain is not None:
        _pretrain(estimator, network, rows, random)
    start_weight_mixture(tape, network.parameters)


def load_weights(estimator: Any, network: Network) -> None:
    """Start from the estimator's weights."""
    into, given = Arrays.of(network.tape, network.parameters), Arrays.held_by(estimator)
    if into.shapes != given.shapes:
        raise ValueError(
            "hidden_layer_sizes and the data must have the shapes of the weights that "
            f"training goes on from, got layers of {[v.shape for v in given.coefs]}. Set "
            "warm_start=False to start afresh."
        )
    into.fill(given)
    start_weight_mixture(network.tape, network.parameters)
    before = given.prior
    if into.prior is not None and before is not None and before.shape == into.prior.shape:
        into.prior[...] = before


def _fit_to_data(network: Network, clean: Network, rows: Rows, seed: int) -> None:
    """Let rows decide first weights; running averages stay as they were."""
    initialise_on_data(clean, rows, np.random.default_rng(seed))
    into = Arrays.of(network.tape, network.parameters)
    replace(into, extra={}).fill(Arrays.of(clean.tape, clean.parameters))


def _pretrain(estimator: Any, network: Network, rows: Rows, random: np.random.RandomState) -> None:
    """Put what autoencoders learn from the rows in the place of the hidden layers' weights."""
    learned = pretrained_weights(
        rows.x,
        estimator._hidden,
        estimator.activation,
        None if estimator.pretrain == "autoencoder" else estimator.pretrain,
        initializer=estimator.initializer,
        random_state=random,
    )
    into = Arrays.of(network.tape, network.parameters)
    for layer, (weights, biases) in enumerate(learned):
        into.coefs[layer][...], into.intercepts[layer][...] = weights, biases
