"""The interpreter: walks a tape forward and backward over batches, with no Python between them.

A step has two phases, each followed by a barrier where the members of the team meet (more of them
where the batch is normalised, or all gradients have to be known before one is used):

1. rows:    each member takes chunks of the batch's rows through the whole tape, forward and
            backward;
2. parameters: each member takes blocks of the parameters, sums their gradient over the whole batch,
            and moves them.

Where the parameters are fewer than the values of a batch, each chunk sums its own gradient in the
first phase, so that less has to pass from one core to another; the second phase then adds up these
parts.

A member that is done with its share takes over what the others have not begun: cores may differ,
and other processes use them. While it waits for the rows of others it sums gradients of layers
whose messages have come already.

A pass forward alone has no such phases: members take chunks of rows one after the other, or, where
few rows meet wide layers, share the units of each and meet in between.

How a batch is cut into chunks and the parameters into blocks depends only on sizes, never on the
number of members, and every sum has one order. So the same bits come out for any number of threads,
whoever does what.
"""

from functools import cache
from typing import Any

import numpy as np
from numba import types

from .jit import CACHE_LINE, compile_kernel, inline
from .machine import (
    atomic_add,
    atomic_change,
    atomic_load,
    atomic_set,
    call_kernel,
    claim_line,
    flush_subnormals,
    restore_rounding,
)
from .records import CONTEXT, INSTRUCTION, SETTINGS, context_at, job_at, numbers, settings_at
from .waiting import BUSY, arrive, barrier, linger, spin
from .work import ABANDONED, ARRIVALS, BLOCK, ITEMS, LINE, SEGMENT, STOP

# What a schedule may change from step to step, as columns of its table of factors.
QUANTITIES = ("learning_rate", "momentum", "weight_decay", "noise", "mix")

_SETTINGS_BYTES, _CONTEXT_BYTES = SETTINGS.itemsize, CONTEXT.itemsize
# So many bytes of weights are claimed before they are moved: what lies in a first-level cache until
# then.
_MOST_CLAIMED = 16 * 1024
# Blocks whose gradients a member sums ahead of their time are bits of a number: so many at most.
_MOST_AHEAD = 63
_COURSE_WIDTH = len(QUANTITIES)

# All kernels have one signature, (context, place, a, b) -> float64:
#   forward, backward   place = the instruction, a and b = first row and number of rows; the forward
#                       of loss and of sample weights gives their sum over these rows
#   gradient            place = the instruction, a to b = rows of its parameter matrix
#   settle              the same, after the optimizer's step: bound weights, move running averages
#   prepare, update     place = first parameter, a = how many, b = their kind as in SEGMENT; update
#                       gives their penalty before the step, prepare the sum of squared slopes
#   pull                place = first weight, a = how many, b = their block: a learned prior's slope
#   collect             place = how many blocks: the slope of the prior's own parameters; gives the
#                       penalty
#   constants           place = a group's settings, a = the step, counted from 1, b = the group


@inline
def _meet(c, job, members):  # type: ignore[no-untyped-def]
    """Wait until every member of the team has come here."""
    barrier(c.shared + 8 * ARRIVALS, members, job.yield_processor)


@inline
def _total(array, count):  # type: ignore[no-untyped-def]
    """The sum of the first numbers; a slice's own `sum` counts references, 4 % of a small step."""
    total = 0.0
    for k in range(count):
        total += array[k]
    return total


@inline
def _item(c, number):  # type: ignore[no-untyped-def]
    """The address of one of the items of this part of the work."""
    return c.shared + 8 * (ITEMS + LINE * number)


@inline
def _takes(c, number, turn, members):  # type: ignore[no-untyped-def]
    """Whether this member is the first to come for an item that was taken `turn` times so far."""
    if members == 1:
        return True
    place = _item(c, number)
    return atomic_load(place) == turn and atomic_change(place, turn, turn + 1)


@inline
def _stopped(shared):  # type: ignore[no-untyped-def]
    return atomic_load(shared + 8 * STOP) != 0


