"""Products with few columns: of each row of A its dot products with the columns of B.

In a tile most lanes of such a row of C would idle; here lanes run along the terms. Masked stores,
which cut a vector of C short, are slow on some processors too; here are none.
"""

from typing import Any

from numba import types
from numba.extending import intrinsic

from ..jit import inline
from ..records import numbers
from .shape import Shape
from .vectors import I64, Emitter, routine

# C of at most so many columns: beside tiles 1.3 times faster at 5, 1.2 times slower at 6.
COLUMNS = 5

# Sums that are under way at a time: enough to hide how long one takes.
_SUMS = 12

_ARGUMENTS = 9


def _fewer(rows: int) -> int:
    """The next smaller number of rows that has a loop of its own."""
    return max(rows // 3, 1)


def _counts(columns: int) -> list[int]:
    """All numbers of rows that have one, down to a single row."""
    counts = [_SUMS // columns]
    while counts[-1] > 1:
        counts.append(_fewer(counts[-1]))
    return counts


def narrow(s: Shape, dtype: Any) -> Any:
    """C = [D +] A B or A B', A as it lies; `panel` is room for B'."""
    dots, size, fewer = _dots(s), s.size, inline(_fewer)
    # B' must fit into the room for a block's panels.
    most_terms = s.b_room // (COLUMNS * size)

    @inline
    def multiply(m, n, k, a, lda, b, ldb, b_transposed, panel, c, ldc, d, ldd):  # type: ignore[no-untyped-def]
        in_place = b_transposed or n * ldb == 1
        for p in range(0, k, most_terms):
            terms = min(most_terms, k - p)
            columns, apart = b + p * size, ldb if b_transposed else k
            if not in_place:
                columns, apart = panel, terms
                for j in range(n):
                    column = numbers(panel, j * terms, terms, dtype)
                    for q in range(terms):
                        column[q] = numbers(b, (p + q) * ldb + j, 1, dtype)[0]
            old, old_row = (d, ldd) if p == 0 else (c, ldc)
            i = 0
            while i < m:
                rows = _SUMS // n
                while rows > m - i:
                    rows = fewer(rows)
                a_place, c_place = a + (i * lda + p) * size, c + i * ldc * size
                d_place = old + i * old_row * size if old else 0
                dots(
                    *(rows, n, terms, a_place, lda, columns, apart),
                    *(c_place, ldc, d_place, old_row),
                )
                i += rows

    return multiply


def _dots(s: Shape) -> Any:
    """The intrinsic for a few columns and rows; each pair of `_counts` has a loop of its own."""

    @intrinsic
    def compute_dots(
        typingctx: Any,
        rows: Any,
        columns: Any,
        terms: Any,
        a: Any,
        a_row: Any,
        b: Any,
        b_row: Any,
        c: Any,
        c_row: Any,
        d: Any,
        d_row: Any,
    ) -> Any:
        """`a` to `d` are addresses, `*_row` how many numbers lie between their rows.

        Where `d` is 0, nothing is added.
        """

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            rows, columns, *rest = args
            end = builder.append_basic_block("end")
            switch = builder.switch(builder.add(builder.mul(rows, I64(_SUMS)), columns), end)
            for width in range(1, COLUMNS + 1):
                for count in _counts(width):
                    case = builder.append_basic_block("dots")
                    switch.add_case(I64(count * _SUMS + width), case)
                    builder.position_at_end(case)
                    builder.call(_routine(builder.module, s, count, width), rest)
                    builder.branch(end)
            builder.position_at_end(end)
            return context.get_dummy_value()

        return types.void(*[types.int64] * (_ARGUMENTS + 2)), generate

    return compute_dots


def _routine(module: Any, s: Shape, rows: int, columns: int) -> Any:
    def emit(
        e: Emitter,
        terms: Any,
        a: Any,
        a_row: Any,
        b: Any,
        b_row: Any,
        c: Any,
        c_row: Any,
        d: Any,
        d_row: Any,
    ) -> None:
        builder = e.builder
        a_step, b_step, c_step = e.bytes_of(a_row), e.bytes_of(b_row), e.bytes_of(c_row)

        def add_terms(mask: Any, a_place: Any, b_place: Any, sums: Any) -> list[Any]:
            of_b = [e.load(place, mask) for place in e.apart(b_place, b_step, columns)]
            after = []
            for r, place in enumerate(e.apart(a_place, a_step, rows)):
                own = e.load(place, mask)
                for j, other in enumerate(of_b):
                    after.append(e.multiply_add(own, other, sums[r * columns + j]))
            return after

        def whole(left: Any, a_place: Any, b_place: Any, *sums: Any) -> list[Any]:
            after = add_terms(None, a_place, b_place, sums)
            return [e.plus(a_place, 1), e.plus(b_place, 1), *after]

        # First what does not fill a vector, so that the loop needs no masks.
        rest = builder.and_(terms, I64(s.lanes - 1))
        sums = add_terms(e.first(rest), a, b, [e.zero] * (rows * columns))
        first = [builder.add(a, e.bytes_of(rest)), builder.add(b, e.bytes_of(rest)), *sums]
        sums = e.repeat_if_any(builder.sub(terms, rest), s.lanes, first, whole)[2:]
        adds = builder.icmp_signed("!=", d, I64(0))
        olds = e.apart(
            builder.select(adds, d, c), builder.select(adds, e.bytes_of(d_row), c_step), rows
        )
        for r, (place, old_place) in enumerate(zip(e.apart(c, c_step, rows), olds, strict=True)):
            for j in range(columns):
                total = e.sum(sums[r * columns + j])
                number = e.number(builder.add(old_place, I64(j * s.size)))
                old = builder.select(adds, number, e.real(0.0))
                e.put(builder.fadd(old, total), builder.add(place, I64(j * s.size)))

    return routine(module, f"dots.{rows}.{columns}", s, emit, _ARGUMENTS)
