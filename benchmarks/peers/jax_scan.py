"""JAX with one compiled scan over the batches of an epoch and Adam written out."""

import time
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp

from ..sizes import ALPHA, BETA_1, BETA_2, EPSILON, LEARNING_RATE, Size, make_data
from . import Fit

jax.config.update("jax_platforms", "cpu")


def initial_state(layers: tuple[int, ...], dtype: str, key: jax.Array) -> Any:
    """Return (weights, first moments, second moments, step count); Glorot uniform weights."""
    weights = []
    for (fan_in, fan_out), layer_key in zip(
        pairwise(layers), jax.random.split(key, len(layers) - 1), strict=True
    ):
        bound = (6.0 / (fan_in + fan_out)) ** 0.5
        W = jax.random.uniform(layer_key, (fan_in, fan_out), dtype, -bound, bound)
        weights.append((W, jnp.zeros(fan_out, dtype)))
    zeros = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
    return weights, *zeros, jnp.zeros((), dtype)


def loss_of(weights: Any, x: jax.Array, target: jax.Array) -> jax.Array:
    """Return the mean log loss of a batch: logistic for one output, softmax for more."""
    *hidden, (last_W, last_b) = weights
    for W, b in hidden:
        x = jax.nn.relu(x @ W + b)
    scores = x @ last_W + last_b
    if scores.shape[1] == 1:
        return jnp.mean(jax.nn.softplus(scores[:, 0]) - target * scores[:, 0])
    chosen = jnp.take_along_axis(scores, target[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(scores, axis=1) - chosen)


def adam(state: Any, gradients: Any, batch: int) -> Any:
    """Return the state after one step of Adam with L2 on the weights, not on the biases."""
    weights, first, second, count = state
    count = count + 1
    rate = LEARNING_RATE * jnp.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)

    def decayed(w: jax.Array, g: jax.Array) -> jax.Array:
        return g + (ALPHA / batch) * w if w.ndim == 2 else g

    gradients = jax.tree.map(decayed, weights, gradients)
    first = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, first, gradients)
    second = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, second, gradients)
    weights = jax.tree.map(
        lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second
    )
    return weights, first, second, count


@partial(jax.jit, static_argnames="batch", donate_argnames="state")
def epoch(state: Any, key: jax.Array, X: jax.Array, y: jax.Array, batch: int) -> Any:
    """Return the state after one shuffled pass over the data, and its mean loss."""

    def step(state: Any, rows: jax.Array) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(state[0], X[rows], y[rows])
        return adam(state, gradients, batch), loss

    order = jax.random.permutation(key, len(X)).reshape(-1, batch)
    state, losses = jax.lax.scan(step, state, order)
    return state, losses.mean()


class JaxScan:
    """Times one compiled scan per epoch, state donated, with XLA's own choice of threads."""

    def prepare(self, size: Size, dtype: str) -> str:
        """Make the data and compile in two epochs."""
        jax.config.update("jax_enable_x64", dtype == "float64")
        X, y = make_data(size, dtype)
        self._size, self._dtype = size, dtype
        self._X = jnp.asarray(X)
        self._y = jnp.asarray(y, dtype if size.classes == 2 else jnp.int32)
        self._initial_state = jax.jit(partial(initial_state, size.trained_layers, dtype))
        self._fit(epochs=2)
        return ""

    def fit(self) -> Fit:
        """Time weights and all epochs."""
        return self._fit(self._size.epochs)

    def _fit(self, epochs: int) -> Fit:
        start = time.perf_counter()
        key = jax.random.key(0)
        state = self._initial_state(key)
        for number in range(epochs):
            key_of_epoch = jax.random.fold_in(key, number)
            state, loss = epoch(state, key_of_epoch, self._X, self._y, self._size.batch)
        jax.block_until_ready(state)
        return Fit(time.perf_counter() - start, float(loss))
