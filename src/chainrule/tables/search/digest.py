"""A digest of a table's values: the same in every process, and for every version of a library."""

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reading.frames import Frame
from ..values.factors import factorise
from ..values.series import CATEGORICAL, Series, cast_numbers, kind_of


def digest_of(values: Frame | NDArray[Any]) -> str:
    """Digest the values of a frame, whatever the order of its columns, or of an array."""
    found = blake2b(digest_size=16)
    if isinstance(values, np.ndarray):
        found.update(_bytes_of_array(values))
        return found.hexdigest()
    for name in sorted(values.columns):
        found.update(f"{name}\0".encode())
        found.update(_bytes_of(values[name]))
    return found.hexdigest()


def _bytes_of(column: Series) -> bytes:
    if kind_of(column) != CATEGORICAL:
        return _bytes_of_array(cast_numbers(column))
    factors = factorise(column)
    # Each library finds the words in an order of its own.
    order = sorted(range(len(factors.words)), key=factors.words.__getitem__)
    place = np.empty(len(order), dtype="<i8")
    place[order] = np.arange(len(order))
    words = "\0".join(factors.words[i] for i in order)
    return words.encode(errors="surrogatepass") + factors.spread(place, -1).tobytes()


def _bytes_of_array(values: NDArray[Any]) -> bytes:
    if values.dtype.kind not in "fiub":
        return "\0".join(map(str, values.tolist())).encode(errors="surrogatepass")
    numbers = values.astype("<f8")
    # There are many NaNs.
    numbers[np.isnan(numbers)] = np.nan
    return numbers.tobytes()
