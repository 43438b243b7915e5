"""Places: where each array of parameters lies in the flat vector, and who shares it.

The arrays belong to a layer object and an operation. A layer that is called again gets the places
that it had, and its new line borrows them from the line that owns them.
"""

from dataclasses import dataclass

from .layers import Layer
from .parameters import Array, Group, Placed


@dataclass(frozen=True)
class Owned:
    """Arrays with their places, and the line that owns them; -1: the line that asks."""

    arrays: tuple[Placed, ...] = ()
    owner: int = -1


class Places:
    """The flat vector so far: how long it is, whose it is, and how its parts take their steps."""

    def __init__(self) -> None:
        self.count = 0
        self.groups = [Group()]
        # Layers by identity: two that are equal still have parameters of their own.
        self._owned: dict[tuple[int, str], Owned] = {}

    def owned(self, layer: Layer | None, operation: str) -> Owned | None:
        """What a layer has placed for an operation before."""
        return self._owned.get((id(layer), operation))

    def take(
        self, layer: Layer | None, operation: str, wanted: tuple[Array, ...], line: int, name: str
    ) -> Owned:
        """The places of a layer's arrays, for line number `line`, which people call `name`."""
        if not wanted:
            return Owned()
        known = self.owned(layer, operation)
        if known is None:
            placed = tuple(map(self._place, wanted))
            self._owned[id(layer), operation] = Owned(placed, line)
            return Owned(placed)
        if tuple(placed.array for placed in known.arrays) != wanted:
            raise ValueError(
                f"inputs of a shared {type(layer).__name__} must be of equal width, got others at "
                f"{name!r}. Use a layer of its own there."
            )
        return known

    def _place(self, array: Array) -> Placed:
        placed = Placed(array, self.count)
        self.count += array.size
        if array.group not in self.groups:
            self.groups.append(array.group)
        return placed
