"""Ctrl-C while a model is trained: the first ends training, the others must not lose the model."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def one_interrupt(model: Any) -> Iterator[None]:
    """Pass on only the first Ctrl-C, and none once the training of `model` has ended.

    An interrupt that the caller already ignores or handles in its own way stays so.
    """
    usual = signal.default_int_handler
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return
    seen = False

    def on_interrupt(number: int, frame: Any) -> None:
        nonlocal seen
        if not seen and "end" not in getattr(model, "report_", {}):
            seen = True
            usual(number, frame)

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
