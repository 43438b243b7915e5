"""Strategies for what a model file can hold, and equality that sees dtypes and NaN."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

NUMBERS = ["bool", "float16", "float32", "float64"]
NUMBERS += [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]

text = st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
numpy_scalars = st.sampled_from(NUMBERS).flatmap(
    lambda name: arrays.from_dtype(np.dtype(name)).map(np.dtype(name).type)
)
shapes = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
numeric_arrays = st.sampled_from(NUMBERS).flatmap(lambda name: arrays.arrays(name, shapes))
text_arrays = arrays.arrays(st.integers(1, 12).map(lambda n: np.dtype(f"<U{n}")), shapes)


@st.composite
def object_arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    values = draw(st.lists(scalars, max_size=5))
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@st.composite
def random_states(draw: st.DrawFn) -> np.random.RandomState:
    random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
    random.random(draw(st.integers(0, 700)))
    random.standard_normal(draw(st.integers(0, 3)))
    return random


leaves = scalars | numpy_scalars | numeric_arrays | text_arrays | object_arrays() | random_states()
plain_values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(text, inner, max_size=3)
        | st.dictionaries(st.integers() | st.tuples(text, st.integers()), inner, max_size=2)
    ),
    max_leaves=8,
)


def same(a: Any, b: Any) -> bool:
    """Tell whether two plain values agree in type, dtype, shape and every value."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a), list(b)) and same(list(a.values()), list(b.values()))
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        return all(map(same, a.ravel().tolist(), b.ravel().tolist()))
    if isinstance(a, np.random.RandomState):
        return same(a.get_state(legacy=False), b.get_state(legacy=False))
    return repr(a) == repr(b)
