"""Forward passes over many rows: predictions, and the loss without a gradient."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import partition, run
from .network import Job, Network, Numbers
from .rows import Rows, address
from .team import Task, Team, team

# Multiply-adds of a thread before Python looks for Ctrl-C (some 0.1 s); heavy chunks, which take
# longer, are at least so many, for threads wait for each other at the end.
_SLICE, _LEAST_CHUNKS = 2_000_000_000, 4
# Multiply-adds that each thread should have, for until one is awake another does as many (0.1 to
# 0.2 ms).
_SHARE = 6_000_000
# Buffers of so many bytes are kept from one pass to the next; to make larger ones costs little
# beside what they are for.
_KEPT_BYTES = 8 * 1024 * 1024


class Forward:
    """A network ready to predict, again and again; safe to call from several threads at once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._row_work = max(1, partition.row_work(network.tape))
        self._chunk_rows = partition.forward_rows(network.tape, network.parameters.itemsize)
        # Those that no caller uses at the moment.
        self._kept: list[_Ready] = []

    def predict(self, rows: Rows) -> Numbers:
        """The output after its link, of shape (rows.count, outputs)."""
        count, network = rows.count, self.network
        out = np.empty((count, network.tape.outputs), network.dtype)
        shares = self._shares(count, most=count)
        if shares == 1 and count <= self._chunk_rows:
            ready = self._ready(1, count)
            alive = ready.place(rows, network.forward_records, count, out, None)
            if ready.members > 1 or ready.job.record.last != 1:  # else it has begun with the same
                ready.job.begin(0, 1)
            ready.task(0, 0)
            del alive
            self._keep(ready)
            return out
        with team(shares) as members:
            # As many chunks for each member, of as many rows.
            turns = -(-count // (self._chunk_rows * members.members))
            chunk_rows = -(-count // (turns * members.members))
            self._run(members, rows, network.forward_records, chunk_rows, out, None)
        return out

    def loss(self, rows: Rows) -> float:
        """The mean loss over rows, without penalty."""
        # Chunks whose losses are added up are the same for any number of members.
        chunks = -(-rows.count // self._chunk_rows)
        losses = np.zeros(chunks)
        with team(self._shares(rows.count, most=chunks)) as members:
            self._run(members, rows, self.network.records, self._chunk_rows, None, losses)
        return float(losses.sum() * self.network.loss_scale / rows.total_weight)

    def _shares(self, count: int, *, most: int) -> int:
        """Among how many threads so many rows are shared."""
        return max(1, min(most, count * self._row_work // _SHARE))

    def _run(
        self,
        members: Team,
        rows: Rows,
        tape: NDArray[Any],
        chunk_rows: int,
        out: Numbers | None,
        losses: NDArray[np.float64] | None,
    ) -> None:
        ready = self._ready(members.members, chunk_rows)
        alive = ready.place(rows, tape, chunk_rows, out, losses)
        chunks = -(-rows.count // chunk_rows)
        slice_chunks = max(_LEAST_CHUNKS, _SLICE // (chunk_rows * self._row_work))
        slice_chunks *= members.members
        for first in range(0, chunks, slice_chunks):
            ready.job.begin(first, min(chunks, first + slice_chunks))
            members.run(ready.task, ready.job)
        del alive
        self._keep(ready)

    def _ready(self, members: int, chunk_rows: int) -> "_Ready":
        try:  # another thread may take the last one between a look and a pop
            ready = self._kept.pop()
        except IndexError:
            ready = None
        if ready is None or ready.members < members or ready.capacity < chunk_rows:
            # Room for some rows more, in case they come one by one.
            capacity = min(self._chunk_rows, 1 << (chunk_rows - 1).bit_length())
            ready = _Ready(self.network, capacity, members)
        return ready

    def _keep(self, ready: "_Ready") -> None:
        if ready.bytes <= _KEPT_BYTES:
            self._kept.append(ready)


class _Ready:
    """All that passes of up to so many members need, for one caller at a time.

    `capacity` is how many rows a chunk has at most.
    """

    def __init__(self, network: Network, capacity: int, members: int) -> None:
        self.members, self.capacity = members, capacity
        self.job = Job(0, capacity, capacity)
        self._buffers = network.contexts(capacity, members, shared=False)
        self.bytes = self._buffers.values.nbytes
        self._buffers.attach("shared", self.job.shared)
        _place_predictions(self.job, network, capacity)
        compiled, contexts, job = run.forward(), address(self._buffers.records), self.job.address
        self.task: Task = lambda member, _: compiled(contexts, job, member)

    def place(
        self,
        rows: Rows,
        tape: NDArray[Any],
        chunk_rows: int,
        out: Numbers | None,
        losses: NDArray[np.float64] | None,
    ) -> list[Any]:
        """Tell where all lies; gives the arrays that must stay alive.

        Predictions come to `out`, the losses of chunks to `losses`.
        """
        job, record = self.job, self.job.record
        job.follow(tape)
        record.n_rows, record.chunk_rows = rows.count, chunk_rows
        record.out = 0 if out is None else address(out)
        record.losses = 0 if losses is None else address(losses)
        return rows.fill(self._buffers.each)


def _place_predictions(job: Job, network: Network, capacity: int) -> None:
    """Tell a job where a member's predictions lie."""
    record, slot = job.record, network.tape.slots[network.tape.prediction]
    record.prediction = slot.value * capacity * network.parameters.itemsize
    record.row_bytes = network.tape.outputs * network.parameters.itemsize
