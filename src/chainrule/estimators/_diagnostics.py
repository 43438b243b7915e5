"""How large gradients are at each layer, epoch by epoch."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import GradientWarning
from chainrule.graph.tape import Tape
from chainrule.training.warn import warn_user

# A layer whose typical slope is this many times smaller than that of another learns nothing while
# the other learns: in float32 its steps drown in rounding (2^-24 = 6e-8).
VANISHING = 1e-6
# A gradient that grows this much over its first value is on its way to infinity.
EXPLODING = 1e4


class GradientNorms:
    """The norm of each dense layer's gradient, weights and biases together, after each epoch."""

    def __init__(self, tape: Tape, gradient: Callable[[], NDArray[Any]]) -> None:
        dense = [line for line in tape.layers if line.operation == "dense"]
        self._places = [slice(line.arrays[0].start, line.arrays[-1].stop) for line in dense]
        self._gradient = gradient
        self._norms: list[list[float]] = []

    def epoch_ends(self) -> None:
        """Take the norms at the weights at hand."""
        gradient = self._gradient().astype(np.float64, copy=False)
        self._norms.append([float(np.linalg.norm(gradient[place])) for place in self._places])

    @property
    def table(self) -> NDArray[np.float64]:
        """The norms, of shape (epochs, layers)."""
        return np.array(self._norms).reshape(-1, len(self._places))

    def warn(self) -> None:
        """Warn of gradients that vanish or explode."""
        norms = self.table
        if not len(norms):
            return
        typical = norms / np.sqrt([place.stop - place.start for place in self._places])
        largest = typical.max(axis=1, keepdims=True)
        vanished = ((typical < VANISHING * largest) & (largest > 0)).all(axis=0)
        if vanished.any():
            layer = int(np.argmax(vanished))
            share = float((typical[-1] / largest[-1])[layer])
            warn_user(
                f"Gradients vanish: those of layer {layer} are {share:.1g} times the largest. Take "
                "activation='relu' or 'selu', batch_norm=True, or fewer layers.",
                GradientWarning,
            )
        if norms.max() > EXPLODING * norms[0].max() > 0:
            warn_user(
                f"Gradients explode: their norm went from {norms[0].max():.3g} to "
                f"{norms.max():.3g}. Lower learning_rate_init, or set clip_norm.",
                GradientWarning,
            )
