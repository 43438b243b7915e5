"""Panels: a stretch of a matrix copied to where a tile reads it in order, term after term.

A panel is (terms, width) with `width` a fixed number of vectors. What it holds beyond the matrix is
multiplied and never stored.
"""

from typing import Any

from numba import types
from numba.extending import intrinsic

from .shape import Shape
from .vectors import I64, Emitter, routine

# Rows of a matrix that are copied together: few enough for the pages they lie in. The next ones are
# asked for meanwhile, since no prefetcher follows so many places at once: copying B took 10 % of a
# step of 784-512-512-10 (AVX2, half a megabyte of second-level cache), then 5 %.
TERMS = 8


def copied(shape: Shape, vectors: int) -> Any:
    """The intrinsic that copies (terms, count) numbers, whose rows lie `row` numbers apart."""
    return _intrinsic(shape, f"copied.{vectors}", vectors, _copy)


def transposed(shape: Shape, vectors: int) -> Any:
    """The intrinsic that copies (count, terms) numbers, at least one row, as their transpose."""
    return _intrinsic(shape, f"transposed.{vectors}", vectors, _transpose)


def _intrinsic(shape: Shape, name: str, vectors: int, emit_for: Any) -> Any:
    def emit(e: Emitter, *arguments: Any) -> None:
        emit_for(e, vectors, *arguments)

    @intrinsic
    def fill_panel(
        typingctx: Any, matrix: Any, row: Any, count: Any, terms: Any, panel: Any
    ) -> Any:
        """`matrix` and `panel` are addresses."""

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            builder.call(routine(builder.module, name, shape, emit, len(args)), args)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 5), generate

    return fill_panel


def _copy(
    e: Emitter, vectors: int, matrix: Any, row: Any, count: Any, terms: Any, panel: Any
) -> None:
    builder, step, lanes = e.builder, e.bytes_of(row), e.shape.lanes
    ahead = builder.mul(step, I64(TERMS))

    def copy_row(source: Any, target: Any, masks: list[Any]) -> None:
        e.prefetch(builder.add(source, ahead))
        for v, mask in enumerate(masks):
            e.store(e.load(e.plus(source, v), mask), e.plus(target, v))

    def copy_rows(masks: list[Any]) -> None:
        def copy_next(left: Any, source: Any, target: Any) -> list[Any]:
            copy_row(source, target, masks)
            return [builder.add(source, step), e.plus(target, vectors)]

        usual = builder.icmp_signed("==", terms, I64(TERMS))
        with builder.if_else(usual) as (all_rows, fewer):
            with all_rows:
                for r, place in enumerate(e.apart(matrix, step, TERMS)):
                    copy_row(place, e.plus(panel, r * vectors), masks)
            with fewer:
                e.repeat(terms, 1, [matrix, panel], copy_next)

    with builder.if_else(builder.icmp_signed(">=", count, I64(vectors * lanes))) as (whole, cut):
        with whole:
            copy_rows([None] * vectors)
        with cut:
            copy_rows([e.first(builder.sub(count, I64(v * lanes))) for v in range(vectors)])


def _transpose(
    e: Emitter, vectors: int, matrix: Any, row: Any, count: Any, terms: Any, panel: Any
) -> None:
    builder, lanes = e.builder, e.shape.lanes
    # Beyond the last row it is read again: masks would take longer.
    steps = [
        builder.select(builder.icmp_signed("<", I64(r), count), e.bytes_of(row), I64(0))
        for r in range(1, vectors * lanes)
    ]

    def transpose_square(mask: Any, source: Any, target: Any) -> None:
        places = [source]
        for step in steps:
            places.append(builder.add(places[-1], step))
        for v in range(vectors):
            rows = [e.load(place, mask) for place in places[v * lanes : (v + 1) * lanes]]
            for r, column in enumerate(_columns(e, rows)):
                e.store(column, e.plus(target, r * vectors + v))

    def whole(left: Any, source: Any, target: Any) -> list[Any]:
        transpose_square(None, source, target)
        return [e.plus(source, 1), e.plus(target, lanes * vectors)]

    rest = builder.and_(terms, I64(lanes - 1))
    source, target = e.repeat_if_any(builder.sub(terms, rest), lanes, [matrix, panel], whole)
    with builder.if_then(builder.icmp_signed(">", rest, I64(0))):
        transpose_square(e.first(rest), source, target)


def _columns(e: Emitter, rows: list[Any]) -> list[Any]:
    """The columns of a square of vectors, by shuffles of which each is one instruction.

    Within stretches of 16 bytes, which processors shuffle quickest, then whole stretches.
    """
    lanes, stretch = len(rows), 16 // e.shape.size
    groups = [_within(e, rows[g : g + stretch], stretch) for g in range(0, lanes, stretch)]
    columns = [_across(e, list(vectors), stretch) for vectors in zip(*groups, strict=True)]
    return [columns[j % stretch][j // stretch] for j in range(lanes)]


def _within(e: Emitter, rows: list[Any], stretch: int, block: int = 1) -> list[Any]:
    """Of each stretch the columns of as many rows: blocks of pairs of rows in turn."""
    if len(rows) == 1:
        return rows
    lanes, half = e.shape.lanes, stretch // 2
    low, high = (
        [
            lane + first
            for start in range(half * part, lanes + half * part, stretch)
            for lane in range(start, start + half, block)
            for row in (0, lanes)
            for first in range(row, row + block)
        ]
        for part in (0, 1)
    )
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    lows, highs = ([e.shuffle(*pair, part) for pair in pairs] for part in (low, high))
    return _within(e, lows, stretch, 2 * block) + _within(e, highs, stretch, 2 * block)


def _across(e: Emitter, rows: list[Any], stretch: int) -> list[Any]:
    """The columns of a square of whole stretches: even ones of pairs of rows, odd ones."""
    if len(rows) == 1:
        return rows
    even, odd = (
        [
            lane
            for start in range(stretch * part, 2 * e.shape.lanes, 2 * stretch)
            for lane in range(start, start + stretch)
        ]
        for part in (0, 1)
    )
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    evens, odds = ([e.shuffle(*pair, part) for pair in pairs] for part in (even, odd))
    both = zip(_across(e, evens, stretch), _across(e, odds, stretch), strict=True)
    return [column for pair in both for column in pair]
