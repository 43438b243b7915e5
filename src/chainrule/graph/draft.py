"""A draft: the tape while it is being laid out, one line after the other."""

from typing import Any

from .layers import Layer
from .parameters import Array
from .places import Places
from .slots import Slots
from .tape import Instruction

# What looks at the value that it made, on the way back, or draws random numbers, whose stream the
# place says.
_KEEPS_ITS_VALUE = ("activation", "row_link", "dropout", "noise", "fourier_features")


class Draft:
    """Lines so far, the slots that they write, and the places of their parameters.

    Attributes
    ----------
    statistics : int
        Numbers for each chunk of rows that normalisations over the batch add up.
    """

    def __init__(self, keep_all: bool) -> None:
        self.slots = Slots(keep_all)
        self.places = Places()
        self.lines: list[Instruction] = []
        self.statistics = 0

    def line(
        self,
        operation: str,
        name: str,
        output: int,
        inputs: tuple[int, ...] = (),
        *,
        formula: str = "",
        **rest: Any,
    ) -> Instruction:
        """Add a line; `rest` are further fields of `Instruction`."""
        self.lines.append(Instruction(operation, formula, name, output, inputs, **rest))
        return self.lines[-1]

    def learned_line(
        self,
        layer: Layer,
        operation: str,
        arrays: tuple[Array, ...],
        name: str,
        output: int,
        inputs: tuple[int, ...],
        **rest: Any,
    ) -> Instruction:
        """Add a line with arrays of a layer, which a line before it may have placed already."""
        own = self.places.take(layer, operation, arrays, len(self.lines), name)
        rest |= {"layer": layer, "arrays": own.arrays, "borrows": own.owner}
        return self.line(operation, name, output, inputs, **rest)

    def over(self, slot: int, free: bool, *, needed: bool = False) -> int:
        """A slot for what is made of another, element by element; in its place where that may be.

        `free` says that nobody else reads the other slot. Its value stays where it is `needed` on
        the way back, by the new line or by the one that made it.
        """
        if self.slots.keep_all or not free:
            return self.slots.new(self.slots[slot].width)
        needed = needed or self._producer(slot).operation in _KEEPS_ITS_VALUE
        return self.slots.over(slot, needed=needed)

    def changes_messages(self, slot: int) -> bool:
        """Whether the line that made a slot writes its own messages over those that it gets."""
        place = self.slots[slot].delta
        return any(self.slots[read].delta == place for read in self._producer(slot).inputs)

    def _producer(self, slot: int) -> Instruction:
        return next(line for line in reversed(self.lines) if line.output == slot)