@inline
def _begin_step(c, context, job, step):  # type: ignore[no-untyped-def]
    """The optimizer's constants of the step, for each group, after the schedule has had its say."""
    size = _SETTINGS_BYTES
    if job.course:
        f = numbers(job.course, step * _COURSE_WIDTH, _COURSE_WIDTH, np.float64)
        c.noise, c.mix = f[3], f[4]
        for group in range(job.groups):
            given = settings_at(job.settings + group * size)
            own = settings_at(c.settings + group * size)
            own.learning_rate = given.learning_rate * f[0]
            own.decay_rate = given.decay_rate * f[0]
            own.momentum = given.momentum * f[1]
            own.beta_1 = given.beta_1 * f[1]
            own.weight_decay = given.weight_decay * f[2]
    t = job.steps_done + step + 1
    for group in range(job.groups):
        call_kernel(job.constants, context, c.settings + group * size, t, group)


@inline
def _forward(c, context, tape, at, job, chunk, first, last, losses, row_weights):  # type: ignore[no-untyped-def]
    """Instructions `first` to `last` over one chunk of rows: values."""
    row = chunk * job.chunk_rows
    rows = min(job.chunk_rows, c.rows - row)
    for k in range(first, last):
        result = call_kernel(tape[k].forward, context, at + k * tape.itemsize, row, rows)
        if k == job.weight_instruction:
            row_weights[chunk] = result
        if _stopped(c.shared):
            return
    losses[chunk] = result


@inline
def _backward(c, context, tape, at, job, chunk, first, last, came, step_end):  # type: ignore[no-untyped-def]
    """The same from last to first: messages; at the end the chunk's part of the gradient.

    Where `came` is the address of a shared number, it says which messages have come: `step_end`
    less the number of an instruction whose output has them all.
    """
    row = chunk * job.chunk_rows
    rows = min(job.chunk_rows, c.rows - row)
    for k in range(last - 1, first - 1, -1):
        if _stopped(c.shared):
            return
        if came and tape[k].gradient_first:
            atomic_set(came, step_end - k)
        if tape[k].backward:
            call_kernel(tape[k].backward, context, at + k * tape.itemsize, row, rows)
    if job.in_parts and first == 0:
        c.part, c.gradient_row, c.gradient_rows = chunk, row, rows
        for k in range(tape.size):
            if tape[k].gradient:
                count = tape[k].parameter_rows
                call_kernel(tape[k].gradient, context, at + k * tape.itemsize, 0, count)


@inline
def _rows_phase(  # type: ignore[no-untyped-def]
    c, context, tape, at, job, chunks, member, members, losses, row_weights, turn, step_end
):
    """Chunks of rows through the whole tape: values forward, then messages backward.

    Before an instruction that meets, all chunks must have come there: the tape is walked in pieces,
    and a member takes its own chunks of each piece, then what others have left. Chunks have been
    taken `turn` times before; gives how often they have been after.
    """
    tells = members > 1 and job.message_items
    first = last = np.int64(0)  # a plain 0 would have what is called compiled for it as well
    back = False
    while True:
        if back:
            last = first
            first -= 1
            while first > 0 and not tape[first].meets:
                first -= 1
        else:
            first = last
            last += 1
            while last < tape.size and not tape[last].meets:
                last += 1
        turns_back = last == tape.size
        for other in range(member, member + members):
            owner = other if other < members else other - members
            for chunk in range(owner, chunks, members):
                if _takes(c, job.chunk_items + chunk, turn, members):
                    if not back:
                        _forward(c, context, tape, at, job, chunk, first, last, losses, row_weights)
                    if back or turns_back:
                        came = _item(c, job.message_items + chunk) if tells else 0
                        _backward(c, context, tape, at, job, chunk, first, last, came, step_end)
        turn += 1
        back = back or turns_back
        if back and first == 0:
            return turn
        _meet(c, job, members)


@inline
def _claim(c, b, segments, job):  # type: ignore[no-untyped-def]
    """Let the weights of a block, which all members have read, belong to this one's core alone.

    To take a line back from those who share it lasts longer than to fetch one, so it is done before
    they are moved, and while the block's gradient is summed. Who does so must have taken the block:
    what nobody else may write meanwhile is written back as it is.
    """
    for j in range(b.first, b.last):
        s = segments[j]
        size = s.count * job.number_bytes
        if size <= _MOST_CLAIMED:
            place = c.parameters + s.first * job.number_bytes
            for line in range(place, place + size, CACHE_LINE):
                claim_line(line)


@inline
def _sum_gradient(context, tape, at, b):  # type: ignore[no-untyped-def]
    """The gradient of a block over the batch: of its instruction, then of those that borrow."""
    k = b.instruction
    while k >= 0:
        if tape[k].gradient:
            call_kernel(tape[k].gradient, context, at + k * tape.itemsize, b.start, b.stop)
        k = tape[k].next_borrower


