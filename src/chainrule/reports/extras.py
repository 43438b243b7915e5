"""Libraries that only some of a report needs."""

from importlib import import_module

from chainrule.exceptions import ChainruleError


def require(modules: tuple[str, ...], extra: str, purpose: str) -> None:
    """Raise an error that says what to install when one of the modules is not there."""
    for module in modules:
        try:
            import_module(module)
        except ImportError as error:
            raise ChainruleError(
                f"{module} must be installed for {purpose}, got none. "
                f'Run: python -m pip install "chainrule[{extra}]"'
            ) from error
