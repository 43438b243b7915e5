"""BLAS, kept to one thread while a full-batch solver runs.

How many threads it has would show in the last bits of what SciPy and NumPy compute by it.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_users = 0
_limit: Any = None


@cache
def _controller() -> Any:
    import scipy.linalg.blas as _loaded  # noqa: F401 - only the libraries that are loaded are seen

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
    """BLAS runs one thread; restored when the last fit that asked ends."""
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
