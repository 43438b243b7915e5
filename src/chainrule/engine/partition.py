"""How work is cut up: batches into chunks of rows, parameters into blocks, blocks into shares.

Chunks and blocks depend only on the sizes of network and batch, so that results do not depend on
the number of threads; shares, which only say who does a block, may depend on it.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.graph.tape import Instruction, Tape

from .work import BLOCK, SEGMENT

# Multiply-adds of whole vectors in a step below which one chunk and one thread do it: two threads
# meet at two barriers, and each fetches what the other wrote, which costs some us. Measured on both
# sides, see docs/engine.md.
SMALL_STEP = 45_000
# A longer vector counts as several of so many bytes: some processors take it apart (Zen 4), and
# what it costs to meet is the same.
VECTOR_BYTES = 32

# Below so many small steps a team may be slower than one thread, now and then (`team_size`).
DOUBTFUL_STEP = 5

# A batch of more than a small step is cut in two; a larger one so often that no chunk has more rows
# than this. Shorter chunks would feed more cores, but their matrix products are slower: at
# 784-2048-2048-10 a chunk of 512, 256, 128 rows gives 0.90, 0.82, 0.71 of the processor's peak.
CHUNK_ROWS = 512

# A forward pass alone keeps a chunk's values in the second-level cache. But each chunk reads a wide
# layer's weights and copies them: with 32 rows a prediction by 784-2048-2048-10 took 1.3 to 1.4
# times as long as with 256. So chunks have as many, as long as their values take so many bytes at
# most, and some in any case.
FORWARD_BYTES = 256 * 1024
WIDE_FORWARD_ROWS, MOST_FORWARD_BYTES, LEAST_FORWARD_ROWS = 256, 16 * 1024 * 1024, 32

# A block is about this share of all parameters, so that shares come out even and who is done finds
# something to take over: with quarters a fit of 784-2048-2048-10 took 1.05 times as long.
BLOCK_SHARE = 1 / 8
# No block is much smaller than this, for each reads all messages of its layer: with 1024 a fit of
# 10-64-64-2 took up to 1.02 times as long.
BLOCK_PARAMETERS = 1400

# A forward pass of few rows takes its time to read and to copy weights: as much as so many rows
# more. So its threads may share units, not rows, of layers that have at least so many, if these
# are most of the work: each reads a part of the weights.
WEIGHT_ROWS, WIDE_UNITS, WIDE_SHARE = 8, 128, 0.5


def step_work(tape: Tape, batch_rows: int) -> int:
    """Multiply-adds of a step: forward, backward and gradient are products of the same size."""
    return 3 * batch_rows * row_work(tape)


def row_work(tape: Tape) -> int:
    """Multiply-adds of a pass forward for one row."""
    return sum(map(_line_work, tape.instructions))


def _line_work(line: Instruction) -> int:
    """Multiply-adds of a line for one row: every parameter once, in each place that uses it."""
    if line.operation == "embedding":
        return 0  # a row is looked up
    uses = int(line.settings["members"]) if line.operation == "dense" else 1
    return uses * line.parameter_count


def is_wide(line: Instruction) -> bool:
    """Whether threads can share the units of a layer."""
    return line.operation == "dense" and _units(line) >= WIDE_UNITS


def units_pay(rows: int, row_members: int, unit_members: int) -> bool:
    """Whether so many rows take less time where so many members share units than rows.

    Who shares rows reads all weights.
    """
    by_rows = WEIGHT_ROWS + rows / row_members
    return unit_members > 1 and (WEIGHT_ROWS + rows) / unit_members <= by_rows


def unit_members(tape: Tape) -> int:
    """Among how many threads units can be shared where rows are few; 1: they are not worth it."""
    wide = list(filter(is_wide, tape.instructions))
    if sum(map(_line_work, wide)) <= WIDE_SHARE * row_work(tape):
        return 1
    return 2 * max(map(_units, wide)) // WIDE_UNITS


def _units(line: Instruction) -> int:
    return line.arrays[0].array.shape[1]


def counted_lanes(lanes: int, size: int) -> int:
    """Numbers of a vector as it counts here; it has so many, of so many bytes each."""
    return min(lanes, VECTOR_BYTES // size)


def is_small(tape: Tape, batch_rows: int, lanes: int) -> bool:
    """Whether a step is done by one thread; `lanes` are the numbers of a vector."""
    return step_work(tape, batch_rows) < SMALL_STEP * lanes


def is_doubtful(tape: Tape, batch_rows: int, lanes: int) -> bool:
    """Whether one thread may do a step as fast as those that it is worth."""
    return step_work(tape, batch_rows) < DOUBTFUL_STEP * SMALL_STEP * lanes


def most_members(tape: Tape, batch_rows: int, lanes: int, pieces: int) -> int:
    """How many threads a step is worth, of which at most so many pieces can be done at once.

    Each has half a small step to do, or there is one only.
    """
    if is_small(tape, batch_rows, lanes):
        return 1
    half = max(1, SMALL_STEP * lanes // 2)  # tests set it to 0
    return min(pieces, step_work(tape, batch_rows) // half)


def chunk_rows(tape: Tape, batch_rows: int, lanes: int) -> int:
    """Rows of a chunk of a training step."""
    if is_small(tape, batch_rows, lanes):
        return batch_rows
    chunks = 2
    while batch_rows > chunks * CHUNK_ROWS:
        chunks *= 2
    return -(-batch_rows // chunks)


def in_parts(tape: Tape, batch_rows: int, chunks: int) -> bool:
    """Whether each chunk sums its own part of the gradient: less passes between cores then."""
    numbers = batch_rows * (tape.value_columns + tape.delta_columns)
    return bool(chunks > 1 and chunks * tape.parameter_count < numbers)


def forward_rows(tape: Tape, size: int) -> int:
    """Rows of a chunk of a forward pass; `size` is the bytes of a number."""
    row_bytes = size * max(1, tape.value_columns)
    wide = min(WIDE_FORWARD_ROWS, MOST_FORWARD_BYTES // row_bytes)
    return int(min(4096, max(LEAST_FORWARD_ROWS, wide, FORWARD_BYTES // row_bytes)))


def blocks(tape: Tape, *, whole: bool = False) -> tuple[NDArray[Any], NDArray[Any]]:
    """The learned parameters in blocks of rows, and what in them is moved alike (segments).

    `whole` cuts no layer, for what looks at all weights of a unit at once.
    """
    largest = max(BLOCK_PARAMETERS, int(tape.parameter_count * BLOCK_SHARE))
    found: list[tuple[int, ...]] = []
    segments: list[tuple[int, int, int]] = []
    for number, line in enumerate(tape.instructions):
        if line.has_parameters and any(placed.array.learned for placed in line.arrays):
            rows = line.parameter_rows
            width = line.parameter_count // rows
            pieces = 1 if whole else max(1, round(line.parameter_count / largest))
            pieces = min(pieces, rows)
            ends = [round(rows * piece / pieces) for piece in range(pieces + 1)]
            for start, stop in pairwise(ends):
                first = line.parameters + start * width
                own = list(_segments(tape, line, first, first + (stop - start) * width))
                found.append((number, start, stop, len(segments), len(segments) + len(own)))
                segments += own
    return np.array(found, BLOCK), np.array(segments, SEGMENT)


def _segments(
    tape: Tape, line: Instruction, first: int, last: int
) -> Iterator[tuple[int, int, int]]:
    """The arrays that lie from `first` to `last`: place, how many, and kind."""
    for placed in line.arrays:
        start, stop = max(first, placed.start), min(last, placed.stop)
        if start < stop and placed.array.learned:
            group = tape.groups.index(placed.array.group)
            yield start, stop - start, 2 * group + placed.array.penalised


def sizes(blocks: NDArray[Any], segments: NDArray[Any]) -> NDArray[np.int64]:
    """How many parameters each block has."""
    return np.array([segments["count"][b["first"] : b["last"]].sum() for b in blocks], np.int64)


def shares(sizes: NDArray[np.int64], members: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who does which blocks: their numbers, member after member, and the bounds of each member's.

    The largest block goes first, each to the member that has least so far. A member begins with its
    last one: what lies behind on the tape has its messages first.
    """
    own: list[list[int]] = [[] for _ in range(members)]
    work = [0] * members
    for number in np.argsort(-sizes, kind="stable"):
        member = work.index(min(work))
        own[member].append(int(number))
        work[member] += int(sizes[number])
    bounds = np.cumsum([0, *map(len, own)])
    turns = [number for numbers in own for number in sorted(numbers, reverse=True)]
    return np.array(turns, np.int64), bounds.astype(np.int64)
