"""The tape: a graph laid out for running, as a list of instructions over flat buffers.

Each instruction reads slots and writes a slot. A slot is a block of `width` columns of the value
buffer; its twin in the delta buffer takes the gradient of the loss with respect to it. Forward
follows the instructions from first to last, back-propagation from last to first: each passes a
message (its slot's gradient times its local derivative) to the slots it read, where messages that
meet are added up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .parameters import Group, Placed


@dataclass(frozen=True)
class Slot:
    """Where a node's values and gradients lie: columns of the flat buffers."""

    width: int
    value: int
    """The first of its columns in the value buffer."""
    delta: int = -1
    """The first of its columns in the delta buffer; -1 where nobody needs the gradient."""


@dataclass(frozen=True)
class Message:
    """What an instruction's backward step does to one of the slots that it read."""

    wanted: bool = False
    adds: bool = False
    """False: the first message, which overwrites. True: a later one, which is added."""


@dataclass(frozen=True)
class Instruction:
    """One line of the tape."""

    operation: str
    """What it does, a row of `engine/operations/table.py`."""
    formula: str
    """Name of the activation, link or loss; empty where there is none."""
    name: str
    """What people call it."""
    output: int
    """Number of the slot that it writes."""
    inputs: tuple[int, ...] = ()
    """Numbers of the slots that it reads."""
    messages: tuple[Message, ...] = ()
    arrays: tuple[Placed, ...] = ()
    """Its parameters, one after the other in the flat vector."""
    borrows: int = -1
    """The instruction whose parameters it uses (shared or tied); -1: its own, or none."""
    settings: Mapping[str, float] = field(default_factory=dict)
    """Fields of the engine's record that its layer sets."""
    heads: tuple[int, ...] = ()
    """Links of rows: widths of the groups of columns that are a row each. Embeddings: the row where
    each column's table begins, and at last the number of rows. Bins: the same of their edges."""
    edges: tuple[float, ...] = ()
    """Bins: the edges of each column, one column after the other."""
    layer: object = None
    column: int = 0
    """Inputs: the first column of the table that they read."""
    row: object = None
    """The formula itself, a row of its registry."""

    @property
    def parameters(self) -> int:
        """Where its parameters start in the flat vector; -1: it has none."""
        return self.arrays[0].start if self.arrays else -1

    @property
    def parameter_count(self) -> int:
        """How many numbers it learns or keeps."""
        return sum(placed.array.size for placed in self.arrays)

    @property
    def parameter_rows(self) -> int:
        """Into how many rows its parameters can be cut: those of [W; b] of a Dense, else one."""
        if self.operation not in ("dense", "dense_transposed"):
            return 1
        return self.arrays[0].array.shape[0] + len(self.arrays) - 1

    @property
    def has_parameters(self) -> bool:
        """Whether parameters of its own lie here; what it borrows counts where they lie."""
        return bool(self.arrays) and self.borrows < 0


@dataclass(frozen=True)
class Tape:
    """A laid-out graph with its loss.

    Attributes
    ----------
    instructions : tuple of Instruction
        In topological order: inputs, layers, link (the prediction), then target and loss.
    slots : tuple of Slot
    value_columns, delta_columns : int
        Width of the buffers, in numbers for each row.
    parameter_count : int
    statistics : int
        Numbers for each chunk of rows that normalisations over the batch add up.
    forward_count : int
        How many instructions lead to the prediction.
    columns, outputs : int
        Width of the table and of the prediction.
    prediction, target : int
        Slots.
    groups : tuple of Group
        What the parameters' arrays refer to, each once.
    own_rows : int
        How many rows of the data lie side by side in a row of inputs, targets and weights.
    canonical : bool
        Whether loss and link go back in one step (p - y) instead of two.
    """

    instructions: tuple[Instruction, ...]
    slots: tuple[Slot, ...]
    value_columns: int
    delta_columns: int
    parameter_count: int
    statistics: int
    forward_count: int
    columns: int
    outputs: int
    prediction: int
    target: int
    canonical: bool
    own_rows: int = 1
    groups: tuple[Group, ...] = (Group(),)

    @property
    def loss(self) -> Instruction:
        """The last instruction."""
        return self.instructions[-1]

    @property
    def weight_prior(self) -> Instruction | None:
        """The instruction of a prior that is learned with the weights."""
        return next((x for x in self.instructions if x.operation == "weight_prior"), None)

    @property
    def layers(self) -> Iterator[Instruction]:
        """The instructions that have parameters of their own."""
        return (line for line in self.instructions if line.has_parameters)
