"""Gradients row by row: the Jacobian of the predictions with respect to the parameters.

Each row is a chunk of its own that sums its own part of the gradient, so every operation's own
backward step and gradient are used. What begins them is a loss whose slope is its target: the
target 1 at one output and 0 at the others gives that output's row of the Jacobian.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.formulas import Loss
from chainrule.graph.spread import seeded

from .descent import Steps
from .network import Network, Numbers
from .rows import Rows
from .unsteady import refuse_unsteady
from .work import LINE

# A piece of the Jacobian takes about so many bytes.
PIECE_BYTES = 32 * 1024 * 1024


def chosen_output(y: float, p: float) -> float:
    """The product y * p: its slope in p is y."""
    return y * p


def chosen_output_slope(y: float, p: float) -> float:
    """Return y."""
    return y


_SEED = Loss("chosen_output", chosen_output, chosen_output_slope, "identity", None, "sum")


class RowJacobian(Steps):
    """The derivative of each row's predictions with respect to each parameter.

    Parameters
    ----------
    network : Network
        The Jacobian is that at its parameters, as they are when this is called.
    rows : Rows
        Targets and weights play no part.
    piece_rows : int or None
        Rows that are held at a time; None: as many as fit into 32 MiB.

    Raises
    ------
    ValueError
        A normalisation over the batch, where a row's prediction depends on the other rows; a
        layer that draws numbers; members with rows of their own.
    """

    moves_weights = False

    def __init__(self, network: Network, rows: Rows, piece_rows: int | None = None) -> None:
        tape = seeded(network.tape, _SEED)
        refuse_unsteady(tape, "a Jacobian")
        if tape.own_rows > 1:
            raise ValueError(
                f"own_rows must be False for a Jacobian, got {tape.own_rows} members with rows of "
                'their own. Take the solver "adam", or let the members share rows.'
            )
        own = Network(tape, network.parameters)
        # A row's part of the gradient, and what members share of its chunk.
        row_bytes = network.parameters.nbytes + 8 * LINE
        fitting = max(1, PIECE_BYTES // row_bytes) if piece_rows is None else piece_rows
        table_rows = rows.x.shape[0]
        self._seeds = np.zeros((table_rows, tape.outputs), own.dtype)
        chosen = Rows(rows.x, self._seeds, None, rows.subset)
        super().__init__(own, chosen, min(fitting, rows.count))
        self.steps = 1

    def _cut(self) -> tuple[int, bool]:
        return 1, True

    def pieces(self) -> Iterator[tuple[slice, int, Numbers]]:
        """Pieces of it: which rows, which output, and (rows, parameters) derivatives.

        A piece is valid, and may be written to, until the next one is asked for.
        """
        rows = self.rows
        numbers = np.arange(rows.count) if rows.subset is None else rows.subset
        for first in range(0, rows.count, self.batch_rows):
            own = slice(first, min(first + self.batch_rows, rows.count))
            order = np.ascontiguousarray(numbers[own])
            for output in range(self._seeds.shape[1]):
                self._seeds[...] = 0.0
                self._seeds[:, output] = 1.0
                self.job.record.n_rows = len(order)
                self.run(order)
                yield own, output, self._part(len(order))

    def __call__(self) -> Numbers:
        """All of it, of shape (rows, outputs, parameters)."""
        shape = (self.rows.count, self._seeds.shape[1], self.network.tape.parameter_count)
        whole = np.empty(shape, self.network.dtype)
        for rows, output, piece in self.pieces():
            whole[rows, output] = piece
        return whole

    def predictions(self, rows: int) -> Numbers:
        """The predictions of the rows of the piece at hand, of shape (rows, outputs)."""
        slot = self.network.tape.slots[self.network.tape.prediction]
        return self.slot(slot.value, slot.width, deltas=False)[:rows]

    def _part(self, rows: int) -> NDArray[Any]:
        parts = self._gradient.reshape(-1, self.network.tape.parameter_count)
        return parts[:rows]
