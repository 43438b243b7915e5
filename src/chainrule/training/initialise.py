"""The first weights of a network."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

from numpy.typing import NDArray

from chainrule.engine.network import views
from chainrule.formulas import INITIALIZERS
from chainrule.graph import Dense
from chainrule.graph.tape import Tape


class Drawing(Protocol):
    """What draws: NumPy's RandomState and Generator have these methods."""

    def uniform(self, low: float, high: float, size: Any) -> NDArray[Any]:
        """Draw uniformly from [low, high)."""

    def normal(self, loc: float, scale: float, size: Any) -> NDArray[Any]:
        """Draw from a normal distribution."""


def initialise(
    tape: Tape,
    parameters: NDArray[Any],
    random: Drawing,
    activations: Sequence[str] | None = None,
) -> None:
    """Draw every layer's weights, then its biases, layer by layer along the tape.

    `activations` says for each layer which activation its initializer is told; None takes the
    layers' own.
    """
    layers = [cast(Dense, line.layer) for line in tape.layers]
    told = activations or [layer.activation for layer in layers]
    for layer, activation, coef, intercept in zip(
        layers, told, *views(tape, parameters), strict=True
    ):
        row = INITIALIZERS[layer.initializer]
        scale = row.scale(coef.shape[0], coef.shape[1], activation)
        coef[...] = _draw(row.distribution, random, scale, coef.shape)
        same = row.bias == "same" and intercept.size
        intercept[...] = _draw(row.distribution, random, scale, intercept.shape) if same else 0.0


def _draw(distribution: str, random: Drawing, scale: float, shape: Any) -> NDArray[Any]:
    if distribution == "uniform":
        return random.uniform(-scale, scale, shape)
    return random.normal(0.0, scale, shape)
