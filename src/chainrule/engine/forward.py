"""Forward passes over many rows: predictions, and the loss without a gradient.

Threads share rows. Where few rows meet a wide network, it takes longer to read the weights than to
multiply with them; there they share the units of each layer, so that each reads a part.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import partition, run
from .gemm import least_piece
from .kernels import sharing_units
from .network import Job, MemberTask, Network, Numbers
from .rows import Rows, address
from .team import Team, team

# Multiply-adds of a thread before Python looks for Ctrl-C (some 0.1 s); heavy chunks, which take
# longer, are at least so many, for threads wait for each other at the end.
_SLICE, _LEAST_CHUNKS = 2_000_000_000, 4
# Multiply-adds that each thread should have, for until one is awake another does as many (0.1 to
# 0.2 ms).
_SHARE = 6_000_000
# Values of so many bytes at most are kept from one pass to the next, with some MB of room for
# products; to make larger ones costs little beside what they are for.
_KEPT_BYTES = 8 * 1024 * 1024


class Forward:
    """A network ready to predict, again and again; safe to call from several threads at once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._row_work = max(1, partition.row_work(network.tape))
        self._chunk_rows = partition.forward_rows(network.tape, network.parameters.itemsize)
        self._unit_members = partition.unit_members(network.tape)
        # Those that no caller uses at the moment: where threads share rows, and units.
        self._kept: dict[bool, list[_Ready]] = {False: [], True: []}

    def predict(self, rows: Rows) -> Numbers:
        """The output after its link, of shape (rows.count, outputs)."""
        count, network = rows.count, self.network
        out = np.empty((count, network.tape.outputs), network.dtype)
        few = count <= self._chunk_rows
        row_shares, unit_shares = self._shares(count, most=count), 1
        if few and self._unit_members > 1:
            work = count + partition.WEIGHT_ROWS
            unit_shares = self._shares(work, most=self._unit_members)
        shares = max(row_shares, unit_shares)
        if few and shares == 1:
            self._run_alone(rows, out)
            return out
        with team(shares) as members:
            among = members.members
            by_rows, by_units = min(among, row_shares), min(among, unit_shares)
            if few and among == 1:
                self._run_alone(rows, out)
            elif partition.units_pay(count, by_rows, by_units):
                self._share_units(members.first(by_units), rows, out)
            else:
                # As many chunks for each member, of as many rows.
                turns = -(-count // (self._chunk_rows * among))
                chunk_rows = -(-count // (turns * among))
                self._share_rows(members, rows, network.forward_records, chunk_rows, out, None)
        return out

    def loss(self, rows: Rows) -> float:
        """The mean loss over rows, without penalty."""
        # Chunks whose losses are added up are the same for any number of members.
        chunks = -(-rows.count // self._chunk_rows)
        losses = np.zeros(chunks)
        with team(self._shares(rows.count, most=chunks)) as members:
            self._share_rows(members, rows, self.network.records, self._chunk_rows, None, losses)
        return float(losses.sum() * self.network.loss_scale / rows.total_weight)

    def _shares(self, count: int, *, most: int) -> int:
        """Among how many threads the work of so many rows is shared."""
        return max(1, min(most, count * self._row_work // _SHARE))

    def _run_alone(self, rows: Rows, out: Numbers) -> None:
        ready = self._ready(1, rows.count)
        alive = ready.place(rows, self.network.forward_records, rows.count, out, None)
        if ready.members > 1 or ready.job.record.last != 1:  # else it has begun with the same
            ready.job.begin(0, 1)
        ready.task(0, 0)
        del alive
        self._keep(ready)

    def _share_units(self, members: Team, rows: Rows, out: Numbers) -> None:
        ready = self._ready(members.members, rows.count, by_units=True)
        alive = ready.place(rows, ready.unit_records, rows.count, out, None)
        ready.job.begin(0, 1)
        members.run(ready.task, ready.job, meets=True)
        del alive
        self._keep(ready)

    def _share_rows(
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

    def _ready(self, members: int, chunk_rows: int, *, by_units: bool = False) -> "_Ready":
        try:  # another thread may take the last one between a look and a pop
            ready = self._kept[by_units].pop()
        except IndexError:
            ready = None
        if ready is None or not ready.serves(members, chunk_rows):
            # Room for some rows more, in case they come one by one.
            capacity = min(self._chunk_rows, 1 << (chunk_rows - 1).bit_length())
            ready = _Ready(self.network, capacity, members, by_units=by_units)
        return ready

    def _keep(self, ready: "_Ready") -> None:
        if ready.bytes <= _KEPT_BYTES:
            self._kept[ready.by_units].append(ready)


class _Ready:
    """All that passes of so many members need, for one caller at a time.

    `capacity` is how many rows a chunk has at most; `by_units`: members share units, else rows.
    """

    def __init__(self, network: Network, capacity: int, members: int, *, by_units: bool) -> None:
        self.members, self.capacity, self.by_units = members, capacity, by_units
        self.job = Job(0, capacity, capacity)
        self._buffers = network.contexts(capacity, members, shared=by_units)
        self.bytes = self._buffers.values.nbytes
        self._buffers.attach("shared", self.job.shared)
        _place_predictions(self.job, network, capacity)
        if by_units:
            self.unit_records = sharing_units(network.forward_records, network.tape, network.dtype)
            self.job.record.unit_piece = least_piece(network.dtype)
        self.task = MemberTask(
            run.forward_together() if by_units else run.forward(),
            address(self._buffers.records),
            self.job.address,
            self.job.shared,
            (self._buffers, self.job, network),
        )

    def serves(self, members: int, chunk_rows: int) -> bool:
        """Whether so many members can use it: those who meet are as many as it was made for."""
        enough = self.members == members if self.by_units else self.members >= members
        return enough and self.capacity >= chunk_rows

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
