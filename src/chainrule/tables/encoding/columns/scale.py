"""Numbers to comparable sizes: four ways, each learned from the known training values."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# Beyond this the smooth clip differs from its limit by less than the last bit, and below the
# square root of the largest number its square is finite.
_FARTHEST = 1e15
# Quantiles and rows that they are learned from: scikit-learn's own defaults.
_QUANTILES, _SUBSAMPLE = 1000, 10_000
# TabR's.
_ROWS_A_QUANTILE, _FEWEST_QUANTILES, _NOISE = 30, 10, 1e-3


def smooth_clip(z: NDArray[np.floating]) -> None:
    """f(z) = z / sqrt(1 + (z / 3)^2), in place: z where it is small, and always within (-3, 3).

    Source: RealMLP, Holzmueller, Grinsztajn, Steinwart 2024, arXiv 2407.04491.
    """
    square = z / 3.0
    square *= square
    square += 1.0
    z /= np.sqrt(square, out=square)


@dataclass(frozen=True)
class RobustScale:
    """Minus the median, over the interquartile range, then clipped smoothly.

    f(x) = smooth_clip((x - center) * factor); factor = 1 / (q75 - q25), or where that range is 0,
    2 / (max - min).

    Source: RealMLP, Holzmueller, Grinsztajn, Steinwart 2024, arXiv 2407.04491.
    """

    center: float
    factor: float

    name: ClassVar[str] = "robust"

    @classmethod
    def learn(cls, known: Values, random_state: int) -> Self:
        """Learn the median and the spread of values that differ."""
        # Of halves, so that no difference of huge numbers overflows.
        halves = known * 0.5
        low, center, high = np.quantile(halves, [0.25, 0.5, 0.75]).tolist()
        spread = (high - low) or float(halves.max() - halves.min()) / 2
        return cls(2 * center, 0.5 / spread if spread else math.inf)

    def apply(self, values: Values) -> Values:
        """Scale the values; NaN stays NaN."""
        with np.errstate(over="ignore"):
            z = values - self.center
            z *= self.factor
        np.clip(z, -_FARTHEST, _FARTHEST, out=z)
        smooth_clip(z)
        return z


@dataclass(frozen=True)
class StandardScale:
    """Minus the mean, over the standard deviation."""

    center: float
    deviation: float

    name: ClassVar[str] = "standard"

    @classmethod
    def learn(cls, known: Values, random_state: int) -> Self:
        """Learn the mean and the deviation of values that differ."""
        # Divided first, so that squares of huge numbers do not overflow.
        unit = float(np.abs(known).max())
        scaled = known / unit
        return cls(float(scaled.mean()) * unit, float(scaled.std()) * unit)

    def apply(self, values: Values) -> Values:
        """Scale the values; NaN stays NaN."""
        with np.errstate(over="ignore"):
            z = values - self.center
            z /= self.deviation
        return z


@dataclass(frozen=True)
class QuantileScale:
    """To the normal distribution, by ranks: scikit-learn's `QuantileTransformer`.

    `quantiles` are those of half the numbers, whose differences cannot overflow.
    """

    quantiles: tuple[float, ...]

    name: ClassVar[str] = "quantile"

    @classmethod
    def learn(cls, known: Values, random_state: int) -> Self:
        """Learn the quantiles, of a random part of very many rows."""
        transformer = _transformer(min(_QUANTILES, len(known)), random_state)
        return cls(_quantiles_of(transformer, known))

    def apply(self, values: Values) -> Values:
        """Scale the values; NaN stays NaN."""
        count = len(self.quantiles)
        transformer = _transformer(count, 0)
        transformer.n_features_in_ = 1
        transformer.n_quantiles_ = count
        transformer.quantiles_ = np.array(self.quantiles)[:, np.newaxis]
        transformer.references_ = np.linspace(0, 1, count)
        scaled: Values = transformer.transform(values[:, np.newaxis] * 0.5)[:, 0]
        return scaled


@dataclass(frozen=True)
class NoisyQuantileScale(QuantileScale):
    """To the normal distribution, by quantiles of slightly noisy numbers: one for thirty rows.

    A number that many rows share, be it the smallest, so comes to the middle of its ranks. The
    noise has deviation 0.001 / max(deviation of the numbers, 0.001).

    Source: TabR (Gorishniy et al. 2023, arXiv 2307.14338) and TabM, as in pytabkit 1.7.3.
    """

    name: ClassVar[str] = "noisy-quantile"

    @classmethod
    def learn(cls, known: Values, random_state: int) -> Self:
        """Learn the quantiles; of all rows."""
        unit = float(np.abs(known).max())
        deviation = float((known / unit).std()) * unit
        noise = np.random.default_rng(random_state).standard_normal(len(known))
        count = min(max(len(known) // _ROWS_A_QUANTILE, _FEWEST_QUANTILES), _QUANTILES, len(known))
        transformer = _transformer(count, random_state, subsample=len(known))
        return cls(_quantiles_of(transformer, known + _NOISE / max(deviation, _NOISE) * noise))


Scale = RobustScale | StandardScale | QuantileScale | NoisyQuantileScale
SCALES: dict[str, type[Scale]] = {
    scale.name: scale for scale in (RobustScale, StandardScale, QuantileScale, NoisyQuantileScale)
}


def learn_scale(name: str, known: Values, random_state: int) -> Scale | None:
    """Learn the scale of that name; None where the values do not differ."""
    if not len(known) or known.min() == known.max():
        return None
    scale = SCALES[name].learn(known, random_state)
    return scale if _usable(scale) else None


def scale_to_plain(scale: Scale) -> dict[str, Any]:
    """Return the scale as a dict of plain values, for the model file."""
    return {"scale": scale.name, **vars(scale)}


def scale_from_plain(plain: dict[str, Any]) -> Scale:
    """Make a scale again; ValueError, TypeError or KeyError when the values are not one's."""
    numbers = {name: value for name, value in plain.items() if name != "scale"}
    scale = SCALES[plain["scale"]](**numbers)
    if not _usable(scale):
        raise ValueError(f"a {scale.name} scale has no usable numbers")
    return scale


def _usable(scale: Scale) -> bool:
    """Tell whether the numbers are finite and in order: differences may underflow to 0."""
    if isinstance(scale, QuantileScale):
        values = np.array(scale.quantiles, dtype=np.float64)
        rising = len(values) > 1 and bool((np.diff(values) >= 0).all())
        return rising and bool(np.isfinite(values).all())
    size = scale.factor if isinstance(scale, RobustScale) else scale.deviation
    return math.isfinite(scale.center) and math.isfinite(size) and size > 0


def _quantiles_of(transformer: Any, known: Values) -> tuple[float, ...]:
    """Those of half the numbers."""
    transformer.fit(known[:, np.newaxis] * 0.5)
    return tuple(transformer.quantiles_[:, 0].tolist())


def _transformer(quantiles: int, random_state: int, subsample: int = _SUBSAMPLE) -> Any:
    from sklearn.preprocessing import QuantileTransformer

    return QuantileTransformer(
        n_quantiles=quantiles,
        output_distribution="normal",
        subsample=subsample,
        random_state=random_state,
    )
