"""Ctrl-C, pressed in a test's own process."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN_SECONDS = 5.0


@contextmanager
def pressed_after(seconds: float) -> Iterator[list[float]]:
    """Press Ctrl-C, and again until the block has ended, as a user would; gives when it was.

    One can be lost: where Python tells of a collection of garbage, as Hypothesis has it do, what is
    raised is ignored. A fit that waits for one would then go on for ever.
    """
    ended, times = threading.Event(), []

    def press() -> None:
        wait = seconds
        while not ended.wait(wait):
            times.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
            wait = AGAIN_SECONDS

    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield times
    finally:
        ended.set()
        thread.join()
