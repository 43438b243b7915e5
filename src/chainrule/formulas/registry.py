"""One way to look a row up by name, with one clear error for a name that is not there."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

Row = TypeVar("Row")


def lookup(registry: Mapping[str, Row], kind: str, name: str) -> Row:
    """Return the row called `name`; `kind` is the parameter's name in the error.

    Raises ValueError that lists the known names and offers the nearest ones.
    """
    if isinstance(name, str) and name in registry:
        return registry[name]
    known = ", ".join(repr(key) for key in registry)
    raise ValueError(f"{kind} must be one of {known}, got {name!r}. {_advice(registry, name)}")


def _advice(registry: Mapping[str, Row], name: object) -> str:
    near = get_close_matches(name.lower(), list(registry)) if isinstance(name, str) else []
    if near:
        return f"Did you mean {' or '.join(repr(key) for key in near)}?"
    return "Choose one of these."
