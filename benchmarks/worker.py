"""A process that holds one subject of a benchmark and answers calls, one at a time.

Each peer lives in its own process: no library sees another's threads or its BLAS, and while one
works the others wait on a pipe. Times are taken inside the process, around the work alone.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

# Longer than any honest call (torch.compile takes up to a minute); ends a worker that hangs.
CALL_SECONDS = 600.0


class UnavailableError(Exception):
    """A subject that cannot be measured; the message is the reason that the report prints."""


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200] if lines else 'no message'}"


def _serve(pipe: Connection, factory: str, arguments: tuple[Any, ...]) -> None:
    """Build `module:Class` and answer (method, arguments) until the pipe closes."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # standard output belongs to the report
    subject = None
    while True:
        try:
            method, values = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            if subject is None:
                module, _, name = factory.partition(":")
                subject = getattr(import_module(module), name)(*arguments)
            pipe.send((True, getattr(subject, method)(*values)))
        except Exception as error:
            pipe.send((False, _reason(error)))


class Worker:
    """Runs the methods of one object in a process of its own."""

    def __init__(self, factory: str, *arguments: Any) -> None:
        self._factory, self._arguments = factory, arguments
        self._process: Any = None
        self._pipe: Any = None

    def call(self, method: str, *arguments: Any) -> Any:
        """Return what the method returns; raise UnavailableError with the reason it could not."""
        if self._process is None:
            self._start()
        self._pipe.send((method, arguments))
        try:
            if not self._pipe.poll(CALL_SECONDS):
                raise UnavailableError(f"no answer within {CALL_SECONDS:.0f} s")
            succeeded, answer = self._pipe.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            code = self._process.exitcode
            self.close()
            raise UnavailableError(f"the process ended with status {code}") from None
        except BaseException:
            self.close()
            raise
        if not succeeded:
            raise UnavailableError(answer)
        return answer

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other_end = context.Pipe()
        target = (other_end, self._factory, self._arguments)
        self._process = context.Process(target=_serve, args=target)
        self._process.start()
        other_end.close()

    def close(self) -> None:
        """End the process; a later call starts a fresh one."""
        if self._process is not None:
            self._pipe.close()
            self._process.join(timeout=2.0)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        self._process = self._pipe = None


@dataclass
class Measured:
    """What came back of each subject, and why nothing came back of the others."""

    results: dict[str, list[Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


# Threads of OpenMP and OpenBLAS keep spinning for some tens of milliseconds after their work, on
# the cores that the next subject needs.
PAUSE_SECONDS = 0.3


def interleave(
    calls: Mapping[str, Callable[[], Any]], repeats: int, progress: Callable[[str], None]
) -> Measured:
    """Call A B C, A B C, ... so that a machine that slows down slows all of them.

    A subject that fails is dropped with its reason, and the others go on.
    """
    measured = Measured()
    for repeat in range(1, repeats + 1):
        for name, call in calls.items():
            if name in measured.failures:
                continue
            progress(f"repeat {repeat} of {repeats}: {name}")
            time.sleep(PAUSE_SECONDS)
            try:
                measured.results.setdefault(name, []).append(call())
            except UnavailableError as error:
                measured.failures[name] = str(error)
                measured.results.pop(name, None)
    return measured
