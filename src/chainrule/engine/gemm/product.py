"""The product of two matrices: blocks of columns, stretches of terms, rows of tiles.

Row-major matrices. For each stretch of terms and each block of columns, panels of B are laid out in
the second-level cache; then tiles run along C row after row, so that the numbers of A that they
share stay in the first-level cache and C is met in the order in which it lies in memory. What is
copied of A serves a span of several blocks.

Where C is narrower than a vector register, most lanes would idle: `narrow` does those products,
or C is computed as a transpose. Where it has few rows, `few_rows` reads B without tiles.
"""

from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from ..jit import CACHE_LINE, compile_kernel, inline
from ..records import numbers
from .copies import block_of_b, strip_of_a, turned_back
from .few_rows import GROUPS, ROWS, few_rows
from .narrow import COLUMNS, narrow
from .shape import Shape, shape
from .tiles import cut_tile, tall_rows, tiles_of_panels, whole_tiles

# B is copied to panels for at least so many rows, or where it is wider than a block; otherwise read
# in place. Measured at 32 to 128 rows with 64 to 512 columns.
COPY_B_ROWS = 96

# A is copied to panels for at least so many panels of columns where its columns are read, or its
# rows share places of the cache; for twice as many where its rows are read.
COPY_A_PANELS = 8

# Rows of A that lie a multiple of so many bytes apart fall into the same places of the first-level
# cache, and a tile has more of them than a place holds.
ALIASED_BYTES = 4096

# Bytes of a row of C for which a copy of A is kept: the fewer, the sooner C is met again.
SPAN_BYTES = 4096

# Where rows of A lie at least so many bytes apart, several panels of its transpose are copied at a
# time, each stretch of memory for all of them.
FAR_BYTES = 2048

_SIGNATURE = types.float64(types.int64, types.int64)
_OPERANDS = 13


@cache
def product_address(dtype: Any) -> int:
    """The address of the compiled product of a precision.

    It takes the address of a workspace and that of 13 numbers: whether A and B are read transposed
    (0 or 1); rows and columns of C and the terms of each sum, at least 1 each; the address of A and
    how far apart its rows lie; the same of B; of C; and of what is added, D (0: nothing), whose
    rows may be one and the same (0 apart), as biases are, and which may be C itself.

    (In memory, since as arguments they were copied there twice on their way: some 2 % of a step of
    10-32-2.)
    """
    own = shape(dtype)
    compiled = compile_kernel(_product(own, dtype), _SIGNATURE, ("product", *own[1:]))
    return int(compiled.address)


