"""What a network has learned, as the attributes of an estimator."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.network import view, views
from chainrule.graph.tape import Tape


@dataclass(frozen=True)
class Arrays:
    """Weights and biases of the dense layers, and what the other layers have learned by name."""

    coefs: list[NDArray[Any]]
    intercepts: list[NDArray[Any]]
    extra: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, tape: Tape, parameters: NDArray[Any]) -> "Arrays":
        """Views of the flat vector."""
        coefs, intercepts = views(tape, parameters)
        extra = {
            f"{line.name} {placed.name}": view(placed, parameters)
            for line in tape.layers
            if line.operation != "dense"
            for placed in line.arrays
        }
        return cls(coefs, intercepts, extra)

    @classmethod
    def held_by(cls, estimator: Any) -> "Arrays":
        """Those that an estimator has."""
        return cls(estimator.coefs_, estimator.intercepts_, estimator.extra_parameters_)

    def give(self, estimator: Any) -> None:
        """Let an estimator have these."""
        estimator.coefs_, estimator.intercepts_ = self.coefs, self.intercepts
        estimator.extra_parameters_ = self.extra

    @property
    def shapes(self) -> list[Any]:
        """What two of these must have in common for one to be filled from the other."""
        dense = [[np.shape(a) for a in arrays] for arrays in (self.coefs, self.intercepts)]
        return [*dense, {name: np.shape(array) for name, array in self.extra.items()}]

    def fill(self, other: "Arrays") -> None:
        """Copy the numbers of others of the same shapes."""
        dense = [*self.coefs, *self.intercepts], [*other.coefs, *other.intercepts]
        for target, value in zip(*dense, strict=True):
            target[...] = value
        for name, target in self.extra.items():
            target[...] = other.extra[name]
