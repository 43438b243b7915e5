"""The program `chainrule`. Nothing heavy is imported here, so that help comes at once."""

import sys
from typing import Annotated


def main() -> None:
    """Run the program; the exit status is 0, 1 (internal failure), 2 (user's mistake) or 130."""
    try:
        import typer  # noqa: F401  only to tell whether it is there
    except ImportError:
        sys.exit('typer must be installed for the command line. Run: pip install "chainrule[cli]"')
    try:
        build()()
    except KeyboardInterrupt:
        sys.exit(130)


def build() -> "typer.Typer":  # type: ignore[name-defined]  # noqa: F821
    """Put the commands together."""
    import typer

    from .evaluate import evaluate
    from .fit import fit
    from .guard import guarded
    from .inspect import inspect
    from .predict import predict

    app = typer.Typer(
        name="chainrule",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for command in (fit, predict, evaluate, inspect):
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
        """

    return app


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        import typer

        typer.echo(f"chainrule {version('chainrule')}")
        raise typer.Exit