@cache
def least_piece(dtype: Any) -> int:
    """Columns that a piece of C needs to have the bits of the whole, or any number more.

    Those of whole tiles, and too many for `narrow`.
    """
    columns = shape(dtype).columns
    return columns * (COLUMNS // columns + 1)


def workspaces(members: int, dtype: Any) -> NDArray[np.int64]:
    """For each member of a team the address of the product, and the room that panels need."""
    width = CACHE_LINE + -(-shape(dtype).room // CACHE_LINE) * CACHE_LINE
    raw = np.empty(members * width + CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    spaces = raw[start : start + members * width].view(np.int64).reshape(members, -1)
    spaces[:, 0] = product_address(dtype)
    return spaces


@inline
def _rows_of_tile(t, fewer, larger):  # type: ignore[no-untyped-def]
    """How many rows tile `t` has and its first: the first `larger` tiles have one row more."""
    return fewer + (t < larger), t * fewer + min(t, larger)


@inline
def _further(address, size):  # type: ignore[no-untyped-def]
    """The address some bytes further on; 0 stays 0."""
    return address + size if address else 0


def _product(s: Shape, dtype: Any) -> Any:
    size, lanes, columns, block, depth, most_rows = (
        s.size,
        s.lanes,
        s.columns,
        s.block,
        s.depth,
        s.rows,
    )
    a_bytes, a_width, a_tiles, a_strip = s.a_bytes, s.a_width, s.a_tiles, s.a_strip
    b_bytes, b_room = s.b_bytes, s.b_room
    most_columns = -(-SPAN_BYTES // size // block) * block
    copy_block, copy_strip = block_of_b(s), strip_of_a(s)
    turn_back = turned_back(s, dtype)
    compute_whole_tiles, compute_cut_tile = whole_tiles(s), cut_tile(s)
    compute_tiles_of_panels, least_tall = tiles_of_panels(s), tall_rows(s)[0]
    multiply_narrow, multiply_few_rows = narrow(s, dtype), few_rows(s)

    @inline
    def compute_row(rows, width, terms, a, copied, ahead, b, panels, c, d):  # type: ignore[no-untyped-def]
        """The tiles side by side of some rows: the whole ones, then one that is cut off.

        Matrices are addresses with how far apart their rows lie, A's terms too. Whole tiles read B
        in place where `panels` come with the column behind them, all else lies in panels. `copied`
        says whether A lies in one. The rows `ahead`, of the tiles below, are asked for meanwhile
        where all lies in panels.
        """
        (panel, in_place), (c_place, c_row), (d_place, d_row) = panels, c, d
        whole = width // columns
        done = whole * columns
        if whole:
            if copied and rows >= least_tall and not in_place:
                compute_tiles_of_panels(
                    *(rows, whole, terms, a[0], panel, c_place, c_row, d_place, d_row, *ahead)
                )
            else:
                b_place, b_row = b if in_place else (panel, columns)
                apart = columns if in_place else b_bytes // size
                compute_whole_tiles(
                    *(rows, whole, terms, *a, b_place, b_row, apart),
                    *(c_place, c_row, d_place, d_row),
                )
        if done < width:
            panel += 0 if in_place else whole * b_bytes
            c_place, d_place = c_place + done * size, _further(d_place, done * size)
            compute_cut_tile(
                *(rows, width - done, terms, *a, panel, columns, c_place, c_row, d_place, d_row)
            )

    @inline
    def reads_b_in_order(m, n):  # type: ignore[no-untyped-def]
        """Whether C has few rows, and their sums have room; a single whole tile does so too."""
        most = ROWS * GROUPS if n > block else ROWS
        return m <= most and n != columns and min(m, ROWS) * (n + lanes) * size <= b_room

    def product(workspace, operands):  # type: ignore[no-untyped-def]
        given = numbers(operands, 0, _OPERANDS, np.int64)
        a_transposed, b_transposed, m, n, k = given[0], given[1], given[2], given[3], given[4]
        a, lda, b, ldb, c, ldc, d, ldd = (
            *(given[5], given[6], given[7], given[8]),
            *(given[9], given[10], given[11], given[12]),
        )
        panels_a = workspace + CACHE_LINE
        panels_b = panels_a + a_tiles * a_bytes
        scratch = panels_b + b_room
        if n <= COLUMNS and not a_transposed:
            multiply_narrow(m, n, k, a, lda, b, ldb, b_transposed, panels_b, c, ldc, d, ldd)
            return 0.0
        # The transpose of a column whose numbers lie side by side is the row that lies there: B, or
        # B, C and D, where C' = B' A.
        if b_transposed and k == 1 and ldb == 1:
            b_transposed = 0
        if a_transposed and not b_transposed and n == ldb == ldc == 1 and (ldd == 1 or not d):
            m, n, a, lda, b, ldb, ldc, ldd = 1, m, b, k, a, lda, m, m
            a_transposed = 0
        a_row, a_term = (1, lda) if a_transposed else (lda, 1)
        # A narrow C = A' B is computed as C' = B' A, which is wide.
        turned = a_transposed and not b_transposed and n < lanes
        if turned:
            m, n, a, lda, b, ldb = n, m, b, ldb, a, lda
            a_term = lda
        elif not b_transposed and reads_b_in_order(m, n):
            multiply_few_rows(m, n, k, a, a_row, a_term, b, ldb, panels_b, c, ldc, d, ldd)
            return 0.0
        eager = a_transposed or lda * size % ALIASED_BYTES == 0
        copies_a = n >= COPY_A_PANELS * columns * (1 if eager else 2)
        copies_b = b_transposed or m >= COPY_B_ROWS or n > block or n < lanes
        together = a_strip if a_transposed and lda * size >= FAR_BYTES else 1
        # Tiles have the same number of rows, give or take one; so have stretches of terms.
        tiles = -(-m // most_rows)
        fewer = m // tiles
        larger = m - fewer * tiles
        if tiles <= a_tiles and k <= depth and n <= block and not (turned or copies_a):
            # All at once: what the loops below keep account of takes a small product as long as
            # its tiles.
            in_place = 0 if copies_b else n - n % columns
            copy_block(b + in_place * size, ldb, b_transposed, k, n - in_place, panels_b)
            for t in range(tiles):
                rows, row = _rows_of_tile(t, fewer, larger)
                d_here = _further(d, row * ldd * size)
                compute_row(
                    *(rows, n, k, (a + row * a_row * size, a_row, a_term), False, (0, 0)),
                    *((b, ldb), (panels_b, in_place), (c + row * ldc * size, ldc), (d_here, ldd)),
                )
            return 0.0
        stretches = -(-k // depth)
        stretch = -(-k // stretches)
        span = block if turned else most_columns
        for left in range(0, n, span):
            right = min(n, left + span)
            for top in range(0, tiles, a_tiles):
                bottom = min(tiles, top + a_tiles)
                for p in range(0, k, stretch):
                    terms = min(stretch, k - p)
                    for first in range(left, right, block):
                        width = min(block, right - first)
                        in_place = 0 if copies_b else width - width % columns
                        c_place, c_row = (scratch, block) if turned else (c + first * size, ldc)
                        d_place, d_row = c_place, c_row
                        if p == 0:
                            d_place, d_row = d + first * size if d and not turned else 0, ldd
                        b_place = b + (first * ldb + p if b_transposed else p * ldb + first) * size
                        b_rest = b_place + in_place * size
                        copy_block(b_rest, ldb, b_transposed, terms, width - in_place, panels_b)
                        for t in range(top, bottom):
                            rows, row = _rows_of_tile(t, fewer, larger)
                            place = a + (row * a_row + p * a_term) * size
                            step, next_term, ahead = a_row, a_term, (place, 0)
                            if copies_a:
                                panel = panels_a + (t - top) * a_bytes
                                ahead = (panel, 0)  # lies in the cache
                                if first == left and (t - top) % together == 0:
                                    count = min(together, bottom - t)
                                    copy_strip(
                                        *(place, lda, a_transposed, fewer, larger - t, count),
                                        *(terms, panel),
                                    )
                                    if not a_transposed:
                                        ahead = (place + rows * lda * size, lda)
                                place, step, next_term = panel, 1, a_width
                            d_here = _further(d_place, row * d_row * size)
                            compute_row(
                                *(rows, width, terms, (place, step, next_term), copies_a),
                                *(ahead, (b_place, ldb), (panels_b, in_place)),
                                *((c_place + row * c_row * size, c_row), (d_here, d_row)),
                            )
            if turned:
                old = _further(d, left * ldd * size)
                turn_back(scratch, m, right - left, c + left * ldc * size, ldc, old, ldd)
        return 0.0

    return product
