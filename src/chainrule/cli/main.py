"""The program `chainrule`. Nothing heavy is imported here, so that help comes at once."""

import os
import sys


def main() -> None:
    """Run the program; the exit status is 0, 1 (internal failure), 2 (user's mistake) or 130."""
    try:
        _hold_missing_streams()
        _run()
    except KeyboardInterrupt:
        _stop_hearing()
        sys.exit(130)
    except OSError as error:
        # Of the help; the commands tell of their own.
        from .guard import silence_stdout

        silence_stdout()
        sys.exit(f"chainrule: output must be written, and could not be ({error.strerror}).")
    finally:
        _stop_hearing()


def _stop_hearing() -> None:
    from .interrupt import stop_hearing

    stop_hearing()


def _run() -> None:
    try:
        import typer  # noqa: F401  only to tell whether it is there
    except ImportError:
        sys.exit('typer must be installed for the command line. Run: pip install "chainrule[cli]"')
    build()()


def _hold_missing_streams() -> None:
    """Where stdout or stderr was closed (`2>&-`), keep its number from the files opened later."""
    if sys.stdout is None or sys.stderr is None:
        while os.open(os.devnull, os.O_RDWR) <= 2:
            pass
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def build() -> "typer.Typer":  # type: ignore[name-defined]  # noqa: F821
    """Put the commands together."""
    # Also typing: when Ctrl-C comes so early, it is caught here.
    from typing import Annotated

    import typer

    from .evaluate import evaluate
    from .fit import fit
    from .guard import guarded
    from .inspect import inspect
    from .predict import predict
    from .tune import tune

    app = typer.Typer(
        name="chainrule",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for command in (fit, tune, predict, evaluate, inspect):
        app.command(no_args_is_help=True)(guarded(command))

    @app.callback()
    def chainrule(
        version: Annotated[
            bool,
            typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
        ] = False,
    ) -> None:
        """Train a multilayer perceptron on a table, and use it.

        Start with: chainrule fit examples/penguins.csv --target species

        For names and options at the Tab key: chainrule --install-completion
        """

    return app


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        import typer

        typer.echo(f"chainrule {version('chainrule')}")
        raise typer.Exit
