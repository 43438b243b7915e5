"""Layers that normalise, and one that disturbs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from chainrule.formulas.given import number

from .layers import SameWidth
from .parameters import ONES, ZEROS, Array


@dataclass(frozen=True)
class BatchNorm(SameWidth):
    """Each column brought to mean 0 and variance 1 over the batch, then scaled and shifted.

    Definition: y = g z + b, z = (x - m) / s, s = sqrt(v + epsilon), with the batch's mean m and
        variance v of the column.
    Domain: every x; epsilon > 0.
    Derivative: dL/dx = g / s * (d - mean(d) - z * mean(d * z)) with d = dL/dy and means over the
        batch; dL/dg = sum d * z, dL/db = sum d.
    Convention: v is divided by the number of rows. A prediction takes running averages of m and v,
        the v there divided by rows - 1, as PyTorch does.
    Source: Ioffe and Szegedy 2015, "Batch normalization", algorithm 1.

    Parameters
    ----------
    momentum : float, default=0.1
        The share of the batch at hand in the running averages.
    epsilon : float, default=1e-5
    """

    momentum: float = 0.1
    epsilon: float = 1e-5

    operation: ClassVar[str] = "batch_norm"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 <= number(self.momentum) <= 1.0:
            raise ValueError(
                f"momentum must be in [0, 1], got {self.momentum!r}. It is the share of the batch "
                "at hand in the running averages."
            )

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """g and b, then the running mean and variance."""
        shape = (widths[0],)
        return (
            Array("g", shape, ONES, penalised=False),
            Array("b", shape, ZEROS, penalised=False),
            Array("running mean", shape, ZEROS, learned=False),
            Array("running variance", shape, ONES, learned=False),
        )

    def settings(self, widths: tuple[int, ...]) -> Mapping[str, float]:
        """Momentum and epsilon."""
        return {"rate": self.momentum, "epsilon": self.epsilon}


@dataclass(frozen=True)
class LayerNorm(SameWidth):
    """Each row brought to mean 0 and variance 1 over its columns, then scaled and shifted.

    Definition: y = g * z + b, z = (x - m) / s, s = sqrt(v + epsilon), with the row's mean m and
        variance v.
    Domain: every x; epsilon > 0.
    Derivative: dL/dx = (d - mean(d) - z * mean(d * z)) / s with d = g * dL/dy and means over the
        row; dL/dg = sum over rows of dL/dy * z, dL/db that of dL/dy.
    Convention: v is divided by the number of columns, in training and prediction alike.
    Source: Ba, Kiros and Hinton 2016, "Layer normalization", eq. 4.
    """

    epsilon: float = 1e-5

    operation: ClassVar[str] = "layer_norm"

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """g and b."""
        shape = (widths[0],)
        return (
            Array("g", shape, ONES, penalised=False),
            Array("b", shape, ZEROS, penalised=False),
        )

    def settings(self, widths: tuple[int, ...]) -> Mapping[str, float]:
        """Epsilon."""
        return {"epsilon": self.epsilon}


@dataclass(frozen=True)
class Noise(SameWidth):
    """While training, add normal noise of the given deviation.

    Definition: y = x + deviation * e, e drawn from N(0, 1) for each number and step; a prediction
        takes y = x.
    Domain: every x; deviation >= 0.
    Derivative: dy/dx = 1
    Source: Bishop 1995, "Training with noise is equivalent to Tikhonov regularization".
    """

    deviation: float

    operation: ClassVar[str] = "noise"

    def settings(self, widths: tuple[int, ...]) -> Mapping[str, float]:
        """The deviation."""
        return {"rate": self.deviation}
