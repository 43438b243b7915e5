"""Ctrl-C, pressed in a test's own process."""

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN_SECONDS = 5.0


@contextmanager
def pressed_after(seconds: float) -> Iterator[list[float]]:
    """Press Ctrl-C and give when; again only so that a fit deaf to it does not go on for ever.

    Garbage is not collected meanwhile: where Python tells of a collection, as Hypothesis has it do,
    what is raised is ignored, and the press would be lost.
    """
    ended, times = threading.Event(), []

    def press() -> None:
        wait = seconds
        while not ended.wait(wait):
            times.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
            wait = AGAIN_SECONDS

    thread = threading.Thread(target=press)
    gc.disable()
    thread.start()
    try:
        yield times
    finally:
        ended.set()
        thread.join()
        gc.enable()
