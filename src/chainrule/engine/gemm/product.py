"""The product of two matrices: stretches of terms, blocks of columns, rows of tiles.

Row-major matrices. For each stretch of terms and each block of columns, panels of B are laid out in
the second-level cache; then tiles run along C row after row, so that the numbers of A that they
share stay in the first-level cache and C is met in the order in which it lies in memory.

Where C is narrower than a vector register, most lanes would idle: SciPy's BLAS does those products.
"""

from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from ..blas import gemm_address
from ..jit import compile_kernel, inline
from ..machine import blas_gemm
from ..records import numbers
from .panels import copied, transposed
from .shape import Shape, shape
from .tile import tile

# B is copied to panels for at least so many rows, or where it is wider than a block; otherwise read
# in place. Measured at 32 to 128 rows with 64 to 512 columns.
COPY_B_ROWS = 96

# A that is read transposed is copied for at least so many panels of columns: its numbers lie a few
# to a cache line, and lines some KB apart fall into the same places of the first-level cache.
COPY_A_PANELS = 8

# Terms whose rows of B are copied together, along the row: few enough for the pages they lie in.
COPIED_TERMS = 8

# Where a workspace holds addresses: of the product and of SciPy's.
PRODUCT, BLAS = 0, 1

_CACHE_LINE = 64
_SIGNATURE = types.float64(*[types.int64] * 13)

# The code lives as long as the object that Numba gave for it.
_alive: list[Any] = []


@cache
def product_address(dtype: Any) -> int:
    """The address of the compiled product of a precision.

    It takes the address of a workspace; whether A and B are read transposed (0 or 1); rows and
    columns of C and the terms of each sum, at least 1 each; the address of A and how far apart its
    rows lie; the same of B; whether to add to C; and the same of C.
    """
    own = shape(dtype)
    compiled = compile_kernel(_product(own, dtype), _SIGNATURE, ("product", *own[1:]))
    _alive.append(compiled)
    return int(compiled.address)


def workspaces(members: int, dtype: Any) -> NDArray[np.int64]:
    """For each member of a team the addresses of the routines, and the room that panels need."""
    width = _CACHE_LINE + -(-shape(dtype).room // _CACHE_LINE) * _CACHE_LINE
    raw = np.zeros(members * width + _CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % _CACHE_LINE
    spaces = raw[start : start + members * width].view(np.int64).reshape(members, -1)
    spaces[:, PRODUCT], spaces[:, BLAS] = product_address(dtype), gemm_address(dtype)
    return spaces


def _product(s: Shape, dtype: Any) -> Any:
    size, lanes, columns, a_width = s.size, s.lanes, s.columns, s.row_vectors * s.lanes
    a_bytes, b_bytes, block, depth, most_rows = s.a_bytes, s.b_bytes, s.block, s.depth, s.rows
    copy_a, copy_b, transpose_b = copied(s, s.row_vectors), copied(s, s.vectors), transposed(s)
    compute_tile = tile(s)

    @inline
    def lay_out(b, ldb, b_transposed, terms, width, panels):  # type: ignore[no-untyped-def]
        """A block of B as panels."""
        if b_transposed:
            for j in range(0, width, columns):
                panel = panels + j // columns * b_bytes
                transpose_b(b + j * ldb * size, ldb, min(columns, width - j), terms, panel)
            return
        for p in range(0, terms, COPIED_TERMS):
            count = min(COPIED_TERMS, terms - p)
            for j in range(0, width, columns):
                panel = panels + j // columns * b_bytes + p * columns * size
                copy_b(b + (p * ldb + j) * size, ldb, min(columns, width - j), count, panel)

    def product(  # type: ignore[no-untyped-def]
        workspace, a_transposed, b_transposed, m, n, k, a, lda, b, ldb, add, c, ldc
    ):
        if n < lanes:
            blas = numbers(workspace, BLAS, 1, np.int64)[0]
            blas_gemm(blas, dtype, b_transposed, a_transposed, n, m, k, b, ldb, a, lda, add, c, ldc)
            return 0.0
        panel_a = workspace + _CACHE_LINE
        panels = panel_a + a_bytes
        a_row, a_term = (1, lda) if a_transposed else (lda, 1)
        copies_a = a_transposed and n >= COPY_A_PANELS * columns
        copies_b = b_transposed or m >= COPY_B_ROWS or n > block
        tiles = -(-m // most_rows)
        stretches = -(-k // depth)
        stretch = -(-k // stretches)
        for p in range(0, k, stretch):
            terms = min(stretch, k - p)
            adds = 1 if p > 0 else add
            for first in range(0, n, block):
                width = min(block, n - first)
                b_place = b + (first * ldb + p if b_transposed else p * ldb + first) * size
                in_place = 0 if copies_b else width - width % columns
                lay_out(
                    b_place + in_place * size, ldb, b_transposed, terms, width - in_place, panels
                )
                row = 0
                for t in range(tiles):
                    # Tiles have the same number of rows, give or take one.
                    count = m // tiles + (t < m % tiles)
                    a_place, a_step, a_next = a + (row * a_row + p * a_term) * size, a_row, a_term
                    if copies_a:
                        copy_a(a_place, lda, count, terms, panel_a)
                        a_place, a_step, a_next = panel_a, 1, a_width
                    for j in range(0, width, columns):
                        here, b_next = b_place + j * size, ldb
                        if j >= in_place:
                            here = panels + (j - in_place) // columns * b_bytes
                            b_next = columns
                        compute_tile(
                            count,
                            min(columns, width - j),
                            terms,
                            a_place,
                            a_step,
                            a_next,
                            here,
                            b_next,
                            c + (row * ldc + first + j) * size,
                            ldc,
                            adds,
                        )
                    row += count
        return 0.0

    return product
