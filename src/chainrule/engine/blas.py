"""The matrix product of SciPy's BLAS, by address.

BLAS is kept to one thread while our threads call it.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numba.extending import get_cython_function_address
from threadpoolctl import ThreadpoolController

_ROUTINES: dict[type[Any], str] = {np.float32: "sgemm", np.float64: "dgemm"}
_lock = threading.Lock()
_users = 0
_limit: Any = None


@cache
def gemm_address(dtype: Any) -> int:
    """The address of sgemm or dgemm."""
    return int(get_cython_function_address("scipy.linalg.cython_blas", _ROUTINES[dtype]))


@cache
def _controller() -> Any:
    # Sees only the libraries that are loaded, so the product's address comes first.
    gemm_address(np.float32)
    return ThreadpoolController().select(user_api="blas")


def _after_fork() -> None:
    """A child forked during a fit starts afresh, with BLAS as it was before that fit."""
    global _lock, _users
    _lock = threading.Lock()
    if _users:
        _users = 0
        _limit.__exit__(None, None, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS runs one thread inside each of ours; restored when the last fit that asked ends."""
    global _users, _limit
    with _lock:
        if _users == 0:
            _limit = _controller().limit(limits=1)
            _limit.__enter__()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limit.__exit__(None, None, None)
