"""Layers that embed numbers: waves of learned frequencies, and pieces that are linear in bins."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite, sqrt
from typing import ClassVar

from .layers import Activate, Dense, Layer, Node
from .parameters import ZEROS, Array, Group, Start
from .table_layers import MemberDense

Edges = Sequence[Sequence[float]]


@dataclass(frozen=True)
class FourierFeatures(Layer):
    """Cosines and sines of each numeric column, of frequencies that are learned.

    Definition: y_c = (cos(2 pi w_c x_c), sin(2 pi w_c x_c)) for column c
    Domain: every x.
    Derivative: dL/dx_c = 2 pi sum of w_c * m_c, dL/dw_c = 2 pi sum over rows of x_c m_c, with
        m_c = cos(2 pi w_c x_c) * dL/dsin - sin(2 pi w_c x_c) * dL/dcos.
    Convention: a column's cosines come first, then its sines.
    Source: "Periodic" of Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical
        features in tabular deep learning", eq. 3; w starts normal, as there.

    Parameters
    ----------
    frequencies : int, default=48
        For each column.
    frequency : float, default=0.01
        Standard deviation of the first w.
    rate, decay : float, default=1.0
        Times the learning rate and the weight decay.
    """

    frequencies: int = 48
    frequency: float = 0.01
    rate: float = 1.0
    decay: float = 1.0

    operation: ClassVar[str] = "fourier_features"

    def width(self, widths: tuple[int, ...]) -> int:
        """Two numbers for each frequency of each column."""
        self._expect(widths, 1)
        return 2 * self.frequencies * widths[0]

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """The frequencies of each column."""
        start, group = Start("normal", self.frequency), Group(self.rate, decay=self.decay)
        return (Array("w", (widths[0], self.frequencies), start, group),)


def periodic_linear_relu(
    x: Node,
    size: int = 24,
    frequencies: int = 48,
    frequency: float = 0.01,
    *,
    shared: bool = False,
    rate: float = 1.0,
    decay: float = 1.0,
    name: str = "",
) -> Node:
    """Embed each numeric column: waves, a linear layer, ReLU ("PLR").

    Definition: y_c = relu((cos(2 pi w_c x_c), sin(2 pi w_c x_c)) W_c + b_c) for column c; `shared`
        has one W and b for all columns ("PLR lite").
    Domain: every x.
    Derivative: those of FourierFeatures, MemberDense (`shared`: Dense) and relu in a row.
    Convention: W and b start uniform within 1 / sqrt(2 frequencies), as PyTorch's linear layers.
    Source: Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical features in tabular
        deep learning", sec. 3.3; `shared`: Gorishniy et al. 2023, "TabR".

    Parameters
    ----------
    x : Node
        The numeric columns.
    size : int, default=24
        Numbers for each column.
    frequencies : int, default=48
        For each column.
    frequency : float, default=0.01
        Standard deviation of the first w.
    shared : bool, default=False
    rate, decay : float, default=1.0
        Times the learning rate and the weight decay of what is not shared.
    name : str, default=""

    Returns
    -------
    Node
    """
    waves = FourierFeatures(frequencies, frequency, rate, decay)(x)
    if shared:
        return Dense(size, "relu", "fan_in_uniform", members=x.width)(waves, name=name)
    linear = MemberDense(x.width, size, "fan_in_uniform", rate, decay)(waves)
    return Activate("relu")(linear, name=name)


@dataclass(frozen=True)
class Binned(Layer):
    """Base of layers that know the edges of each column's bins.

    Parameters
    ----------
    edges : sequence of sequences of float
        Of each column's bins, ascending: one more than it has bins.
    """

    edges: Edges = field(repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        edges = tuple(tuple(float(edge) for edge in column) for column in self.edges)
        for number, column in enumerate(edges):
            ascending = all(a < b for a, b in pairwise(column))
            if len(column) < 2 or not ascending or not all(map(isfinite, column)):
                raise ValueError(
                    "edges must be at least two finite numbers that ascend for each column, got "
                    f"{_shown(column)} for column {number}. Leave out those that are equal."
                )
        object.__setattr__(self, "edges", edges)

    @property
    def bins(self) -> int:
        """Those of all columns together."""
        return sum(len(column) - 1 for column in self.edges)

    def _expect_columns(self, widths: tuple[int, ...]) -> None:
        self._expect(widths, 1)
        if widths[0] != len(self.edges):
            raise ValueError(
                f"edges must be given for each of the {widths[0]} columns of the input, got those "
                f"of {len(self.edges)}. Find each column's bins."
            )


@dataclass(frozen=True)
class PiecewiseLinear(Binned):
    """Each numeric column as numbers that say how much of each of its bins lies below it.

    Definition: y_t = (x - b_(t-1)) / (b_t - b_(t-1)) for bin t from b_(t-1) to b_t of T bins; not
        below 0 but for t = 1, not above 1 but for t = T
    Domain: every x.
    Derivative: dL/dx = dL/dy_t / (b_t - b_(t-1)), t being the bin that x lies in.
    Convention: an edge belongs to the bin above it; what is below or above all edges, to the first
        or last bin. A column has as many numbers as bins.
    Source: "PLE" of Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical features in
        tabular deep learning", eq. 1.

    Parameters
    ----------
    edges : sequence of sequences of float
        Of each column's bins, ascending: one more than it has bins.
        `chainrule.tables.encoding.bins` finds them in training rows.
    """

    operation: ClassVar[str] = "piecewise_linear"

    def width(self, widths: tuple[int, ...]) -> int:
        """As many as bins."""
        self._expect_columns(widths)
        return self.bins


@dataclass(frozen=True)
class PiecewiseLinearEmbedding(Binned):
    """Numbers for each numeric column: linear in it, and in its piecewise-linear encoding.

    Definition: y_c = x_c w_c + b_c + e_c V_c for column c, e_c that which PiecewiseLinear makes of
        it
    Domain: every x.
    Derivative: dL/dx_c = w_c dL/dy_c + V_c[t] dL/dy_c / (width of bin t), t being the bin that x_c
        lies in; dL/dw_c, dL/db_c, dL/dV_c = sums over rows of x_c, 1, e_c times dL/dy_c.
    Convention: V starts at 0, so that the embedding is linear at first; w and b uniform within
        1 / sqrt(size). V has a row for each bin of all columns.
    Source: version "B" of rtdl_num_embeddings without its activation, as TabM uses it (Gorishniy,
        Kotelnikov and Babenko 2024), after Gorishniy, Rubachev and Babenko 2022.

    Parameters
    ----------
    edges : sequence of sequences of float
        Of each column's bins, ascending: one more than it has bins.
        `chainrule.tables.encoding.bins` finds them in training rows.
    size : int, default=16
        Numbers for each column.
    rate, decay : float, default=1.0
        Times the learning rate and the weight decay.
    """

    size: int = 16
    rate: float = 1.0
    decay: float = 1.0

    operation: ClassVar[str] = "piecewise_linear_embedding"

    def width(self, widths: tuple[int, ...]) -> int:
        """So many numbers for each column."""
        self._expect_columns(widths)
        return widths[0] * self.size

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """Factors w and biases b of each column, then V."""
        group = Group(self.rate, decay=self.decay)
        shape, bound = (widths[0], self.size), Start("uniform", 1.0 / sqrt(self.size))
        return (
            Array("w", shape, bound, group),
            Array("b", shape, bound, group, penalised=False),
            Array("V", (self.bins, self.size), ZEROS, group),
        )


def _shown(column: tuple[float, ...]) -> str:
    return repr(list(column)) if len(column) < 6 else f"{len(column)} edges"
