"""The networks that are timed and the data they are trained on."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
"""Adam's settings: scikit-learn's defaults, given to every peer."""

ALPHA = 1e-4
"""L2 strength: scikit-learn's default. Its gradient is ALPHA * weights / batch."""


@dataclass(frozen=True)
class Size:
    """One network with the amount of training that is timed.

    `rows` is a multiple of `batch`, so that every peer takes the same equal steps.
    """

    layers: tuple[int, ...]
    batch: int
    rows: int
    epochs: int

    @property
    def name(self) -> str:
        """The network and batch size in the form 10-32-2/32."""
        return "-".join(map(str, self.layers)) + f"/{self.batch}"

    @property
    def classes(self) -> int:
        """Number of classes in the data."""
        return self.layers[-1]

    @property
    def trained_layers(self) -> tuple[int, ...]:
        """Layer widths as trained: two classes share one logistic output, as in scikit-learn."""
        return (*self.layers[:-1], 1 if self.classes == 2 else self.classes)

    @property
    def steps(self) -> int:
        """Optimizer steps of one fit."""
        return self.rows // self.batch * self.epochs

    @property
    def step_flops(self) -> int:
        """Multiply-adds of one step, counted as two operations each.

        Three products a layer (forward, gradient of the weights, delta of the layer below);
        the first layer needs no delta.
        """
        products = [fan_in * fan_out for fan_in, fan_out in pairwise(self.trained_layers)]
        return 2 * self.batch * (3 * sum(products) - products[0])

    def quick(self) -> "Size":
        """Return the same network with at most about an eighth of the training."""
        return replace(self, epochs=max(1, self.epochs // 8))


# Rows and epochs make the slowest peer's fit last between 0.3 and 3 s on two cores.
SIZES = {
    size.name: size
    for size in (
        Size((10, 32, 2), batch=32, rows=6_400, epochs=32),
        Size((10, 64, 64, 2), batch=32, rows=6_400, epochs=24),
        Size((54, 100, 7), batch=200, rows=20_000, epochs=24),
        Size((54, 256, 128, 7), batch=256, rows=25_600, epochs=12),
        Size((784, 512, 512, 10), batch=256, rows=12_800, epochs=5),
        Size((784, 2048, 2048, 10), batch=1024, rows=4_096, epochs=3),
    )
}


def make_rows(rows: int, columns: int, dtype: str, seed: int = 0) -> npt.NDArray[np.floating]:
    """Return (rows, columns) standard normal numbers, made in `dtype` without a wider copy."""
    return np.random.default_rng(seed).standard_normal((rows, columns), dtype=np.dtype(dtype).type)


def make_data(size: Size, dtype: str) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.int64]]:
    """Return X (rows, columns) and class labels y (rows,), the same for every peer.

    The classes are the largest of noisy linear scores: learnable, so that a training loop that
    does not train shows by its loss, and never separable, so that the loss has a floor.
    """
    rng = np.random.default_rng(1)
    columns = size.layers[0]
    X = make_rows(size.rows, columns, "float64")
    scores = X @ rng.standard_normal((columns, size.classes)) * (3.0 / np.sqrt(columns))
    y = np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)
    return X.astype(dtype), y
