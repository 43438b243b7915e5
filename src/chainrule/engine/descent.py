"""Epochs of a stochastic optimizer, and the gradient over all rows."""

import time
from collections.abc import Callable
from math import isfinite
from operator import attrgetter
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.formulas import OPTIMIZERS, PENALTIES, OptimizerSettings

from . import partition, run
from .gemm.shape import shape
from .kernels import optimizer
from .network import Buffers, Job, MemberTask, Network, Numbers, aligned
from .operations.update import MOST_CONSTANTS
from .records import OPTIMIZER_SETTINGS, SETTINGS
from .rows import ROW_NUMBER, Rows, address
from .team import Team, team
from .team_size import TeamSize
from .weight_prior import WeightPrior
from .work import ITEMS, LINE

# Compiled code runs for about this long before Python looks for Ctrl-C.
SLICE_SECONDS = 0.03
# A step of more multiply-adds of whole vectors (about 20 ms on one core) is done by helpers while
# the caller waits for Ctrl-C. Helpers that have to be woken for each slice cost 2 to 5 % of a fit.
LONG_STEP, LONG_SECONDS = 100_000_000, 0.02
# How many times longer than was expected steps may take that have not been timed, and their least.
CAUTION, LEAST_SECONDS = 8, 1e-6

# What an epoch writes down for compiled code.
_WRITTEN = (*OPTIMIZER_SETTINGS, "alpha", "l1", "l2", "weight_decay", "clip_value")
_read = attrgetter(*_WRITTEN)
_SETTINGS_NUMBERS = len(SETTINGS.fields or ())

Shares = tuple[NDArray[np.int64], NDArray[np.int64]]


