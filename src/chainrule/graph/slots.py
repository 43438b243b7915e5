"""Slots: where values and gradients lie in the flat buffers, and which slots share a place.

A slot of its own costs memory and passes over the cache. A line that works element by element may
write over what it reads, where nobody else reads it and it is not needed on the way back.
"""

from collections.abc import Iterator

from .tape import Slot


class Slots:
    """The slots so far, and how wide the two buffers have become.

    `keep_all` gives every slot a place of its own.
    """

    def __init__(self, keep_all: bool) -> None:
        self.keep_all = keep_all
        self.value_columns = 0
        self.delta_columns = 0
        self._slots: list[Slot] = []

    def __getitem__(self, number: int) -> Slot:
        return self._slots[number]

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._slots)

    def new(self, width: int, *, delta: bool = True) -> int:
        """A slot with places of its own; gives its number."""
        value = self._take_values(width)
        return self._append(Slot(width, value, self._take_deltas(width) if delta else -1))

    def over(self, number: int, *, needed: bool) -> int:
        """A slot for what is made of another, element by element, in that one's place.

        Its gradient changes in place; so does its value, unless that is `needed` on the way back.
        """
        before = self[number]
        value = self._take_values(before.width) if needed else before.value
        return self._append(Slot(before.width, value, before.delta))

    def _append(self, slot: Slot) -> int:
        self._slots.append(slot)
        return len(self._slots) - 1

    def _take_values(self, width: int) -> int:
        self.value_columns += width
        return self.value_columns - width

    def _take_deltas(self, width: int) -> int:
        self.delta_columns += width
        return self.delta_columns - width
