"""Turn what goes wrong into one message and an exit status."""

import functools
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from chainrule._harmless import harmless_lines
from chainrule.exceptions import ChainruleError, DataError

from .interrupt import termination_heard, unheard
from .wording import with_options

USERS_MISTAKE = 2
INTERNAL_FAILURE = 1
INTERRUPTED = 130


def guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a command: no traceback, whatever it raises.

    Set the environment variable CHAINRULE_TRACEBACK to see the traceback of an internal failure.
    """

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            with _plain_warnings(), termination_heard():
                command(*args, **kwargs)
            if sys.stdout is not None:
                sys.stdout.flush()
        except ChainruleError as error:
            fail(with_options(str(error)), USERS_MISTAKE)
        except KeyboardInterrupt as interrupt:
            # A command says here what it saved.
            with unheard():
                fail(str(interrupt) or "interrupted; nothing was saved.", INTERRUPTED)
        except BrokenPipeError:
            # The reader (`| head`) has what it wanted; Python must not flush into the pipe again.
            silence_stdout()
        except OSError as error:
            fail_of_system(error)
        except MemoryError:
            fail("data must fit in memory, and did not. Pass fewer rows or columns.", USERS_MISTAKE)
        except Exception as error:
            if os.environ.get("CHAINRULE_TRACEBACK"):
                raise
            fail(
                f"internal failure, {type(error).__name__}: {error}\n"
                "This is a bug of chainrule. Set CHAINRULE_TRACEBACK=1 and run again to see where.",
                INTERNAL_FAILURE,
            )

    return run


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show warnings as the other messages are shown, each once, without a line of Python's code."""
    told = set()

    def tell(message: Warning | str, *place: Any, **more: Any) -> None:
        import typer

        text = harmless_lines(with_options(str(message)))
        if text not in told:
            told.add(text)
            typer.echo(f"chainrule: warning: {text}", err=True)

    with warnings.catch_warnings():
        warnings.showwarning = tell
        yield


def show(text: str, end: str = "\n") -> None:
    """Print a result; without a place to print to there is no use in going on."""
    if sys.stdout is None:
        raise DataError("output must have somewhere to go, got a closed stream. Open it.")
    sys.stdout.write(text + end)


def fail_of_system(error: OSError) -> NoReturn:
    """Tell of a file or a stream that the system would not read or write."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        fail(
            f"path must be one that can be used, got {error.filename!r} ({reason}).", USERS_MISTAKE
        )
    silence_stdout()
    fail(f"output must be written, and could not be ({reason}).", USERS_MISTAKE)


def silence_stdout() -> None:
    """Let what is still to be printed go nowhere: Python writes it when it ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str, status: int) -> NoReturn:
    """Print one message to stderr and end."""
    import typer

    typer.echo(f"chainrule: {harmless_lines(message)}", err=True)
    raise typer.Exit(status)
