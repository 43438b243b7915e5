"""Forward passes over many rows: predictions, and the loss without a gradient."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import partition, run
from .blas import one_thread
from .network import Buffers, Job, Network, Numbers
from .rows import Rows
from .team import team

# Chunks that run before Python looks for Ctrl-C: a chunk takes well under a millisecond.
_SLICE_CHUNKS = 64
# Multiply-adds above which a forward pass is worth waking other threads for (some tens of microseconds).
_SMALL_PASS = 2_000_000

_NO_BYTES = np.zeros(0, np.uint8)
_NO_NUMBERS = np.zeros(0)


class Forward:
    """A network ready to predict, again and again, with its buffers kept."""

    def __init__(self, network: Network) -> None:
        self.network = network
        tape = network.tape
        self._chunk_rows = partition.forward_rows(tape, network.parameters.itemsize)
        self._prediction = tape.slots[tape.prediction]
        self._buffers: dict[tuple[int, int], Buffers] = {}

    def predict(self, rows: Rows) -> Numbers:
        """The output after its link, of shape (rows.count, outputs)."""
        out = np.empty((rows.count, self.network.tape.outputs), self.network.dtype)
        self._run(rows, self.network.forward_records, out.reshape(-1).view(np.uint8))
        return out

    def loss(self, rows: Rows) -> float:
        """The mean loss over rows, without penalty."""
        losses = self._run(rows, self.network.records, _NO_BYTES)
        return float(losses.sum() * self.network.loss_scale / rows.total_weight)

    def _run(
        self, rows: Rows, tape: NDArray[Any], out: NDArray[np.uint8]
    ) -> NDArray[np.float64]:
        compiled = run.forward()
        network = self.network
        chunk_rows = min(self._chunk_rows, rows.count)
        chunks = -(-rows.count // chunk_rows)
        job = Job(rows.count, chunk_rows, chunk_rows)
        losses = np.zeros(chunks) if not out.size else _NO_NUMBERS
        work = rows.count * network.tape.parameter_count
        wanted = 1 if work < _SMALL_PASS else chunks
        with one_thread(), team(wanted) as members:
            buffers = network.contexts(chunk_rows, members.members, shared=False)
            alive = rows.fill(buffers.records)
            prediction = self._prediction.value * chunk_rows * network.parameters.itemsize
            arguments = (buffers.records, tape, job.records, losses, prediction, out)
            for first in range(0, chunks, _SLICE_CHUNKS * members.members):
                job.begin(first, min(chunks, first + _SLICE_CHUNKS * members.members))
                members.run(lambda member: compiled(*arguments, member), job)
            del alive
        return losses