@inline
def _has_come(c, tape, b, job, chunks, step_end):  # type: ignore[no-untyped-def]
    """Whether a block's gradient can be summed while others are at their rows still."""
    k = lowest = b.instruction
    while k >= 0:
        if tape[k].gradient and not tape[k].gradient_first:
            return False
        lowest = min(lowest, k)
        k = tape[k].next_borrower
    for chunk in range(chunks):
        if atomic_load(_item(c, job.message_items + chunk)) < step_end - lowest:
            return False
    return True


@inline
def _meet_after_rows(  # type: ignore[no-untyped-def]
    c, context, tape, at, blocks, job, turns, own, members, chunks, turn, step_end
):
    """Wait for the rows of all members, and meanwhile sum gradients whose messages have come.

    Gives the turns that are done so as bits of a number.
    """
    ahead = np.int64(0)
    if members == 1:
        return ahead
    spins = 0
    arrivals = c.shared + 8 * ARRIVALS
    everybody = arrive(arrivals, members)
    while atomic_load(arrivals) < everybody:
        spins = spin(spins + 1, job.yield_processor)
        if job.message_items and not _stopped(c.shared):
            for n in range(min(turns.size, _MOST_AHEAD)):
                spins += 1
                k = turns[_own_first(n, own, turns.size)]
                come = _has_come(c, tape, blocks[k], job, chunks, step_end)
                if come and _takes(c, k, turn, members):
                    _sum_gradient(context, tape, at, blocks[k])
                    ahead |= np.int64(1) << n
                    spins = 0
                    break
    return ahead


@inline
def _is_ahead(ahead, n):  # type: ignore[no-untyped-def]
    """Whether the gradient of a member's `n`th turn was summed while it waited."""
    return n < _MOST_AHEAD and (ahead >> n) & 1


@inline
def _own_first(n, own, size):  # type: ignore[no-untyped-def]
    """The place of a member's `n`th turn: its own, then those of the one before, the last first."""
    first, last = own
    if n < last - first:
        return first + n
    place = last - 1 - n
    return place if place >= 0 else place + size


@inline
def _collect(context, blocks, segments, job, squares):  # type: ignore[no-untyped-def]
    """The gradient of a learned prior's own parameters, of which all weights have had their say."""
    penalty = call_kernel(job.collect, context, blocks.size, 0, 0)
    b = blocks[job.prior_block]
    squares[job.prior_block] = 0.0
    for j in range(b.first, b.last):
        s = segments[j]
        squares[job.prior_block] += call_kernel(job.prepare, context, s.first, s.count, s.kind)
    return penalty


@inline
def _parameters_phase(  # type: ignore[no-untyped-def]
    c,
    context,
    tape,
    at,
    blocks,
    segments,
    job,
    turns,
    own,
    members,
    turn,
    ahead,
    prepares,
    sums,
):
    """Blocks of parameters: their gradient over the batch, then the optimizer's step, if any.

    Or, where that needs to know of all gradients (`prepares`), the gradients complete with
    penalties and scale; the step then comes in a second such phase. `sums` are of each block the
    penalty, or what is prepared: the sum of squared slopes.
    """
    for n in range(turns.size):
        k = turns[_own_first(n, own, turns.size)]
        b = blocks[k]
        summed = _is_ahead(ahead, n)
        if not summed and not _takes(c, k, turn, members):
            continue
        if members > 1 and job.update:
            _claim(c, b, segments, job)
        if not summed and not job.in_parts and not c.prepared:
            _sum_gradient(context, tape, at, b)
        act = job.prepare if prepares else job.update
        if not act:
            continue
        sums[k] = 0.0
        for j in range(b.first, b.last):
            s = segments[j]
            if prepares and job.pull and s.kind & 1:
                call_kernel(job.pull, context, s.first, s.count, k)
            sums[k] += call_kernel(act, context, s.first, s.count, s.kind)
        m = -1 if prepares else b.instruction
        while m >= 0:
            if tape[m].settle:
                call_kernel(tape[m].settle, context, at + m * tape.itemsize, b.start, b.stop)
            m = tape[m].next_borrower


