"""What is copied around a product: blocks of B and strips of A to panels, and small results back.

Sizes are numbers, addresses bytes; panels are those of `panels`.
"""

from typing import Any

from ..jit import inline
from ..records import numbers
from .panels import TERMS, copied, transposed
from .shape import Shape


def block_of_b(s: Shape) -> Any:
    """Copies (terms, width) numbers of B, or as many of its transpose, to panels side by side."""
    size, columns, b_bytes = s.size, s.columns, s.b_bytes
    copy_panel, transpose_panel = copied(s, s.vectors), transposed(s, s.vectors)

    @inline
    def copy_block(b, ldb, b_transposed, terms, width, panels):  # type: ignore[no-untyped-def]
        if b_transposed:
            for j in range(0, width, columns):
                panel = panels + j // columns * b_bytes
                transpose_panel(b + j * ldb * size, ldb, min(columns, width - j), terms, panel)
            return
        for p in range(0, terms, TERMS):
            count = min(TERMS, terms - p)
            for j in range(0, width, columns):
                panel = panels + j // columns * b_bytes + p * columns * size
                copy_panel(b + (p * ldb + j) * size, ldb, min(columns, width - j), count, panel)

    return copy_block


def strip_of_a(s: Shape) -> Any:
    """Copies the rows of some tiles, or as many columns of a transpose, to a panel for each tile.

    The first `larger` tiles have a row more than `rows`. Columns are copied together for all of
    them, since a cache line holds numbers of several.
    """
    size, a_bytes, a_width = s.size, s.a_bytes, s.a_width
    copy_panel, transpose_panel = copied(s, s.row_vectors), transposed(s, s.row_vectors)

    @inline
    def copy_strip(a, lda, a_transposed, rows, larger, tiles, terms, panels):  # type: ignore[no-untyped-def]
        if not a_transposed:
            first = 0
            for t in range(tiles):
                width = rows + (t < larger)
                transpose_panel(a + first * lda * size, lda, width, terms, panels + t * a_bytes)
                first += width
            return
        for p in range(0, terms, TERMS):
            count, first = min(TERMS, terms - p), p * lda
            for t in range(tiles):
                panel = panels + t * a_bytes + p * a_width * size
                width = rows + (t < larger)
                copy_panel(a + first * size, lda, width, count, panel)
                first += width

    return copy_strip


def turned_back(s: Shape, dtype: Any) -> Any:
    """C = the transpose of (m, n) numbers whose rows lie a block apart, [+ D]."""
    block = s.block

    @inline
    def turn_back(source, m, n, c, ldc, d, ldd):  # type: ignore[no-untyped-def]
        for j in range(n):
            row = numbers(c, j * ldc, m, dtype)
            old = numbers(d, j * ldd, m, dtype)
            for i in range(m):
                value = numbers(source, i * block + j, 1, dtype)[0]
                row[i] = old[i] + value if d else value

    return turn_back
