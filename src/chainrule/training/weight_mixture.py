"""The mixture of Gaussians of soft weight sharing: where it starts, and what it became."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.network import view
from chainrule.formulas import SoftSharing
from chainrule.graph.tape import Tape

Mixture = dict[str, NDArray[Any]]


def start_weight_mixture(tape: Tape, parameters: NDArray[Any]) -> None:
    """Spread a learned prior over the range of the weights at hand; without one do nothing.

    The means lie evenly from the smallest to the largest weight, the widths reach from one mean to
    the next, the proportions are equal.
    """
    prior = tape.weight_prior
    if prior is None:
        return
    settings: Any = prior.layer
    weights = np.concatenate(_penalised(tape, parameters))
    middle = 0.5 * (weights.min() + weights.max())
    # Means that were all alike would stay alike.
    spread = max(float(np.ptp(weights)), 2.0 * settings.smallest_width)
    gaps = max(settings.components - 1, 1)
    logits, means, log_widths = (view(placed, parameters) for placed in prior.arrays)
    logits[...] = 0.0
    means[...] = middle
    if settings.components > 1:
        means[...] += spread * np.linspace(-0.5, 0.5, settings.components)
    log_widths[...] = np.log(spread / gaps)


def _penalised(tape: Tape, parameters: NDArray[Any]) -> list[NDArray[Any]]:
    """The arrays that the prior is of, flat."""
    return [
        parameters[placed.start : placed.stop]
        for line in tape.layers
        for placed in line.arrays
        if placed.array.penalised and placed.array.learned
    ]


def weight_mixture(prior: SoftSharing, learned: NDArray[Any]) -> Mixture:
    """Proportions, means and widths of the Gaussians, given what the tape holds of them."""
    logits, means, log_widths = np.asarray(learned, np.float64).reshape(3, -1)
    proportions = np.exp(logits - logits.max())
    return {
        "proportions": proportions / proportions.sum(),
        "means": means.copy(),
        "widths": np.hypot(prior.smallest_width, np.exp(log_widths)),
    }


def responsibilities(mixture: Mixture, weights: NDArray[Any]) -> NDArray[np.float64]:
    """How probably each weight comes from each Gaussian, of shape (*weights.shape, components)."""
    away = (np.asarray(weights, np.float64)[..., None] - mixture["means"]) / mixture["widths"]
    with np.errstate(divide="ignore"):  # a proportion may have become 0
        exponent = np.log(mixture["proportions"] / mixture["widths"]) - 0.5 * away**2
    density = np.exp(exponent - exponent.max(axis=-1, keepdims=True))
    share: NDArray[np.float64] = density / density.sum(axis=-1, keepdims=True)
    return share
