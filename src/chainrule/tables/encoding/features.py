"""The last step before the network: 0/1 features centred, scaled and clipped as numbers are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .columns.block import CODES, NUMERIC, Block
from .columns.scale import smooth_clip


@dataclass(frozen=True)
class FeatureScale:
    """x becomes smooth_clip((x - centre) * factor) in `len(centre)` columns from `start` on."""

    start: int
    centre: NDArray[np.float32]
    factor: NDArray[np.float32]

    @classmethod
    def learn(cls, matrix: NDArray[Any], layout: Sequence[Block]) -> Self:
        """Median and quartiles of every column that is neither a number nor a code.

        RealMLP treats one-hot columns so: a rare level's 1 becomes 1.66, a frequent one's less.
        """
        own = [block for block in layout if block.kind not in (NUMERIC, CODES)]
        start = own[0].start if own else 0
        part = matrix[:, start : start + sum(block.width for block in own)]
        if not part.shape[1]:
            return cls(start, np.zeros(0, np.float32), np.zeros(0, np.float32))
        low, centre, high = np.quantile(part, (0.25, 0.5, 0.75), axis=0)
        spread = high - low
        spread = np.where(spread > 0.0, spread, 0.5 * (part.max(axis=0) - part.min(axis=0)))
        factor = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0.0)
        return cls(start, centre.astype(np.float32), factor.astype(np.float32))

    def apply(self, matrix: NDArray[Any]) -> None:
        """Change the matrix in place."""
        part = matrix[:, self.start : self.start + len(self.centre)]
        part -= self.centre
        part *= self.factor
        smooth_clip(part)
