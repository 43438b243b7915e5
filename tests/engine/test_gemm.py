"""Products of our own: exact on integers, in any layout, the same bits however they are cut."""

import ctypes
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import strategies
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chainrule.engine import team
from chainrule.engine.descent import Descent
from chainrule.engine.gemm import least_piece, panels, product_address, workspaces
from chainrule.engine.gemm.shape import shape
from chainrule.engine.rows import Rows
from chainrule.graph import Dense, Graph, Input, chain

from . import networks

FLOATS = (np.float32, np.float64)
# What is added to a product: C as it was, or one row to each of its rows, as biases are.
ADDED = ("nothing", "itself", "row")
BOTH_FLOATS = pytest.mark.parametrize("dtype", FLOATS)


@dataclass(frozen=True)
class Layout:
    """How a matrix lies in memory: transposed, with gaps between its rows, off any alignment."""

    transposed: bool = False
    gap: int = 0
    offset: int = 0

    def placed(self, matrix: np.ndarray, outside: float) -> tuple[np.ndarray, np.ndarray]:
        """A copy of the matrix, as it is laid out, and all of the memory around it."""
        stored = matrix.T if self.transposed else matrix
        rows, columns = stored.shape
        memory = np.full(self.offset + rows * (columns + self.gap) + 3, outside, matrix.dtype)
        inside = memory[self.offset : self.offset + rows * (columns + self.gap)]
        view = inside.reshape(rows, -1)[:, :columns]
        view[...] = stored
        return view, memory


