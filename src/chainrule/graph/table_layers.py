"""Layers for tables: scales, embeddings of categories and of numbers, members of an ensemble."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sqrt
from typing import ClassVar

from .layers import Layer
from .parameters import ONES, STANDARD_NORMAL, ZEROS, Array, Group, Start


@dataclass(frozen=True)
class Scale(Layer):
    """Every column times a number of its own.

    Definition: y = s * x; with `spread=k` y = (s_1 * x, ..., s_k * x), k vectors side by side.
    Domain: every x.
    Derivative: dL/dx = s * dL/dy, summed over the members; dL/ds = sum over rows of x * dL/dy.
    Convention: BatchEnsemble's layer is four of ours, Scale, Dense(members=k, bias=False), Scale
        and Bias: member i gives y_i = s_i * ((r_i * x_i) W) + b_i.
    Source: the scaling layer of RealMLP (Holzmueller, Grinsztajn and Steinwart 2024); the vectors r
        and s of BatchEnsemble (Wen, Tran and Ba 2020).

    Parameters
    ----------
    spread : int, default=1
    start : Start, default=all 1
    rate : float, default=1.0
        Times the learning rate.
    decay : float, default=0.0
        Times the weight decay; 0: no penalty acts on it either.
    """

    spread: int = 1
    start: Start = ONES
    rate: float = 1.0
    decay: float = 0.0

    operation: ClassVar[str] = "scale"

    def width(self, widths: tuple[int, ...]) -> int:
        """As wide as its input, for each member."""
        self._expect(widths, 1)
        return widths[0] * self.spread

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """The factors."""
        shape = (widths[0] * self.spread,)
        group = Group(self.rate, decay=self.decay)
        return (Array("s", shape, self.start, group, self.decay > 0.0),)


@dataclass(frozen=True)
class Bias(Layer):
    """Every column plus a number of its own.

    Definition: y = x + b
    Domain: every x.
    Derivative: dL/dx = dL/dy, dL/db = sum over rows of dL/dy.
    Source: the threshold of Rosenblatt 1958, "The perceptron".
    """

    start: Start = ZEROS
    rate: float = 1.0

    operation: ClassVar[str] = "bias"

    def width(self, widths: tuple[int, ...]) -> int:
        """As wide as its input."""
        self._expect(widths, 1)
        return widths[0]

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """The summands."""
        return (Array("b", (widths[0],), self.start, Group(self.rate), penalised=False),)


@dataclass(frozen=True)
class MemberDense(Layer):
    """A Dense of its own for each of the members side by side.

    Definition: y_k = x_k W_k + b_k for member k
    Domain: every x.
    Derivative: dL/dx_k = dL/dy_k W_k^T, dL/dW_k = x_k^T dL/dy_k, dL/db_k = sum
        over rows of dL/dy_k.
    Convention: W has shape (members, inputs of a member, units), b (members, units).
    Source: the separate heads of TabM (Gorishniy, Kotelnikov and Babenko 2024).

    Parameters
    ----------
    members, units : int
    initializer : str, default="lecun_uniform"
    rate, decay : float, default=1.0
        Times the learning rate and the weight decay.
    """

    members: int
    units: int
    initializer: str = "lecun_uniform"
    rate: float = 1.0
    decay: float = 1.0

    operation: ClassVar[str] = "member_dense"

    def width(self, widths: tuple[int, ...]) -> int:
        """As many as units, for each member."""
        self._expect(widths, 1)
        if widths[0] % self.members:
            raise ValueError(
                f"inputs of MemberDense must be as wide as a multiple of members={self.members}, "
                f"got {widths[0]}. Put a Scale(spread={self.members}) before it."
            )
        return self.members * self.units

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """W, then b."""
        fan_in = widths[0] // self.members
        weights = Start("weights", 0.0, self.initializer)
        biases = Start("biases", 0.0, self.initializer)
        group = Group(self.rate, decay=self.decay)
        return (
            Array("W", (self.members, fan_in, self.units), weights, group),
            Array("b", (self.members, self.units), biases, group, penalised=False),
        )

    def settings(self, widths: tuple[int, ...]) -> Mapping[str, float]:
        """How many members."""
        return {"members": self.members}


@dataclass(frozen=True)
class Embedding(Layer):
    """`size` numbers for each level of each categorical column.

    Definition: y = (table_1[x_1], ..., table_n[x_n]), table_c[j] the row of level j of column c
    Domain: codes; column c holds whole numbers from 0 to levels[c] - 1.
    Derivative: dL/dtable_c[j] = sum of dL/dy_c over the rows with x_c = j.
    Source: Guo and Berkhahn 2016, "Entity embeddings of categorical variables".

    Parameters
    ----------
    levels : tuple of int
        Of each column of the input.
    size : int
    start : Start, default=normal with deviation 1
    rate, decay : float, default=1.0
        Times the learning rate and the weight decay.
    """

    levels: tuple[int, ...]
    size: int
    start: Start = STANDARD_NORMAL
    rate: float = 1.0
    decay: float = 1.0

    operation: ClassVar[str] = "embedding"

    def width(self, widths: tuple[int, ...]) -> int:
        """So many numbers for each column."""
        self._expect(widths, 1)
        if widths[0] != len(self.levels):
            raise ValueError(
                f"levels must be given for each of the {widths[0]} columns of the input, got "
                f"{len(self.levels)}. Count each column's codes."
            )
        return len(self.levels) * self.size

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """One table after the other, as rows of one matrix."""
        shape = (sum(self.levels), self.size)
        group = Group(self.rate, decay=self.decay)
        return (Array("table", shape, self.start, group, self.decay > 0.0),)


@dataclass(frozen=True)
class PeriodicEmbedding(Layer):
    """Numbers for each numeric column, made of cosines.

    Definition: y_c = (x_c, W_c cos(2 pi w_c x_c + p_c) + b_c) for column c
    Domain: every x.
    Derivative: dy_c/dx_c = (1, -2 pi W_c (w_c * sin(2 pi w_c x_c + p_c)))
    Convention: `hidden` cosines a column, `size` numbers a column with x itself the first of them.
    Source: "PBLD" of RealMLP (Holzmueller, Grinsztajn and Steinwart 2024), after "PLR" of
    Gorishniy, Rubachev and Babenko 2022.

    Parameters
    ----------
    size, hidden : int, default=4, 16
    frequency : float, default=0.1
        Standard deviation of the first w.
    rate, decay : float, default=1.0
        Times the learning rate and the weight decay.
    """

    size: int = 4
    hidden: int = 16
    frequency: float = 0.1
    rate: float = 1.0
    decay: float = 1.0

    operation: ClassVar[str] = "periodic_embedding"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size < 2:
            raise ValueError(
                f"size must be at least 2, got {self.size}. One number is the column itself."
            )

    def width(self, widths: tuple[int, ...]) -> int:
        """So many numbers for each column."""
        self._expect(widths, 1)
        return widths[0] * self.size

    def arrays(self, widths: tuple[int, ...]) -> tuple[Array, ...]:
        """Frequencies w, phases p, weights W and biases b of each column."""
        columns, numbers = widths[0], self.size - 1
        group = Group(self.rate, decay=self.decay)
        bound = Start("uniform", 1.0 / sqrt(self.hidden))
        return (
            Array("w", (columns, self.hidden), Start("normal", self.frequency), group),
            Array("p", (columns, self.hidden), Start("uniform", pi), group),
            Array("W", (columns, numbers, self.hidden), bound, group),
            Array("b", (columns, numbers), bound, group),
        )

    def settings(self, widths: tuple[int, ...]) -> Mapping[str, float]:
        """How many cosines a column."""
        return {"hidden": self.hidden}
