"""What a network has learned, as the attributes of an estimator."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.network import view, views
from chainrule.graph.tape import Tape


@dataclass(frozen=True)
class Arrays:
    """Weights and biases of the dense layers, and what the other layers have learned by name.

    `prior` is what a prior of the weights has learned, flat; None where there is none.
    """

    coefs: list[NDArray[Any]]
    intercepts: list[NDArray[Any]]
    extra: dict[str, NDArray[Any]]
    prior: NDArray[Any] | None = None

    @classmethod
    def of(cls, tape: Tape, parameters: NDArray[Any]) -> "Arrays":
        """Views of the flat vector."""
        coefs, intercepts = views(tape, parameters)
        line_of_prior = tape.weight_prior
        extra = {
            f"{line.name} {placed.name}": view(placed, parameters)
            for line in tape.layers
            if line.operation != "dense" and line is not line_of_prior
            for placed in line.arrays
        }
        prior = None
        if line_of_prior is not None:
            places = line_of_prior.arrays
            prior = parameters[places[0].start : places[-1].stop]
        return cls(coefs, intercepts, extra, prior)

    @classmethod
    def held_by(cls, estimator: Any) -> "Arrays":
        """Those that an estimator has."""
        dense = estimator.coefs_, estimator.intercepts_
        prior = getattr(estimator, "_weight_prior", None)
        return cls(*dense, estimator.extra_parameters_, prior)

    def give(self, estimator: Any) -> None:
        """Let an estimator have these."""
        estimator.coefs_, estimator.intercepts_ = self.coefs, self.intercepts
        estimator.extra_parameters_ = self.extra

    @property
    def shapes(self) -> list[Any]:
        """What two must have in common for one to be filled from the other; priors are apart."""
        dense = [[np.shape(a) for a in arrays] for arrays in (self.coefs, self.intercepts)]
        return [*dense, {name: np.shape(array) for name, array in self.extra.items()}]

    def fill(self, other: "Arrays") -> None:
        """Copy the numbers of the layers of others of the same shapes."""
        dense = [*self.coefs, *self.intercepts], [*other.coefs, *other.intercepts]
        for target, value in zip(*dense, strict=True):
            target[...] = value
        for name, target in self.extra.items():
            target[...] = other.extra[name]
