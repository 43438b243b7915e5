"""Turn what goes wrong into one message and an exit status."""

import functools
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

USERS_MISTAKE = 2
INTERNAL_FAILURE = 1
INTERRUPTED = 130


def guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a command: no traceback, whatever it raises.

    Set the environment variable CHAINRULE_TRACEBACK to see the traceback of an internal failure.
    """

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        from chainrule.exceptions import ChainruleError

        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except ChainruleError as error:
            fail(str(error), USERS_MISTAKE)
        except KeyboardInterrupt:
            fail("interrupted; nothing was saved.", INTERRUPTED)
        except BrokenPipeError:
            # The reader (`| head`) has what it wanted; Python must not flush into the pipe again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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


def fail(message: str, status: int) -> NoReturn:
    """Print one message to stderr and end."""
    import typer

    typer.echo(f"chainrule: {message}", err=True)
    raise typer.Exit(status)
