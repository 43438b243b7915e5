"""How large a tile of a product is: what the processor's vector registers hold."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core.registry import cpu_target

# The bytes that a row of a tile has of A, so that a tile's rows stay in the first-level cache.
_ROW_BYTES = 1024

# Panels of B that are held at a time: half a megabyte, for the second-level cache.
_B_PANELS = 16

# Rows of C for which panels of A are kept: those of a chunk or of a block of a gradient.
_A_ROWS = 768

# Panels of A's transpose that are copied together: one at a time gave 169 GFLOP/s for
# 683 x 1024 x 2048, four 185; eight of an AVX2 tile's six rows fill three cache lines.
_A_STRIP = 8


class Shape(NamedTuple):
    """Sizes of tiles and panels, in one precision."""

    real: Any
    """LLVM's type of a number."""
    size: int
    """Bytes of a number."""
    lanes: int
    """Numbers of a vector register."""
    vectors: int
    """Vectors side by side in a tile."""
    rows: int
    """Rows of a tile, at most."""

    @property
    def columns(self) -> int:
        """Columns of a tile, at most; also the width of a panel of B."""
        return self.vectors * self.lanes

    @property
    def row_vectors(self) -> int:
        """Vectors that hold one number of each row of a tile: the width of a panel of A."""
        return -(-self.rows // self.lanes)

    @property
    def depth(self) -> int:
        """Terms that a tile sums before it writes, at most."""
        return _ROW_BYTES // self.size

    @property
    def a_width(self) -> int:
        """Numbers of a row of a panel of A."""
        return self.row_vectors * self.lanes

    @property
    def a_tiles(self) -> int:
        """Rows of tiles whose panels of A are held at a time, at most."""
        return _A_ROWS // self.rows

    @property
    def a_strip(self) -> int:
        """Panels of A's transpose that are copied together."""
        return _A_STRIP

    @property
    def a_bytes(self) -> int:
        """Room for a panel of A."""
        return self._panel_terms * self.a_width * self.size

    @property
    def b_bytes(self) -> int:
        """Room for a panel of B."""
        return self._panel_terms * self.columns * self.size

    @property
    def _panel_terms(self) -> int:
        # Some more than are filled: panels a multiple of 4 KB apart would share places of a cache.
        return self.depth + self.lanes

    @property
    def block(self) -> int:
        """Columns of B whose panels are held at a time."""
        return _B_PANELS * self.columns

    @property
    def b_room(self) -> int:
        """Bytes for the panels of a block of B."""
        return _B_PANELS * self.b_bytes

    @property
    def room(self) -> int:
        """Bytes for all panels, and for a result narrower than a vector, transposed."""
        return self.a_tiles * self.a_bytes + self.b_room + self.lanes * self.block * self.size


@cache
def shape(dtype: Any) -> Shape:
    """The shape for the processor that Numba compiles for."""
    triple, _, features = cpu_target.target_context.codegen().magic_tuple()
    width, registers = _registers(str(triple), str(features).split(","))
    size = np.dtype(dtype).itemsize
    real = ir.FloatType() if size == 4 else ir.DoubleType()
    # Sums take rows * 2 registers, a row of B two, a number of A one.
    return Shape(real, size, width // size, 2, 14 if registers == 32 else 6)


def _registers(triple: str, features: list[str]) -> tuple[int, int]:
    """Bytes of a vector register, and how many there are."""
    if "+avx512f" in features:
        return 64, 32
    if "+avx" in features:
        return 32, 16
    return 16, 16 if triple.startswith(("x86", "i")) else 32
