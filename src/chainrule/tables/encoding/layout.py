"""Where each column's features lie in the matrix."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from .columns import Block, Column
from .columns.block import ORDER, Part


def blocks_of(columns: Sequence[Column]) -> list[Block]:
    """Return the blocks in the order of the matrix: by kind, then by column."""
    blocks, start = [], 0
    for column, part in _sorted(_parts(columns)):
        width = len(part.names)
        blocks.append(Block(part.kind, column.name, start, width, part.levels))
        start += width
    return blocks


def feature_names(columns: Sequence[Column]) -> list[str]:
    """Return the names of the matrix's columns, made unique where two would be the same."""
    names: dict[str, None] = {}
    for _, part in _sorted(_parts(columns)):
        for name in part.names:
            unique, number = name, 2
            while unique in names:
                unique, number = f"{name} ({number})", number + 1
            names[unique] = None
    return list(names)


def in_order(columns: Sequence[Column], values: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Put arrays that go with the parts, column by column, into the order of the blocks."""
    parts = [part for _, part in _parts(columns)]
    pairs = sorted(zip(parts, values, strict=True), key=lambda pair: ORDER.index(pair[0].kind))
    return [array for _, array in pairs]


def _parts(columns: Sequence[Column]) -> list[tuple[Column, Part]]:
    return [(column, part) for column in columns for part in column.parts()]


def _sorted(parts: list[tuple[Column, Part]]) -> list[tuple[Column, Part]]:
    return sorted(parts, key=lambda pair: ORDER.index(pair[1].kind))