@inline
def _steps(context, job, member):  # type: ignore[no-untyped-def]
    """A member's part of the steps of the job; whether it came to their end."""
    c = context_at(context)
    members, own, at = c.team_members, (c.own_first, c.own_last), job.tape
    tape = numbers(job.tape, 0, job.n_instructions, INSTRUCTION)
    blocks = numbers(job.blocks, 0, job.n_blocks, BLOCK)
    segments = numbers(job.segments, 0, job.n_segments, SEGMENT)
    turns = numbers(c.turns, 0, job.n_blocks, np.int64)
    losses = numbers(job.losses, 0, job.n_chunks, np.float64)
    row_weights = numbers(job.row_weights, 0, job.n_chunks, np.float64)
    squares = numbers(job.squares, 0, job.n_blocks, np.float64)
    # How often each chunk and each block has been taken so far.
    chunk_turn = block_turn = np.int64(0)
    for step in range(job.first, job.last):
        c.first = step * job.batch_rows
        c.rows = min(job.batch_rows, job.n_rows - c.first)
        c.step, c.training = job.steps_done + step, job.update
        if job.update:
            _begin_step(c, context, job, step)
        step_end = (step - job.first + 1) * tape.size
        chunks = -(-c.rows // job.chunk_rows)
        chunk_turn = _rows_phase(
            *(c, context, tape, at, job, chunks, member, members, losses, row_weights),
            *(chunk_turn, step_end),
        )
        if job.in_parts:
            c.parts = chunks
        else:
            c.part, c.parts, c.gradient_row, c.gradient_rows = 0, 1, 0, c.rows
        if _stopped(c.shared):
            atomic_add(c.shared + 8 * ABANDONED, 1)
        ahead = _meet_after_rows(
            *(c, context, tape, at, blocks, job, turns, own, members, chunks),
            *(block_turn, step_end),
        )
        if atomic_load(c.shared + 8 * ABANDONED):
            return False
        weight = float(c.rows)
        if job.weight_instruction >= 0:
            weight = _total(row_weights, chunks)
        c.scale = 1.0 / weight if weight > 0.0 else 0.0  # a batch whose rows all weigh nothing
        mean_loss = _total(losses, chunks) * job.loss_scale
        c.prepared = 0
        prior = 0.0
        phases = 2 if job.clip_norm > 0.0 or job.pull else 1
        for phase in range(phases):
            prepares = phase + 1 < phases
            _parameters_phase(
                *(c, context, tape, at, blocks, segments, job, turns, own, members),
                *(block_turn, ahead, prepares, squares),
            )
            block_turn, ahead = block_turn + 1, np.int64(0)
            if prepares:
                _meet(c, job, members)
                if job.pull:
                    if member == 0:
                        prior = _collect(context, blocks, segments, job, squares)
                    _meet(c, job, members)
                norm = np.sqrt(_total(squares, squares.size))
                _meet(c, job, members)
                c.prepared = 1
                c.clip = job.clip_norm / norm if norm > job.clip_norm > 0.0 else 1.0
        c.accumulate = not job.update  # a full gradient is the sum over all batches
        # Behind the last meeting the caller may change anything: only member 0 is there for sure.
        _meet(c, job, members)
        if member == 0:
            if job.update:
                penalty = _total(squares, squares.size) + prior
                mean_loss = (mean_loss * c.scale + penalty) * c.rows
            job.loss_sum += mean_loss
    return True


def _and_linger(part: Any) -> Any:
    """What a member does: its part of the work, then further parts until none comes for a while.

    Of helpers alone: where `state`, the address of theirs, is 0, there is one part. `part` gives
    whether it was done to its end.
    """

    @inline
    def run(contexts, job, member, state):  # type: ignore[no-untyped-def]
        shared_job, context = job_at(job), contexts + member * _CONTEXT_BYTES
        c = context_at(context)
        if state:
            atomic_set(state, BUSY)
        while c.slice != shared_job.slice:  # else it was called twice
            c.slice = shared_job.slice
            finished = part(context, shared_job, member)
            if not (state and finished and linger(state, shared_job.yield_processor)):
                break

    return run


_steps_and_linger = _and_linger(_steps)


def run_steps(contexts, job, member, state):  # type: ignore[no-untyped-def]
    """Steps `first` to `last` of an epoch, as member `member` of the team.

    `contexts`, one record a member, and `job` are addresses, as is `state` of a helper that may
    linger afterwards.

    Slopes of units that are idle for long, and their averages, become subnormal numbers, with which
    processors compute many times slower: they count as 0.
    """
    before = flush_subnormals()
    _steps_and_linger(contexts, job, member, state)
    restore_rounding(before)


def run_forward(contexts, job, member, state):  # type: ignore[no-untyped-def]
    """Chunks `first` to `last` of all rows forward, as member `member` of the team.

    Members take one after the other, as they are done with the last; no helper lingers. A chunk's
    prediction, which lies in the member's own buffer, goes to its place in what `out` of the job
    points at; its loss, the result of the last instruction, to `losses`.
    """
    context, job = contexts + member * _CONTEXT_BYTES, job_at(job)
    c = context_at(context)
    tape, at = numbers(job.tape, 0, job.n_instructions, INSTRUCTION), job.tape
    chunk = job.first
    while True:
        if c.team_members > 1:
            chunk = job.first + atomic_add(_item(c, 0), 1)
        if chunk >= job.last or _stopped(c.shared):
            return
        c.first = chunk * job.chunk_rows
        c.rows = min(job.chunk_rows, job.n_rows - c.first)
        for k in range(tape.size):
            result = call_kernel(tape[k].forward, context, at + k * tape.itemsize, 0, c.rows)
        if job.losses:
            numbers(job.losses, chunk, 1, np.float64)[0] = result
        if job.out:
            _give_predictions(c, job, 0, c.first, c.rows)
        chunk += 1


@inline
def _forward_together(context, job, member):  # type: ignore[no-untyped-def]
    """A member's part of all rows at once; whether it came to their end."""
    c = context_at(context)
    members = c.team_members
    tape, at = numbers(job.tape, 0, job.n_instructions, INSTRUCTION), job.tape
    c.first, c.rows = np.int64(0), job.n_rows
    row, next_row = _share(job.n_rows, member, members)
    unmet = False  # since something was done for some rows
    for k in range(tape.size):
        place = at + k * tape.itemsize
        if tape[k].forward_units:
            if unmet:
                _meet(c, job, members)
            units, piece = tape[k].output_width // tape[k].members, job.unit_piece
            # What is left belongs to the last piece: alone it might be summed in another order.
            pieces = max(1, units // piece)
            first, last = _share(pieces, member, members)
            if first < last and not _stopped(c.shared):
                stop = units if last == pieces else last * piece
                call_kernel(tape[k].forward_units, context, place, first * piece, stop)
            _meet(c, job, members)
        elif row < next_row and not _stopped(c.shared):
            call_kernel(tape[k].forward, context, place, row, next_row - row)
        unmet = not tape[k].forward_units
    _give_predictions(c, job, row, row, next_row - row)
    stopped = _stopped(c.shared)
    # Behind this meeting the caller may take its arrays away.
    _meet(c, job, members)
    return not stopped


@inline
def _share(count, member, members):  # type: ignore[no-untyped-def]
    """A member's share of so many things in a row: its first, and that of the next member."""
    return count * member // members, count * (member + 1) // members


@inline
def _give_predictions(c, job, row, to, rows):  # type: ignore[no-untyped-def]
    """Copy the predictions from row `row` of the member's values to row `to` of all."""
    size = rows * job.row_bytes
    source = numbers(c.values + job.prediction, row * job.row_bytes, size, np.uint8)
    target = numbers(job.out, to * job.row_bytes, size, np.uint8)
    for j in range(size):
        target[j] = source[j]


_together_and_linger = _and_linger(_forward_together)


def run_forward_together(contexts, job, member, state):  # type: ignore[no-untyped-def]
    """All rows forward at once, as member `member` of the team.

    They have one buffer of values. Of a layer that can be shared so each computes some units, all
    else for some rows, and they meet between. A helper lingers as in `run_steps`.
    """
    _together_and_linger(contexts, job, member, state)


@cache
def steps() -> Any:
    """`run_steps`, compiled."""
    return _c_function(run_steps, 4)


@cache
def forward() -> Any:
    """`run_forward`, compiled."""
    return _c_function(run_forward, 4)


@cache
def forward_together() -> Any:
    """`run_forward_together`, compiled."""
    return _c_function(run_forward_together, 4)


def _c_function(function: Any, arguments: int) -> Any:
    """Compiled code that Python calls: as a C function, without the interpreter's lock.

    Numba's own way from Python takes 8 us for the arrays of records that it would be given.
    """
    return compile_kernel(function, types.void(*[types.int64] * arguments), ("run",)).ctypes