class Steps:
    """Training steps over rows: what an epoch and a full gradient have in common."""

    moves_weights: ClassVar[bool]

    def __init__(
        self, network: Network, rows: Rows, batch_rows: int, *, whole_layers: bool = False
    ) -> None:
        rows.check_numbers()
        tape = network.tape
        self.network = network
        self.rows = rows
        self.batch_rows = batch_rows
        self.steps = -(-rows.count // batch_rows)
        tile = shape(network.dtype)
        self._lanes = partition.counted_lanes(tile.lanes, tile.size)
        self._chunk_rows, in_parts = self._cut()
        chunks = -(-batch_rows // self._chunk_rows)
        parts = chunks if in_parts else 1
        self._gradient = aligned(parts * tape.parameter_count, network.dtype)
        self._blocks, self._segments = partition.blocks(tape, whole=whole_layers)
        self._prior = None
        if tape.weight_prior is not None:
            self._prior = WeightPrior(network, self._blocks, self._segments, rows.total_weight)
        self._statistics = aligned(chunks * tape.statistics, network.dtype)
        vectors = partition.step_work(tape, batch_rows) / tile.lanes
        self._long = vectors > LONG_STEP
        # Until a step has been timed, its multiply-adds say how long it takes.
        self._step_seconds = max(LEAST_SECONDS, CAUTION * LONG_SECONDS * vectors / LONG_STEP)
        self._deltas = aligned(batch_rows * tape.delta_columns, network.dtype)
        self._losses, self._weights = np.zeros(chunks), np.zeros(chunks)
        self._squares = np.zeros(len(self._blocks))
        self.job = Job(rows.count, batch_rows, self._chunk_rows)
        pieces = max(chunks, len(self._blocks))
        most = partition.most_members(tape, batch_rows, self._lanes, pieces)
        doubtful = partition.is_doubtful(tape, batch_rows, self._lanes)
        self._team_size = TeamSize(most, tries_one=doubtful)
        self._items = len(self._blocks) + chunks * (1 if in_parts else 2)
        self._describe(in_parts)
        self._prepared: dict[int, tuple[Buffers, MemberTask]] = {}
        self._values: Buffers | None = None
        # Called after each slice. What it raises ends the pass, as Ctrl-C does: a thread that is
        # not the main one never hears of that by itself.
        self.heed: Callable[[], None] | None = None

    def _describe(self, in_parts: bool) -> None:
        """Tell the job what stays the same for all passes over the rows."""
        record, n_blocks, n_chunks = self.job.record, len(self._blocks), len(self._losses)
        self.job.follow(self.network.records)
        record.n_blocks, record.n_segments = n_blocks, len(self._segments)
        record.n_chunks, record.squares = n_chunks, address(self._squares)
        record.blocks, record.segments = address(self._blocks), address(self._segments)
        record.number_bytes = self.network.parameters.itemsize
        record.losses, record.row_weights = address(self._losses), address(self._weights)
        record.in_parts = in_parts
        record.chunk_items = n_blocks
        record.message_items = 0 if in_parts else n_blocks + n_chunks
        record.loss_scale = self.network.loss_scale
        record.weight_instruction = self.network.weight_instruction

    def _cut(self) -> tuple[int, bool]:
        """Rows of a chunk, and whether each chunk sums its own part of the gradient."""
        tape, batch_rows = self.network.tape, self.batch_rows
        chunk_rows = partition.chunk_rows(tape, batch_rows, self._lanes)
        chunks = -(-batch_rows // chunk_rows)
        return chunk_rows, self.moves_weights and partition.in_parts(tape, batch_rows, chunks)

    def run(self, order: NDArray[np.integer[Any]] | None) -> None:
        """All steps of one pass over the rows, in slices between which Ctrl-C is heard."""
        order = self._of_members(self.rows.subset if order is None else order)
        place = 0 if order is None else address(order)
        self.job.record.loss_sum = 0.0
        done = 0
        while done < self.steps:
            with team(self._team_size.members, caller_joins=not self._long) as members:
                buffers, part = self._prepare(members.members)
                self.job.shared = part.shared
                self._begin(buffers)
                for own in buffers.each:
                    own.order = place
                    own.accumulate = done > 0 and not self.moves_weights
                done = self._slices(members, part, done)

    def _of_members(self, order: NDArray[np.integer[Any]] | None) -> NDArray[ROW_NUMBER] | None:
        """The order as compiled code reads it: for each member's own rows, side by side."""
        if order is None:
            return None
        read: NDArray[ROW_NUMBER] = np.ascontiguousarray(order, ROW_NUMBER)
        own_rows = self.network.tape.own_rows
        return np.repeat(read, own_rows) if read.ndim == 1 and own_rows > 1 else read

    def _slices(self, members: Team, part: MemberTask, done: int) -> int:
        """Steps after the first `done`, until the pass or these members' turn ends.

        Gives how many are done by then. Whoever has the next turn may take many times as long.
        """
        size = self._team_size
        wanted = size.members
        while done < self.steps and size.members == wanted:
            planned = min(SLICE_SECONDS, size.seconds_left)
            last = min(self.steps, done + max(1, int(planned / self._step_seconds)))
            self.job.begin(done, last)
            start = time.perf_counter()
            members.run(part, self.job, meets=True)
            took = max(time.perf_counter() - start, 1e-9)
            self._step_seconds = took / (last - done)
            size.took(last - done, took)
            if size.members != wanted:
                self._step_seconds *= CAUTION
                members.dismiss()
            done = last
            if self.heed is not None:
                self.heed()
        return done

    def _prepare(self, members: int) -> tuple[Buffers, MemberTask]:
        if members not in self._prepared:
            groups = len(self.network.tape.groups)
            buffers = self.network.contexts(self.batch_rows, members, shared=True)
            if self._values is not None:
                buffers.records["values"] = self._values.records["values"][0]
                buffers.values = self._values.values
            self._values = buffers
            buffers.attach("deltas", self._deltas)
            buffers.attach("gradient", self._gradient)
            buffers.alive.append(self.rows.fill(buffers.each))
            buffers.attach("statistics", self._statistics)
            buffers.records["statistics_width"] = self.network.tape.statistics
            buffers.records["chunk_rows"] = self._chunk_rows
            if self._prior is not None:
                self._prior.attach(buffers)
            buffers.attach_own("constants", np.zeros((members, groups * MOST_CONSTANTS)))
            buffers.attach_own("settings", np.zeros((members, groups * _SETTINGS_NUMBERS)))
            self._attach(buffers)
            sizes = partition.sizes(self._blocks, self._segments)
            self._prepared[members] = (
                buffers,
                self._member_steps(buffers, partition.shares(sizes, members)),
            )
        return self._prepared[members]

    def _member_steps(self, buffers: Buffers, shares: Shares) -> MemberTask:
        turns, bounds = shares
        members = len(buffers.records)
        buffers.attach("turns", turns)
        buffers.records["own_first"], buffers.records["own_last"] = bounds[:-1], bounds[1:]
        shared = aligned(ITEMS + LINE * (self._items if members > 1 else 0), np.int64)
        buffers.attach("shared", shared)
        alive = buffers, self.job, self.network, self._blocks, self._segments, self._losses
        return MemberTask(
            run.steps(),
            address(buffers.records),
            self.job.address,
            shared,
            (*alive, self._weights, self._squares),
        )

    def slot(self, column: int, width: int, *, deltas: bool) -> Numbers:
        """A slot's values or deltas after a run over a single batch, of shape (rows, width)."""
        assert self._values is not None
        buffer = self._deltas if deltas else self._values.values.reshape(-1)
        start = column * self.batch_rows
        return buffer[start : start + self.batch_rows * width].reshape(-1, width).copy()

    def _attach(self, buffers: Buffers) -> None:
        """Add what only one kind of steps has."""

    def _begin(self, buffers: Buffers) -> None:
        """Set what may change from one pass over the rows to the next."""


class StepSettings(OptimizerSettings, Protocol):
    """What an epoch reads besides: penalties, decay and bounds."""

    @property
    def alpha(self) -> float:
        """Strength of scikit-learn's L2 penalty, which is divided by the weight of a batch."""

    @property
    def l1(self) -> float:
        """Strength of the L1 penalty on the mean loss."""

    @property
    def l2(self) -> float:
        """Strength of the L2 penalty on the mean loss."""

    @property
    def weight_decay(self) -> float:
        """Decoupled: each step takes this share of the learning rate off each weight."""

    @property
    def clip_value(self) -> float:
        """The largest size of a slope; infinity: any."""

    @property
    def clip_norm(self) -> float:
        """The largest norm of the whole gradient; infinity: any."""

    @property
    def max_norm(self) -> float:
        """The largest norm of a unit's weights; infinity: any."""


class Descent(Steps):
    """Epochs of a stochastic optimizer over rows.

    Parameters
    ----------
    network : Network
        Its parameters are changed in place.
    rows : Rows
    batch_rows : int
        Rows of a batch; the last batch of an epoch may have fewer.
    method : str
        One of `chainrule.formulas.OPTIMIZERS`.
    seed : int
        Of what is drawn along the tape (dropout, noise).
    whole_layers : bool
        Cut no layer into blocks, which `max_norm` needs.
    """

    moves_weights = True

    def __init__(
        self,
        network: Network,
        rows: Rows,
        batch_rows: int,
        method: str,
        *,
        seed: int = 0,
        whole_layers: bool = False,
    ) -> None:
        states = OPTIMIZERS[method].n_states
        self.state = aligned(states * network.tape.parameter_count, network.dtype)
        self.steps_done = 0
        self.seed = seed
        self._settings = np.zeros(len(network.tape.groups), SETTINGS)
        self._plain_settings = self._settings.view(np.float64)
        self._written: tuple[float, ...] = ()
        super().__init__(network, rows, batch_rows, whole_layers=whole_layers)
        record = self.job.record
        for role in ("update", "constants", "prepare"):
            setattr(record, role, optimizer(method, role, network.dtype))
        record.settings, record.groups = address(self._settings), len(self._settings)
        if self._prior is not None:
            self._prior.join(self.job)

    def _attach(self, buffers: Buffers) -> None:
        buffers.attach("state", self.state)
        buffers.records["seed"] = self.seed

    def epoch(
        self,
        settings: StepSettings,
        order: NDArray[np.integer[Any]] | None,
        course: NDArray[np.float64] | None = None,
    ) -> float:
        """One pass over the rows; gives the mean over rows of each batch's loss before its step.

        `order`, a permutation of the rows or None, says in which order batches take them, in each
        of its columns a member's where members have rows of their own;
        `course`, of shape (steps, len(QUANTITIES)), the factors of the settings at each step.
        """
        self._set(settings)
        self._max_norm = settings.max_norm if isfinite(settings.max_norm) else 0.0
        record = self.job.record
        record.clip_norm = settings.clip_norm if isfinite(settings.clip_norm) else 0.0
        record.steps_done = self.steps_done
        record.course = 0 if course is None else address(course)
        self.run(order)
        self.steps_done += self.steps
        return float(record.loss_sum) / self.rows.count

    def _set(self, settings: StepSettings) -> None:
        """Write each group's settings, where they are not those of the last epoch."""
        values = _read(settings)
        if values == self._written:
            return
        self._written = ()  # Ctrl-C may come between
        for own, group in zip(self._settings, self.network.tape.groups, strict=True):
            for name, value in zip(_WRITTEN, values, strict=True):
                own[name] = value
            own["learning_rate"] *= group.rate
            own["epsilon"] *= group.epsilon
            own["decay_rate"] = settings.learning_rate * group.decay
        self._written = values

    def _begin(self, buffers: Buffers) -> None:
        # As plain numbers, which NumPy copies faster than records.
        buffers.own["settings"][:] = self._plain_settings
        for own in buffers.each:
            own.max_norm, own.noise, own.mix = self._max_norm, 1.0, 1.0


class FullGradient(Steps):
    """The loss over all rows with its gradient, for full-batch solvers.

    The rows pass in batches of a bounded size, so that memory does not grow with the table.

    `as_reported=False` gives the loss whose gradient this is: the sum over outputs, where
    scikit-learn reports their mean (squared error) but follows the gradient of their sum.
    """

    moves_weights = False

    def __init__(
        self, network: Network, rows: Rows, batch_rows: int = 4096, *, as_reported: bool = True
    ) -> None:
        super().__init__(network, rows, min(batch_rows, rows.count))
        if not as_reported:
            self.job.record.loss_scale = 1.0
        self._penalised = penalised_weights(network)

    def __call__(self, alpha: float, l1: float = 0.0, l2: float = 0.0) -> tuple[float, Numbers]:
        """The penalised mean loss at the network's parameters, and its gradient."""
        self.run(None)
        total = self.rows.total_weight
        weights = self.network.parameters * self._penalised
        loss = float(self.job.record.loss_sum) / total
        if self._prior is not None and self._values is not None:
            loss += self._prior.add(self._values, 1.0 / total)
        gradient = self._gradient / total
        # Formulas of one number, whose arithmetic extends to arrays.
        l2_penalty: Any = PENALTIES["l2"]
        strength = alpha / total + l2
        loss += float(l2_penalty.value(1.0, strength) * np.dot(weights, weights))
        gradient = gradient + l2_penalty.slope(weights, strength)
        if l1:
            loss += float(l1 * np.abs(weights).sum())
            gradient = gradient + l1 * np.sign(weights)
        return loss, gradient.astype(self.network.dtype, copy=False)

    def prior_penalty(self) -> float:
        """That of a learned prior at the network's parameters; 0 where there is none."""
        if self._prior is None or self._values is None:
            return 0.0
        return self._prior.add(self._values, 0.0)


def penalised_weights(network: Network) -> Numbers:
    """1 where a parameter is penalised (weights), 0 where it is not (biases)."""
    mask = np.zeros(network.tape.parameter_count, network.dtype)
    for line in network.tape.layers:
        for placed in line.arrays:
            mask[placed.start : placed.stop] = placed.array.penalised and placed.array.learned
    return mask
