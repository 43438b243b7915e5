"""Tiles of a product: as many sums as registers hold, over one stretch of terms.

C[r, v] = [D[r, v] +] sum over k of A[r, k] B[k, v], for a few rows r and vectors v of columns. Each
term takes one vector of B and repeats one number of A in all lanes. A and B lie in panels, where
all places are known, or anywhere.

One call computes all whole tiles side by side: what goes on around a tile takes some 60 cycles
(AVX2), where its multiply-adds take six a term.
"""

from typing import Any

from numba.extending import intrinsic

from ..jit import CACHE_LINE
from .shape import Shape
from .vectors import I64, Emitter, by_rows

# Rows that share a base address: none, one and two strides away a processor addresses by itself.
_GROUP = 3

# Terms of a turn where both matrices lie in panels. A term then takes 21 instructions (AVX2) in
# place of 25, which tells where another thread runs on the same core.
_TURN = 4


def tall_rows(s: Shape) -> range:
    """The rows that a tile of `tiles_of_panels` has: large products have few smaller tiles."""
    return range(s.rows - max(1, s.rows // 7), s.rows + 1)


def tiles_of_panels(s: Shape) -> Any:
    """The intrinsic that computes whole tiles side by side, of A and B in panels."""

    @intrinsic
    def compute_tiles_of_panels(
        typingctx: Any,
        rows: Any,
        count: Any,
        terms: Any,
        a: Any,
        b: Any,
        c: Any,
        c_row: Any,
        d: Any,
        d_row: Any,
        ahead: Any,
        ahead_row: Any,
    ) -> Any:
        """`count` is at least 1; addresses and distances are those of `whole_tiles`.

        Meanwhile `rows` rows that begin at `ahead` are asked for, of each one cache line for a
        tile.
        """
        return by_rows(s, tall_rows(s), 10, _tiles_of_panels)

    return compute_tiles_of_panels


def whole_tiles(s: Shape) -> Any:
    """The intrinsic that computes whole tiles side by side."""

    @intrinsic
    def compute_whole_tiles(
        typingctx: Any,
        rows: Any,
        count: Any,
        terms: Any,
        a: Any,
        a_row: Any,
        a_term: Any,
        b: Any,
        b_term: Any,
        b_tile: Any,
        c: Any,
        c_row: Any,
        d: Any,
        d_row: Any,
    ) -> Any:
        """`count` is at least 1; `a` to `d` are addresses, `d` 0 where nothing is added.

        `*_row`, `*_term` and `b_tile` are how many numbers lie between rows, terms and tiles.
        """
        return by_rows(s, range(1, s.rows + 1), 12, _whole_tiles)

    return compute_whole_tiles


def cut_tile(s: Shape) -> Any:
    """The intrinsic that computes a tile of fewer columns than a whole one.

    Of B it reads whole vectors, as panels have them.
    """

    @intrinsic
    def compute_cut_tile(
        typingctx: Any,
        rows: Any,
        columns: Any,
        terms: Any,
        a: Any,
        a_row: Any,
        a_term: Any,
        b: Any,
        b_term: Any,
        c: Any,
        c_row: Any,
        d: Any,
        d_row: Any,
    ) -> Any:
        """Addresses and distances are those of `whole_tiles`."""
        return by_rows(s, range(1, s.rows + 1), 11, _cut_tile)

    return compute_cut_tile


def _tiles_of_panels(e: Emitter, rows: int, count: Any, terms: Any, a: Any, *places: Any) -> None:
    b, c, c_row, d, d_row, ahead, ahead_row = places

    def next_tile(left: Any, b: Any, c: Any, d: Any, ahead: Any) -> list[Any]:
        for place in e.apart(ahead, e.bytes_of(ahead_row), rows):
            e.prefetch(place)
        sums = _sums_of_panels(e, (rows, e.shape.vectors), terms, a, b)
        write(e, (c, c_row), (d, d_row), sums, adds)
        after = [e.plus(place, e.shape.vectors) for place in (c, d)]
        return [e.further(b, e.shape.b_bytes), *after, e.further(ahead, CACHE_LINE)]

    adds = e.builder.icmp_signed("!=", d, I64(0))
    e.repeat(count, 1, [b, c, d, ahead], next_tile)


def _whole_tiles(e: Emitter, rows: int, count: Any, terms: Any, *places: Any) -> None:
    *a, b, b_term, b_tile, c, c_row, d, d_row = places

    def next_tile(left: Any, b: Any, c: Any, d: Any) -> list[Any]:
        sums = _sums(e, (rows, e.shape.vectors), terms, a, (b, b_term))
        write(e, (c, c_row), (d, d_row), sums, adds)
        return [e.builder.add(b, step), *(e.plus(place, e.shape.vectors) for place in (c, d))]

    adds, step = e.builder.icmp_signed("!=", d, I64(0)), e.bytes_of(b_tile)
    e.repeat(count, 1, [b, c, d], next_tile)


def _cut_tile(e: Emitter, rows: int, columns: Any, terms: Any, *places: Any) -> None:
    """With as few vectors as the columns need, of which the last alone may be cut off."""
    *a, b, b_term, c, c_row, d, d_row = places
    builder, s = e.builder, e.shape
    adds = builder.icmp_signed("!=", d, I64(0))

    def compute(vectors: int) -> None:
        sums = _sums(e, (rows, vectors), terms, a, (b, b_term))
        last = builder.sub(columns, I64((vectors - 1) * s.lanes))
        if vectors == s.vectors:
            write(e, (c, c_row), (d, d_row), sums, adds, e.first(last))
            return
        whole = builder.icmp_signed("==", last, I64(s.lanes))
        with builder.if_else(whole) as (full, cut):
            with full:
                write(e, (c, c_row), (d, d_row), sums, adds)
            with cut:
                write(e, (c, c_row), (d, d_row), sums, adds, e.first(last))

    def compute_from(vectors: int) -> None:
        if vectors == s.vectors:
            compute(vectors)
            return
        fits = builder.icmp_signed("<=", columns, I64(vectors * s.lanes))
        with builder.if_else(fits) as (here, wider):
            with here:
                compute(vectors)
            with wider:
                compute_from(vectors + 1)

    compute_from(1)


def _sums(e: Emitter, size: tuple[int, int], terms: Any, a: Any, b: Any) -> list[list[Any]]:
    """The sums of all rows, of the vectors of each."""
    builder = e.builder
    rows, vectors = size
    row, term, b_term = e.bytes_of(a[1]), e.bytes_of(a[2]), e.bytes_of(b[1])
    strides = [builder.mul(row, I64(k)) for k in range(_GROUP + 1)]
    bases = [a[0]]
    for _ in range(_GROUP, rows, _GROUP):
        bases.append(e.hidden(builder.add(bases[-1], strides[_GROUP])))

    def add_term(left: Any, b_place: Any, *carried: Any) -> list[Any]:
        own, sums = carried[: len(bases)], carried[len(bases) :]
        b_row = [e.load(e.plus(b_place, v)) for v in range(vectors)]
        after = [builder.add(b_place, b_term), *(builder.add(base, term) for base in own)]
        places = [builder.add(own[r // _GROUP], strides[r % _GROUP]) for r in range(rows)]
        return after + _add_term(e, places, b_row, sums)

    first = [b[0], *bases, *[e.zero] * (rows * vectors)]
    return _in_rows(e.repeat(terms, 1, first, add_term)[1 + len(bases) :], vectors)


def _sums_of_panels(
    e: Emitter, size: tuple[int, int], terms: Any, a: Any, b: Any
) -> list[list[Any]]:
    """The same sums, where A and B lie in panels."""
    rows, vectors = size
    builder, s = e.builder, e.shape

    def add_terms(count: int) -> Any:
        def add(left: Any, a_place: Any, b_place: Any, *before: Any) -> list[Any]:
            sums = list(before)
            for k in range(count):
                b_row = [e.load(e.plus(b_place, k * vectors + v)) for v in range(vectors)]
                numbers = [k * s.a_width + r for r in range(rows)]
                places = [builder.add(a_place, I64(number * s.size)) for number in numbers]
                sums = _add_term(e, places, b_row, sums)
            step = I64(count * s.a_width * s.size)
            return [builder.add(a_place, step), e.plus(b_place, count * vectors), *sums]

        return add

    rest = builder.and_(terms, I64(_TURN - 1))
    values = [a, b, *[e.zero] * (rows * vectors)]
    values = e.repeat_if_any(builder.sub(terms, rest), _TURN, values, add_terms(_TURN))
    return _in_rows(e.repeat_if_any(rest, 1, values, add_terms(1))[2:], vectors)


def _in_rows(sums: list[Any], vectors: int) -> list[list[Any]]:
    return [sums[first : first + vectors] for first in range(0, len(sums), vectors)]


def _add_term(e: Emitter, places: list[Any], b_row: list[Any], sums: Any) -> list[Any]:
    """The sums with one term more: the numbers of A at `places` times a row of B."""
    after = []
    for r, place in enumerate(places):
        number = e.repeated(place)
        for v, vector in enumerate(b_row):
            after.append(e.multiply_add(number, vector, sums[r * len(b_row) + v]))
    return after


def write(e: Emitter, c: Any, d: Any, sums: list[list[Any]], adds: Any, last: Any = None) -> None:
    """Sums to the rows of C, given with how far these lie apart, plus those of D where it `adds`.

    `last` is the mask of the last vector of each row; without one it is whole.
    """
    builder, rows = e.builder, len(sums)
    masks = [*[None] * (len(sums[0]) - 1), last]
    places, olds = (e.apart(matrix, e.bytes_of(row), rows) for matrix, row in (c, d))
    with builder.if_else(adds) as (adding, setting):
        for branch, has_old in ((adding, True), (setting, False)):
            with branch:
                for place, old, row in zip(places, olds, sums, strict=True):
                    for v, (value, mask) in enumerate(zip(row, masks, strict=True)):
                        new = value
                        if has_old:
                            new = builder.fadd(e.load(e.plus(old, v), mask), value)
                        e.store(new, e.plus(place, v), mask)