def multiply(a: Any, b: Any, c: Any, d: Any = None, *, transposed=(False, False)) -> None:
    """C = op(A) op(B) [+ D] for views whose rows are contiguous; D may be a single row for all."""
    dtype = c.dtype.type
    product = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64, ctypes.c_void_p)(
        product_address(dtype)
    )
    workspace = workspaces(2, dtype)
    behind = workspace[1, 1:2048]  # of another member
    behind[:] = 7
    terms = a.shape[0] if transposed[0] else a.shape[1]
    operands = [n for m in (a, b, c) for n in (m.ctypes.data, m.strides[0] // m.itemsize)]
    added = (0, 0)
    if d is not None:
        added = (d.ctypes.data, 0 if d.ndim == 1 else d.strides[0] // d.itemsize)
    numbers = np.array([*transposed, *c.shape, terms, *operands, *added], np.int64)
    product(workspace.ctypes.data, numbers.ctypes.data)
    assert (behind == 7).all()


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    c = np.empty((a.shape[0], b.shape[1]), a.dtype)
    multiply(a, b, c)
    return c


def check_product(dtype, sizes, layouts, added: str) -> None:
    """Small integers: every sum is exact, in whatever order. What lies outside is NaN."""
    m, n, k = sizes
    rng = np.random.default_rng(m * n * k)
    a, b, c = (rng.integers(-4, 5, size=size) for size in ((m, k), (k, n), (m, n)))
    layouts = (*layouts[:2], replace(layouts[2], transposed=False))
    row = rng.integers(-4, 5, size=n)
    expected = a @ b + {"nothing": 0, "itself": c, "row": row}[added]
    (a_own, _), (b_own, _), (c_own, around) = (
        layout.placed(matrix.astype(dtype), np.nan)
        for layout, matrix in zip(layouts, (a, b, c), strict=True)
    )
    row_own = np.append(row, np.nan).astype(dtype)[:n]
    d = {"nothing": None, "itself": c_own, "row": row_own}[added]
    multiply(a_own, b_own, c_own, d, transposed=[own.transposed for own in layouts[:2]])
    np.testing.assert_array_equal(c_own, expected)
    # Nothing is written beside C, and NaN beside A and B is not read.
    assert np.isnan(around).sum() == around.size - c_own.size


@settings(max_examples=150, deadline=None)
@given(
    dtype=st.sampled_from(FLOATS),
    sizes=strategies.product_sizes(),
    layouts=st.tuples(*[strategies.layouts().map(lambda named: Layout(**named))] * 3),
    added=st.sampled_from(ADDED),
)
@example(np.float32, (1, 1, 1), (Layout(), Layout(), Layout()), "nothing")
@example(np.float32, (15, 33, 257), (Layout(True), Layout(), Layout(gap=1)), "itself")
@example(np.float64, (29, 1100, 9), (Layout(), Layout(gap=2), Layout()), "row")
@example(np.float32, (97, 1100, 270), (Layout(), Layout(True), Layout(offset=1)), "nothing")
@example(np.float32, (97, 1100, 270), (Layout(True), Layout(), Layout(offset=1)), "itself")
@example(np.float64, (97, 300, 530), (Layout(True), Layout(True), Layout()), "itself")
@example(np.float32, (97, 270, 300), (Layout(True), Layout(True), Layout(gap=2)), "row")
@example(np.float64, (30, 5, 9000), (Layout(), Layout(), Layout(gap=1)), "row")
@example(np.float32, (1100, 9, 300), (Layout(True), Layout(), Layout(gap=1)), "row")
# A narrow C over several blocks; rows 4 KB apart; columns of A of which several share a cache line.
@example(np.float32, (1100, 9, 300), (Layout(True), Layout(gap=2), Layout(gap=1)), "itself")
@example(np.float64, (600, 7, 20), (Layout(True), Layout(True), Layout()), "row")
@example(np.float32, (30, 200, 100), (Layout(True), Layout(), Layout()), "nothing")
@example(np.float32, (30, 260, 300), (Layout(gap=724), Layout(), Layout()), "itself")
@example(np.float32, (97, 270, 300), (Layout(True, gap=500), Layout(), Layout(gap=3)), "itself")
# Panels of few terms and of whole turns, tiles of few rows; A copied with B in place; C turned.
@example(np.float32, (97, 270, 3), (Layout(True), Layout(True), Layout()), "itself")
@example(np.float32, (97, 270, 256), (Layout(True), Layout(True), Layout()), "nothing")
@example(np.float32, (13, 270, 21), (Layout(True), Layout(True), Layout()), "row")
@example(np.float32, (30, 200, 100), (Layout(gap=924), Layout(), Layout()), "itself")
@example(np.float32, (1100, 6, 300), (Layout(True), Layout(), Layout(gap=1)), "row")
# More rows and columns than panels of A are kept for; columns that are read or written as rows.
@example(np.float32, (1600, 1100, 270), (Layout(), Layout(), Layout()), "itself")
@example(np.float64, (1600, 600, 130), (Layout(True), Layout(), Layout(gap=1)), "row")
@example(np.float32, (40, 33, 1), (Layout(), Layout(True), Layout()), "row")
@example(np.float32, (40, 33, 1), (Layout(), Layout(True, gap=1), Layout()), "nothing")
@example(np.float32, (33, 1, 40), (Layout(True), Layout(), Layout()), "itself")
@example(np.float64, (33, 1, 40), (Layout(True), Layout(), Layout()), "row")
# Few rows: of fewer columns than a vector, of several stretches, of every count of terms, of more
# columns than there is room for.
@example(np.float32, (1, 7, 15), (Layout(True), Layout(gap=1), Layout()), "row")
@example(np.float32, (2, 4100, 300), (Layout(), Layout(gap=1), Layout(gap=2)), "itself")
@example(np.float64, (3, 2100, 300), (Layout(True), Layout(), Layout(offset=1)), "itself")
@example(np.float64, (1, 2048, 135), (Layout(), Layout(), Layout()), "row")
@example(np.float64, (3, 12_000, 5), (Layout(), Layout(), Layout(gap=1)), "row")
@example(np.float64, (3, 12_800, 5), (Layout(), Layout(), Layout(gap=1)), "row")
# Several groups of few rows, of as many rows and not, of one stretch and of two; a row too many.
@example(np.float32, (4, 600, 15), (Layout(gap=1), Layout(), Layout(gap=1)), "row")
@example(np.float64, (7, 600, 300), (Layout(True), Layout(gap=1), Layout()), "itself")
@example(np.float32, (9, 600, 300), (Layout(), Layout(), Layout(offset=1)), "nothing")
@example(np.float64, (9, 300, 130), (Layout(), Layout(), Layout(gap=2)), "row")
@example(np.float32, (10, 600, 300), (Layout(), Layout(), Layout()), "itself")
def test_exact_on_integers_in_any_layout(dtype, sizes, layouts, added):
    check_product(dtype, sizes, layouts, added)


class Shuffler:
    """Shuffles lists as the emitter shuffles vectors, whatever width the processor's have."""

    def __init__(self, lanes: int, size: int) -> None:
        self.shape = SimpleNamespace(lanes=lanes, size=size)

    def shuffle(self, a, b, lanes):
        return [(a + b)[lane] for lane in lanes]


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("width", [16, 32, 64])
def test_squares_are_transposed_by_shuffles_of_any_width(width, size):
    lanes = width // size
    rows = [[(r, column) for column in range(lanes)] for r in range(lanes)]
    columns = panels._columns(Shuffler(lanes, size), rows)
    assert columns == [list(column) for column in zip(*rows, strict=True)]


@BOTH_FLOATS
def test_sums_round_as_often_as_they_have_terms(dtype, rng):
    a, b = rng.normal(size=(20, 700)).astype(dtype), rng.normal(size=(700, 40)).astype(dtype)
    exact = a.astype(np.longdouble) @ b.astype(np.longdouble)
    # Each of the k additions rounds by half a unit in the last place of what is summed so far,
    # which is at most the sum of sizes.
    bound = 700 * np.finfo(dtype).eps / 2 * (abs(a) @ abs(b))
    assert (abs(product(a, b) - exact) <= bound).all()


@BOTH_FLOATS
@pytest.mark.parametrize("width", [90, 600])
def test_the_same_bits_however_rows_and_columns_are_cut(dtype, width, rng):
    a, b = rng.normal(size=(130, 600)).astype(dtype), rng.normal(size=(600, width)).astype(dtype)
    whole = product(a, b)
    for first, last in pairwise((0, 1, 3, 6, 10, 15, 24, 65, 130)):
        assert product(a[first:last], b).tobytes() == whole[first:last].tobytes()
    for columns in (slice(0, 33), slice(20, width)):  # none narrower than a vector
        assert (product(a, b[:, columns]) == whole[:, columns]).all()


def check_pieces(dtype) -> None:
    """The same bits in pieces of the least width, and of some columns more."""
    rng, piece = np.random.default_rng(0), least_piece(dtype)
    for rows, more in ((1, 0), (4, 1), (9, 3), (20, piece - 1)):
        width = 5 * piece + more
        a, b = (
            rng.normal(size=(rows, 300)).astype(dtype),
            rng.normal(size=(300, width)).astype(dtype),
        )
        pieces = [product(a, b[:, k * piece : (k + 1) * piece]) for k in range(4)]
        pieces.append(product(a, b[:, 4 * piece :]))
        assert np.hstack(pieces).tobytes() == product(a, b).tobytes()


@BOTH_FLOATS
def test_the_same_bits_in_pieces_of_columns(dtype):
    check_pieces(dtype)


@BOTH_FLOATS
@pytest.mark.parametrize("width", [5, 7, 40])
def test_the_same_bits_however_columns_of_a_transpose_are_cut(dtype, width, rng):
    a, b = rng.normal(size=(700, 9)).astype(dtype), rng.normal(size=(700, width)).astype(dtype)
    d = rng.normal(size=width).astype(dtype)
    whole, parts = np.empty((9, width), dtype), np.empty((9, width), dtype)
    multiply(a, b, whole, d, transposed=(True, False))
    for rows in (slice(0, 1), slice(1, 4), slice(4, 9)):
        multiply(a[:, rows], b, parts[rows], d, transposed=(True, False))
    assert parts.tobytes() == whole.tobytes()


@BOTH_FLOATS
def test_the_same_bits_in_any_layout(dtype, rng):
    a, b = rng.normal(size=(130, 600)).astype(dtype), rng.normal(size=(600, 300)).astype(dtype)
    plain = product(a, b)
    for transposed in ((True, False), (False, True), (True, True)):
        stored = [
            np.ascontiguousarray(m.T) if t else m for m, t in zip((a, b), transposed, strict=True)
        ]
        other = np.empty_like(plain)
        multiply(*stored, other, transposed=transposed)
        assert other.tobytes() == plain.tobytes()


def test_what_is_not_finite_stays_in_its_row_and_column():
    a, b = np.ones((40, 50)), np.ones((50, 60))
    a[7, 3], b[20, 11] = np.nan, np.inf
    c = product(a, b)
    assert np.isnan(c[7]).all()
    assert np.isinf(np.delete(c[:, 11], 7)).all()
    rest = np.delete(np.delete(c, 7, axis=0), 11, axis=1)
    assert (rest == 50).all()


@BOTH_FLOATS
@pytest.mark.parametrize("rows", [120, 1300], ids=["one block", "chunks"])
def test_any_number_of_threads_gives_the_same_bits(dtype, rows, monkeypatch, rng):
    x, y = rng.normal(size=(rows, 40)).astype(dtype), rng.normal(size=(rows, 20)).astype(dtype)

    def fitted(members: int) -> bytes:
        monkeypatch.setattr(team, "allowed_threads", lambda: members)
        source = Input(40)
        layers = [Dense(300, activation="tanh"), Dense(70, activation="relu"), Dense(20)]
        net = networks.network(Graph(source, chain(source, layers)), "squared_error", dtype=dtype)
        descent = Descent(net, Rows(x, y), rows, "adam")
        descent.epoch(networks.settings(), None)
        assert list(descent._prepared) == [members]  # so many threads did run
        return net.parameters.tobytes()

    one = fitted(1)
    for members in (2, 3, 8):
        assert fitted(members) == one


GUARDED = """
import ctypes, mmap
import numpy as np
from engine.test_gemm import multiply

libc = ctypes.CDLL(None, use_errno=True)
memories = []

def at_the_end(rows, columns):
    size = -(-rows * columns * 4 // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, size + mmap.PAGESIZE)
    whole = np.frombuffer(memory, np.float32)
    guard = ctypes.c_void_p(whole.ctypes.data + size)
    assert libc.mprotect(guard, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0, ctypes.get_errno()
    memories.append((memory, whole))
    matrix = whole[size // 4 - rows * columns : size // 4].reshape(rows, columns)
    matrix[...] = 1
    return matrix

wide = ((9, 7, 5), (13, 130, 21), (101, 601, 67), (33, 1, 9), (5, 40, 1))
for m, n, k in (*wide, (1, 13, 9), (3, 40, 21)):
    for ta in (False, True):
        for tb in (False, True):
            a, b = at_the_end(*((k, m) if ta else (m, k))), at_the_end(*((n, k) if tb else (k, n)))
            c = at_the_end(m, n)
            multiply(a, b, c, at_the_end(1, n)[0], transposed=(ta, tb))
            assert (c == k + 1).all()
print("done")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="protects pages by mprotect")
def test_nothing_behind_a_matrix_is_read_or_written():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    finished = subprocess.run(
        [sys.executable, "-c", GUARDED],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stdout == "done\n", (finished.returncode, finished.stderr)


# Features of a processor, and how many bytes its vectors have.
PROCESSORS = {"haswell": ("+avx,+avx2,+fma", 32), "x86-64": ("+sse2", 16)}


@pytest.mark.skipif(
    shape(np.float32).lanes * 4 < 64, reason="needs a processor whose vectors are the widest"
)
@pytest.mark.parametrize("name", PROCESSORS)
def test_exact_on_processors_with_shorter_vectors(name, tmp_path):
    features, width = PROCESSORS[name]
    program = (
        "import numpy as np\n"
        "from chainrule.engine.gemm.shape import shape\n"
        "from engine.test_gemm import Layout, check_pieces, check_product\n"
        f"assert shape(np.float32).lanes == {width // 4}\n"
        "for sizes in ((1, 1, 1), (15, 33, 257), (97, 560, 30)):\n"
        "    for a, added in ((False, 'row'), (True, 'itself')):\n"
        "        for b in (False, True):\n"
        "            check_product(np.float32, sizes, (Layout(a), Layout(b), Layout()), added)\n"
        "for dtype in (np.float32, np.float64):\n"
        "    check_pieces(dtype)\n"
    )
    environment = {
        **os.environ,
        "NUMBA_CPU_NAME": name,
        "NUMBA_CPU_FEATURES": features,
        "CHAINRULE_CACHE_DIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=300)
