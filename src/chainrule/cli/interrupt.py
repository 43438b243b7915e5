"""Ctrl-C while a model is trained: the first ends training, the others must not lose the model.

SIGTERM, which `timeout` and batch systems send, is heard as Ctrl-C is.
"""

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
    usual, seen = signal.default_int_handler, False

    def on_interrupt(number: int, frame: Any) -> None:
        nonlocal seen
        if not seen and "end" not in getattr(model, "report_", {}):
            seen = True
            usual(number, frame)

    with _handled_by(on_interrupt, usual):
        yield


@contextmanager
def termination_heard() -> Iterator[None]:
    """Let SIGTERM interrupt as Ctrl-C does, so that files half written are removed."""
    with _handled_by(signal.default_int_handler, signal.SIG_DFL):
        yield


@contextmanager
def unheard() -> Iterator[None]:
    """Let no further interrupt disturb the words about the first."""
    with _handled_by(signal.SIG_IGN, signal.default_int_handler):
        yield


def stop_hearing() -> None:
    """Ignore interrupts from now on: of one while Python ends, Python prints a traceback."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def _handled_by(handler: Any, before: Any) -> Iterator[None]:
    """Give the signals that were handled by `before` another handler for a while."""
    main = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGINT, signal.SIGTERM) if main else ()
    own = [number for number in signals if signal.getsignal(number) is before]
    for number in own:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in own:
            signal.signal(number, before)
