"""What a link or activation that ties a row's numbers together is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating]


@dataclass(frozen=True)
class RowLink:
    """A function of a whole row with its pullback (the transposed Jacobian times a vector).

    The function is made of three: `before(z, p)` writes a row, `element` is applied to each number
    of it, `after(p)` finishes the row. So the costly part works on numbers alone, many rows at
    once. `pullback(p, g, out)` writes dL/dz to `out`, given g = dL/dp.
    """

    name: str
    before: Callable[[Vector, Vector], None]
    element: Callable[[float], float]
    after: Callable[[Vector], None]
    pullback: Callable[[Vector, Vector, Vector], None]

    def value(self, z: Vector, p: Vector) -> None:
        """Write the whole function of z to p."""
        self.before(z, p)
        for k in range(p.size):
            p[k] = self.element(p[k])
        self.after(p)
