"""Hypothesis strategies of the whole suite, named by what they draw."""

from hypothesis import settings
from hypothesis import strategies as st

# The first example of a test may compile or import something large: its time says nothing.
settings.register_profile("chainrule", deadline=None)
settings.load_profile("chainrule")


def reals(size: float) -> st.SearchStrategy[float]:
    """A finite number of at most `size`, either sign, tiny ones and zeros included."""
    return st.floats(-size, size, allow_nan=False)


def probabilities() -> st.SearchStrategy[float]:
    """A probability that is neither 0 nor 1."""
    return st.floats(1e-6, 1.0 - 1e-6)


def rows(size: float, longest: int = 7) -> st.SearchStrategy[list[float]]:
    """A row of one to `longest` numbers."""
    return st.lists(reals(size), min_size=1, max_size=longest)


def fans() -> st.SearchStrategy[int]:
    """The number of inputs or outputs of a layer."""
    return st.integers(1, 5000)


def product_sizes() -> st.SearchStrategy[tuple[int, int, int]]:
    """Rows, columns and terms of a product of matrices: some tiles, panels and stretches."""
    return st.tuples(st.integers(1, 130), st.integers(1, 100), st.integers(1, 600))


def layouts() -> st.SearchStrategy[dict[str, int]]:
    """How a matrix may lie in memory: transposed, with gaps between rows, off any alignment."""
    return st.fixed_dictionaries(
        {"transposed": st.booleans(), "gap": st.integers(0, 5), "offset": st.integers(0, 3)}
    )
