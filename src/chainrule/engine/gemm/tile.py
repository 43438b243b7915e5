"""One tile of a product: as many sums as registers hold, over one stretch of terms.

C[r, v] = [D[r, v] +] sum over k of A[r, k] B[k, v], for a few rows r and vectors v of columns. Each
term takes one vector of B and repeats one number of A in all lanes. A and B lie in panels, where
all places are known, or anywhere.
"""

from itertools import product
from typing import Any

from numba import types
from numba.extending import intrinsic

from .shape import Shape
from .vectors import I64, Emitter, routine

# Rows that share a base address: one, two and three strides away a processor addresses by itself.
_GROUP = 3

# Terms of a turn where both matrices lie in panels. A term then takes 21 instructions (AVX2) in
# place of 25, which tells where another thread runs on the same core.
_TURN = 4

_ARGUMENTS = 11


def tile(shape: Shape) -> Any:
    """The intrinsic that computes a tile; it has a loop of its own for each number of rows."""

    @intrinsic
    def compute_tile(
        typingctx: Any,
        rows: Any,
        in_panels: Any,
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
        """`a` to `d` are addresses, `*_row` and `*_term` how many numbers lie between.

        `in_panels` (0 or 1) says that A and B both lie in panels. Where `d` is 0, nothing is added.
        """

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            rows, in_panels, *rest = args
            _choose(builder, shape, rows, in_panels, rest)
            return context.get_dummy_value()

        return types.void(*[types.int64] * (_ARGUMENTS + 2)), generate

    return compute_tile


def _choose(builder: Any, s: Shape, rows: Any, in_panels: Any, arguments: Any) -> None:
    """Call the routine for so many rows and as few vectors as the columns need."""
    columns = arguments[0]
    key = builder.add(rows, builder.mul(in_panels, I64(s.rows)))
    end = builder.append_basic_block("end")
    for vectors in range(1, s.vectors + 1):
        other = builder.append_basic_block("wider") if vectors < s.vectors else None
        if other is not None:
            here = builder.append_basic_block("narrow")
            fits = builder.icmp_signed("<=", columns, I64(vectors * s.lanes))
            builder.cbranch(fits, here, other)
            builder.position_at_end(here)
        switch = builder.switch(key, end)
        for panels, count in product((False, True), range(1, s.rows + 1)):
            case = builder.append_basic_block("rows")
            switch.add_case(I64(panels * s.rows + count), case)
            builder.position_at_end(case)
            turns = panels and _has_turns(s, count, vectors)
            builder.call(_routine(builder.module, s, count, vectors, turns=turns), arguments)
            builder.branch(end)
        builder.position_at_end(other or end)


def _has_turns(s: Shape, rows: int, vectors: int) -> bool:
    """Whether such a tile is worth a loop for panels: large products have few smaller tiles."""
    return vectors == s.vectors and rows >= s.rows - max(1, s.rows // 7)


def _routine(module: Any, shape: Shape, rows: int, vectors: int, *, turns: bool) -> Any:
    def emit(
        e: Emitter,
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
    ) -> None:
        places = [e.apart(c, e.bytes_of(c_row), rows), e.apart(d, e.bytes_of(d_row), rows)]
        if turns:
            flat = _sums_of_panels(e, (rows, vectors), terms, a, b)
        else:
            flat = _sums(e, (rows, vectors), terms, (a, a_row, a_term), (b, b_term))
        sums = [flat[r * vectors : (r + 1) * vectors] for r in range(rows)]
        _write(e, places, sums, columns, e.builder.icmp_signed("!=", d, I64(0)))

    name = f"tile.{rows}.{vectors}{'.panels' if turns else ''}"
    return routine(module, name, shape, emit, _ARGUMENTS)


def _sums(e: Emitter, size: tuple[int, int], terms: Any, a: Any, b: Any) -> list[Any]:
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
    return e.repeat(terms, 1, first, add_term)[1 + len(bases) :]


def _sums_of_panels(e: Emitter, size: tuple[int, int], terms: Any, a: Any, b: Any) -> list[Any]:
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
    return e.repeat_if_any(rest, 1, values, add_terms(1))[2:]


def _add_term(e: Emitter, places: list[Any], b_row: list[Any], sums: Any) -> list[Any]:
    """The sums with one term more: the numbers of A at `places` times a row of B."""
    after = []
    for r, place in enumerate(places):
        number = e.repeated(place)
        for v, vector in enumerate(b_row):
            after.append(e.multiply_add(number, vector, sums[r * len(b_row) + v]))
    return after


def _write(
    e: Emitter, places: list[list[Any]], sums: list[list[Any]], columns: Any, adds: Any
) -> None:
    """Whole vectors without a mask; one that is cut off only where its columns are."""
    builder = e.builder
    whole = builder.icmp_signed(">=", columns, I64(len(sums[0]) * e.shape.lanes))
    masks = [e.first(builder.sub(columns, I64(v * e.shape.lanes))) for v in range(len(sums[0]))]
    with builder.if_else(whole) as (full, cut):
        with full:
            _write_rows(e, places, sums, adds, [None] * len(masks))
        with cut:
            _write_rows(e, places, sums, adds, masks)


def _write_rows(
    e: Emitter, places: list[list[Any]], sums: list[list[Any]], adds: Any, masks: Any
) -> None:
    builder = e.builder
    with builder.if_else(adds) as (adding, setting):
        for branch, has_old in ((adding, True), (setting, False)):
            with branch:
                for place, old, row in zip(*places, sums, strict=True):
                    for v, (value, mask) in enumerate(zip(row, masks, strict=True)):
                        new = value
                        if has_old:
                            new = builder.fadd(e.load(e.plus(old, v), mask), value)
                        e.store(new, e.plus(place, v), mask)
