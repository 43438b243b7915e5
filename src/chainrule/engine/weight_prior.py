"""A learned prior beside the tape: its kernels, and its part in a gradient over all rows."""

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels import beside_rows
from .network import Buffers, Job, Network

_KERNEL = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_int64] * 4)


class WeightPrior:
    """The prior of a network's tape, ready for steps.

    Parameters
    ----------
    network : Network
    blocks, segments : ndarray
        How the parameters are cut.
    rows : float
        The weight of all rows, on which the strength may depend.
    """

    def __init__(
        self, network: Network, blocks: NDArray[Any], segments: NDArray[Any], rows: float
    ) -> None:
        line: Any = network.tape.weight_prior
        number = network.tape.instructions.index(line)
        self._record = network.records[number : number + 1].copy()
        self._record["rate"] = line.layer.strength_for(rows)
        self._sums = np.zeros((len(blocks), line.parameter_count + 1))
        self._segments = segments
        self._block = int(np.argmax(blocks["instruction"] == number))
        self._pull, self._collect = (
            beside_rows("weight_prior", role, line.row, network.dtype)
            for role in ("pull", "collect")
        )

    def attach(self, buffers: Buffers) -> None:
        """Let the members find it."""
        buffers.attach("prior", self._record)
        buffers.attach("prior_sums", self._sums)

    def join(self, job: Job) -> None:
        """Let it take part in every step."""
        job.record.pull, job.record.collect = self._pull, self._collect
        job.record.prior_block = self._block

    def add(self, buffers: Buffers, scale: float) -> float:
        """Add its slope to a gradient that is to be multiplied by `scale`; gives the penalty."""
        buffers.records["scale"] = scale
        context = buffers.records.ctypes.data
        for segment in self._segments[self._segments["kind"] % 2 == 1]:
            _called(self._pull)(context, int(segment["first"]), int(segment["count"]), 0)
        return float(_called(self._collect)(context, 1, 0, 0))


@cache
def _called(address: int) -> Any:
    return _KERNEL(address)
