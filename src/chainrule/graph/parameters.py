"""What a layer says of its parameters: their shapes, first values, and how they are trained."""

from dataclasses import dataclass
from typing import Literal

from chainrule.formulas import INITIALIZERS, lookup


@dataclass(frozen=True)
class Group:
    """Parameters that take their steps alike.

    `rate` multiplies the learning rate, `epsilon` the optimizer's epsilon. The two together turn
    a plain layer into one of NTK parametrisation, y = x W / sqrt(n) + b: a step of Adam on W is
    then a step of Adam on W / sqrt(n) with the rate divided and epsilon multiplied by sqrt(n).
    `decay` multiplies the decoupled weight decay, whose rate is the plain learning rate.
    """

    rate: float = 1.0
    epsilon: float = 1.0
    decay: float = 1.0


PLAIN = Group()


@dataclass(frozen=True)
class Start:
    """The first values of an array: all alike, or drawn.

    `size` is the value ("fill"), the standard deviation ("normal") or the bound ("uniform");
    "signs" draws -1 or 1. "weights" and "biases" are drawn by `initializer`, one of
    `chainrule.formulas.INITIALIZERS`, biases by their `bias_rule`. With `copies` the numbers of one
    part come so many times, side by side; `runs` are the lengths of stretches that share one
    number.
    """

    kind: Literal["fill", "normal", "uniform", "signs", "weights", "biases"] = "fill"
    size: float = 0.0
    initializer: str = ""
    bias_rule: str = ""
    copies: int = 1
    runs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.kind in ("weights", "biases"):
            lookup(INITIALIZERS, "initializer", self.initializer)


ZEROS, ONES, STANDARD_NORMAL = Start("fill", 0.0), Start("fill", 1.0), Start("normal", 1.0)


@dataclass(frozen=True)
class Array:
    """An array of parameters as a layer describes it.

    `penalised` says whether penalties and weight decay act on it; `learned=False` is for running
    statistics, which the layer itself writes and no optimizer moves.
    """

    name: str
    shape: tuple[int, ...]
    start: Start = ZEROS
    group: Group = PLAIN
    penalised: bool = True
    learned: bool = True

    def __post_init__(self) -> None:
        runs, copies = self.start.runs, self.start.copies
        if runs and sum(runs) != self.size:
            raise ValueError(
                f"runs must add up to the {self.size} numbers of {self.name}, got {sum(runs)}. "
                "Give the length of each stretch."
            )
        if copies < 1 or self.size % copies:
            raise ValueError(
                f"copies must divide the {self.size} numbers of {self.name}, got {copies}. Say how "
                "many equal parts there are."
            )

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        count = 1
        for length in self.shape:
            count *= length
        return count


@dataclass(frozen=True)
class Placed:
    """An array with its place in the flat parameter vector."""

    array: Array
    start: int

    @property
    def name(self) -> str:
        """The array's name within its layer."""
        return self.array.name

    @property
    def stop(self) -> int:
        """The place after its last number."""
        return self.start + self.array.size
