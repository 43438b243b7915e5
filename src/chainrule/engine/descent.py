"""Epochs of a stochastic optimizer, and the gradient over all rows."""

import time
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.formulas import OPTIMIZERS, PENALTIES, OptimizerSettings

from . import partition, run
from .blas import one_thread
from .kernels import optimizer
from .network import Buffers, Job, Network, Numbers, aligned
from .records import SETTINGS
from .rows import Rows
from .team import Team, team

# Compiled code runs for about this long before Python looks for Ctrl-C.
SLICE_SECONDS = 0.03
# A step of more multiply-adds (about 20 ms on one slow core) is done by helpers while the caller
# waits for Ctrl-C.
LONG_STEP_WORK = 200_000_000
# The widest tuple of constants that an optimizer's formula may give.
MOST_CONSTANTS = 16


Shares = tuple[NDArray[np.int64], NDArray[np.int64]]


class Steps:
    """Training steps over rows: what an epoch and a full gradient have in common."""

    moves_weights: ClassVar[bool]

    def __init__(self, network: Network, rows: Rows, batch_rows: int) -> None:
        tape = network.tape
        self.network = network
        self.rows = rows
        self.batch_rows = batch_rows
        self.steps = -(-rows.count // batch_rows)
        self._chunk_rows = partition.chunk_rows(tape, batch_rows)
        chunks = -(-batch_rows // self._chunk_rows)
        in_parts = self.moves_weights and partition.in_parts(tape, batch_rows, chunks)
        parts = chunks if in_parts else 1
        self._gradient = aligned(parts * tape.parameter_count, network.dtype)
        self._blocks = partition.blocks(tape)
        self._work = partition.step_work(tape, batch_rows)
        self._long = self._work > LONG_STEP_WORK
        # Until a step has been timed, its multiply-adds say how many steps fit into a slice.
        self._slice_steps = max(1, LONG_STEP_WORK // (8 * max(1, self._work)))
        self._deltas = aligned(batch_rows * tape.delta_columns, network.dtype)
        self._losses, self._weights = np.zeros(chunks), np.zeros(chunks)
        self._squares = np.zeros(len(self._blocks))
        self.job = Job(rows.count, batch_rows, self._chunk_rows)
        self.job.record["in_parts"] = in_parts
        self.job.record["loss_scale"] = network.loss_scale
        self.job.record["weight_instruction"] = network.weight_instruction
        self._prepared: dict[int, tuple[Buffers, Shares]] = {}
        self._values: Buffers | None = None

    def run(self, alpha: float, order: NDArray[np.int64] | None) -> None:
        """All steps of one pass over the rows, in slices between which Ctrl-C is heard."""
        wanted = 1 if self._work < partition.SMALL_STEP else 2**10
        with one_thread(), team(wanted, caller_joins=not self._long) as members:
            buffers, shares = self._prepare(members.members)
            buffers.records["alpha"] = alpha
            order = self.rows.subset if order is None else order
            buffers.records["order"] = 0 if order is None else order.ctypes.data
            buffers.records["accumulate"] = 0
            self.job.record["loss_sum"] = 0.0
            self._slices(members, buffers, shares)

    def _slices(self, members: Team, buffers: Buffers, shares: Shares) -> None:
        compiled = run.steps()
        arguments = (
            buffers.records,
            self.network.records,
            self._blocks,
            *shares,
            self.job.records,
            self._losses,
            self._weights,
            self._squares,
        )
        first = 0
        while first < self.steps:
            last = min(self.steps, first + self._slice_steps)
            self.job.begin(first, last)
            start = time.perf_counter()
            members.run(lambda member: compiled(*arguments, member), self.job)
            self._adapt((last - first) / max(time.perf_counter() - start, 1e-9))
            first = last

    def _adapt(self, steps_per_second: float) -> None:
        self._slice_steps = max(1, int(steps_per_second * SLICE_SECONDS))

    def _prepare(self, members: int) -> tuple[Buffers, Shares]:
        if members not in self._prepared:
            buffers = self.network.contexts(self.batch_rows, members, shared=True)
            if self._values is not None:
                buffers.records["values"] = self._values.records["values"][0]
                buffers.values = self._values.values
            self._values = buffers
            buffers.attach("deltas", self._deltas)
            buffers.attach("gradient", self._gradient)
            buffers.alive.append(self.rows.fill(buffers.records))
            constants = np.zeros((members, MOST_CONSTANTS))
            buffers.alive.append(constants)
            buffers.records["constants"] = [row.ctypes.data for row in constants]
            self._attach(buffers)
            self._prepared[members] = buffers, partition.shares(self._blocks, members)
        return self._prepared[members]

    def slot(self, column: int, width: int, *, deltas: bool) -> Numbers:
        """A slot's values or deltas after a run over a single batch, of shape (rows, width)."""
        assert self._values is not None
        buffer = self._deltas if deltas else self._values.values.reshape(-1)
        start = column * self.batch_rows
        return buffer[start : start + self.batch_rows * width].reshape(-1, width).copy()

    def _attach(self, buffers: Buffers) -> None:
        """Add what only one kind of steps has."""


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
        Of what is drawn along the tape (dropout).
    """

    moves_weights = True

    def __init__(
        self, network: Network, rows: Rows, batch_rows: int, method: str, *, seed: int = 0
    ) -> None:
        states = OPTIMIZERS[method].n_states
        self.state = aligned(states * network.tape.parameter_count, network.dtype)
        self.steps_done = 0
        self._seed = seed
        self._settings = np.zeros(1, SETTINGS)
        super().__init__(network, rows, batch_rows)
        record = self.job.record
        record["update"] = optimizer(method, "update", network.dtype)
        record["constants"] = optimizer(method, "constants", network.dtype)
        record["settings"] = self._settings.ctypes.data

    def _attach(self, buffers: Buffers) -> None:
        buffers.attach("state", self.state)
        buffers.records["seed"] = self._seed

    def epoch(
        self, settings: OptimizerSettings, alpha: float, order: NDArray[np.int64] | None
    ) -> float:
        """One pass over the rows; gives the mean over rows of each batch's loss before its step.

        `alpha` is the strength of the L2 penalty; `order`, a permutation of the rows or None,
        says in which order batches take them.
        """
        for name in SETTINGS.names or ():
            self._settings[name] = getattr(settings, name)
        self.job.record["steps_done"] = self.steps_done
        self.run(alpha, order)
        self.steps_done += self.steps
        return float(self.job.record["loss_sum"]) / self.rows.count


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
            self.job.record["loss_scale"] = 1.0
        self._penalised = penalised_weights(network)

    def __call__(self, alpha: float) -> tuple[float, Numbers]:
        """The penalised mean loss at the network's parameters, and its gradient."""
        self.run(alpha, None)
        l2 = PENALTIES["l2"]
        weights = self.network.parameters * self._penalised
        penalty = float(l2.value(1.0, alpha) * np.dot(weights, weights))
        loss = (float(self.job.record["loss_sum"]) + penalty) / self.rows.total_weight
        # A formula of one number, which this one's arithmetic extends to arrays.
        slope = l2.slope(weights, alpha)  # type: ignore[arg-type]
        gradient = (self._gradient + slope) / self.rows.total_weight
        return loss, gradient.astype(self.network.dtype, copy=False)


def penalised_weights(network: Network) -> Numbers:
    """1 where a parameter is penalised (weights), 0 where it is not (biases)."""
    mask = np.ones(network.tape.parameter_count, network.dtype)
    for line in network.tape.layers:
        width = network.tape.slots[line.output].width
        fan_in = network.tape.slots[line.inputs[0]].width
        mask[line.parameters + fan_in * width : line.parameters + line.rows * width] = 0.0
    return mask
