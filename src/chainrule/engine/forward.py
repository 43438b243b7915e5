"""Forward passes over many rows: predictions, and the loss without a gradient."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import partition, run
from .network import Job, Network, Numbers
from .rows import Rows, address
from .team import team

# Chunks that run before Python looks for Ctrl-C: a chunk takes well under a millisecond.
_SLICE_CHUNKS = 64
# Multiply-adds above which a forward pass is worth waking other threads for (some tens of
# microseconds).
_SMALL_PASS = 2_000_000
# Multiply-adds of a few rows for which everything is kept ready from one prediction to the next.
_TINY_PASS = 200_000


class Forward:
    """A network ready to predict, again and again; safe to call from several threads at once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._chunk_rows = partition.forward_rows(network.tape, network.parameters.itemsize)
        self._kept: list[_OneChunk] = []

    def predict(self, rows: Rows) -> Numbers:
        """The output after its link, of shape (rows.count, outputs)."""
        out = np.empty((rows.count, self.network.tape.outputs), self.network.dtype)
        count = rows.count
        if count <= self._chunk_rows and count * self.network.tape.parameter_count <= _TINY_PASS:
            try:  # another thread may take the last one between a look and a pop
                kept = self._kept.pop()
            except IndexError:
                kept = _OneChunk(self.network, self._chunk_rows)
            kept.predict(rows, out)
            self._kept.append(kept)
        else:
            self._run(rows, self.network.forward_records, out)
        return out

    def loss(self, rows: Rows) -> float:
        """The mean loss over rows, without penalty."""
        losses = self._run(rows, self.network.records, None)
        return float(losses.sum() * self.network.loss_scale / rows.total_weight)

    def _run(self, rows: Rows, tape: NDArray[Any], out: Numbers | None) -> NDArray[np.float64]:
        network = self.network
        chunk_rows = min(self._chunk_rows, rows.count)
        chunks = -(-rows.count // chunk_rows)
        job = Job(rows.count, chunk_rows, chunk_rows)
        losses = np.zeros(chunks)
        wanted = 1 if rows.count * network.tape.parameter_count < _SMALL_PASS else chunks
        with team(wanted) as members:
            buffers = network.contexts(chunk_rows, members.members, shared=False)
            alive = rows.fill(buffers.records)
            buffers.attach("shared", job.shared)
            job.follow(tape)
            _place_predictions(job, network, chunk_rows)
            if out is None:
                job.record.losses = address(losses)
            else:
                job.record.out = address(out)
            compiled, contexts = run.forward(), address(buffers.records)
            for first in range(0, chunks, _SLICE_CHUNKS * members.members):
                job.begin(first, min(chunks, first + _SLICE_CHUNKS * members.members))
                members.run(lambda member, _: compiled(contexts, job.address, member), job)
            del alive
        return losses


class _OneChunk:
    """Everything that predicting a few rows needs, made once."""

    def __init__(self, network: Network, capacity: int) -> None:
        self._network = network
        self._buffers = network.contexts(capacity, 1, shared=False)
        self._contexts = address(self._buffers.records)
        self._job = Job(capacity, capacity, capacity)
        self._buffers.attach("shared", self._job.shared)
        self._job.begin(0, 1)
        self._job.follow(network.forward_records)
        _place_predictions(self._job, network, capacity)
        self._compiled = run.forward()

    def predict(self, rows: Rows, out: Numbers) -> None:
        """Write the predictions of at most `capacity` rows to `out`."""
        alive = rows.fill(self._buffers.records)
        self._job.record.n_rows = rows.count
        self._job.record.out = address(out)
        self._compiled(self._contexts, self._job.address, 0)
        del alive


def _place_predictions(job: Job, network: Network, capacity: int) -> None:
    """Tell a job where a member's predictions lie."""
    record, slot = job.record, network.tape.slots[network.tape.prediction]
    record.prediction = slot.value * capacity * network.parameters.itemsize
    record.row_bytes = network.tape.outputs * network.parameters.itemsize
