"""Products with few rows, as of a prediction for one: B is read once, in the order it lies in.

A tile is few columns wide. The rows of B that it reads lie apart, where no prefetcher follows, and
to copy them to panels takes longer than such a product. Here all columns have some terms added
before the next terms' turn, and sums wait in the first-level cache. A sum's terms come in the same
order as in a tile, so its bits are the same.
"""

from typing import Any

from numba.extending import intrinsic

from ..jit import inline
from .shape import Shape
from .tiles import write
from .vectors import I64, Emitter, by_rows

# So many rows of C at a time. At 256 x 128 in float64 tiles took 2.4 times as long for one row, 1.9
# for two, 1.7 for three, 0.8 for four (AVX2).
ROWS = 3

# Where B is wider than a block, tiles would have it copied. To read it for so many groups of rows
# is faster: 512 x 512 in float64 took 0.6 of the time for 4 to 6 rows, 0.7 for 9, 0.8 for 12, 0.9
# for 16 (AVX-512; in float32 by AVX2 all as long from 4 to 9, and longer from 10 on).
GROUPS = 3

# Terms that are added at a time, at most.
_TERMS = 8


def _terms(s: Shape, rows: int) -> int:
    """Terms that are added at a time, whose numbers of A stay in registers: as sums of tiles do."""
    terms = _TERMS
    while terms * rows > s.rows * s.vectors:
        terms //= 2
    return terms


def few_rows(s: Shape) -> Any:
    """C = [D +] A B or A' B, some rows at a time; `sums` is room for these in whole vectors."""
    compute, size, depth = _few_rows(s), s.size, s.depth

    @inline
    def multiply(m, n, k, a, a_row, a_term, b, ldb, sums, c, ldc, d, ldd):  # type: ignore[no-untyped-def]
        stretches = -(-k // depth)
        stretch = -(-k // stretches)
        for p in range(0, k, stretch):
            terms = min(stretch, k - p)
            for row in range(0, m, ROWS):
                rows = min(ROWS, m - row)
                d_here = d + row * ldd * size if d else 0
                compute(
                    *(rows, n, terms, a + (row * a_row + p * a_term) * size, a_row, a_term),
                    *(b + p * ldb * size, ldb, sums, c + row * ldc * size, ldc),
                    *(d_here, ldd),
                )
            d, ldd = c, ldc

    return multiply


def _few_rows(s: Shape) -> Any:
    """The intrinsic that sums one stretch of terms."""

    @intrinsic
    def compute_few_rows(
        typingctx: Any,
        rows: Any,
        columns: Any,
        terms: Any,
        a: Any,
        a_row: Any,
        a_term: Any,
        b: Any,
        b_term: Any,
        sums: Any,
        c: Any,
        c_row: Any,
        d: Any,
        d_row: Any,
    ) -> Any:
        """Addresses and distances are those of `whole_tiles`; `sums` is an address."""
        return by_rows(s, range(1, ROWS + 1), 12, _in_order)

    return compute_few_rows


def _in_order(e: Emitter, rows: int, columns: Any, terms: Any, *places: Any) -> None:
    a, a_row, a_term, b, b_term, sums, c, c_row, d, d_row = places
    builder, s = e.builder, e.shape
    row, term, b_step = e.bytes_of(a_row), e.bytes_of(a_term), e.bytes_of(b_term)
    adds = builder.icmp_signed("!=", d, I64(0))
    rest = builder.and_(columns, I64(s.lanes - 1))
    whole = builder.sub(columns, rest)

    def along(first: list[Any], steps: list[int], body: Any) -> None:
        """Run `body` for each vector of columns, at places so many vectors apart."""

        def next_vector(left: Any, *here: Any) -> list[Any]:
            body(None, *here)
            return [e.plus(place, step) for place, step in zip(here, steps, strict=True)]

        last = e.repeat_if_any(whole, s.lanes, first, next_vector)
        with builder.if_then(builder.icmp_signed(">", rest, I64(0))):
            body(e.first(rest), *last)

    def begin(mask: Any, own: Any) -> None:
        for r in range(rows):
            e.store(e.zero, e.plus(own, r))

    def add_terms(count: int) -> Any:
        def add(left: Any, a_place: Any, b_place: Any) -> list[Any]:
            numbers = [
                [e.repeated(place) for place in e.apart(column, row, rows)]
                for column in e.apart(a_place, term, count)
            ]

            def add_to(mask: Any, own: Any, b_row: Any) -> None:
                of_b = [e.load(place, mask) for place in e.apart(b_row, b_step, count)]
                for r in range(rows):
                    total = e.load(e.plus(own, r))
                    for column, vector in zip(numbers, of_b, strict=True):
                        total = e.multiply_add(column[r], vector, total)
                    e.store(total, e.plus(own, r))

            along([sums, b_place], [rows, 1], add_to)
            after = ((a_place, term), (b_place, b_step))
            return [builder.add(place, builder.mul(step, I64(count))) for place, step in after]

        return add

    def end(mask: Any, own: Any, c_place: Any, d_place: Any) -> None:
        totals = [[e.load(e.plus(own, r))] for r in range(rows)]
        write(e, (c_place, c_row), (d_place, d_row), totals, adds, mask)

    along([sums], [rows], begin)
    next_places = [a, b]
    count = _terms(s, rows)
    left = builder.sub(terms, builder.and_(terms, I64(count - 1)))
    while count:
        next_places = e.repeat_if_any(left, count, next_places, add_terms(count))
        count //= 2
        left = builder.and_(terms, I64(count))
    along([sums, c, d], [rows, 1, 1], end)
