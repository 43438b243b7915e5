"""Every public name has a docstring and a line in docs/api.md, which has no others."""

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
PACKAGES = [
    "chainrule",
    "chainrule.tables",
    "chainrule.estimators",
    "chainrule.training",
    "chainrule.graph",
    "chainrule.formulas",
    "chainrule.files",
    "chainrule.exceptions",
]


def public_names(package: str) -> list[str]:
    """Those of `__all__`; else what has no underscore and is no module."""
    module = importlib.import_module(package)
    plain = [name for name, value in vars(module).items() if not isinstance(value, ModuleType)]
    return sorted(getattr(module, "__all__", [name for name in plain if name[0] != "_"]))


def documented(package: str) -> list[tuple[str, str]]:
    """Names and sentences of a package's table."""
    section = PAGE.split(f"\n## `{package}`\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)


def own_docstring(value: Any) -> str | None:
    return vars(value).get("__doc__") if isinstance(value, type) else value.__doc__


@pytest.mark.parametrize("package", PACKAGES)
def test_the_page_lists_every_public_name_and_no_other(package):
    lines = documented(package)
    assert sorted(name for name, _ in lines) == public_names(package)
    assert [name for name, sentence in lines if not sentence.endswith((".", "..."))] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_has_a_docstring(package):
    module = importlib.import_module(package)
    values = {name: getattr(module, name) for name in public_names(package)}
    # Tables of formulas and numbers cannot have one; the page says what they are.
    told = {name: own_docstring(value) for name, value in values.items() if callable(value)}
    assert [name for name, docstring in told.items() if not docstring] == []


@pytest.mark.parametrize("package", ["chainrule", "chainrule.estimators", "chainrule.files"])
def test_a_star_brings_what_is_imported_later(package):
    brought: dict[str, Any] = {}
    exec(f"from {package} import *", brought)
    assert set(brought) - {"__builtins__"} == set(public_names(package))
    listed = dir(importlib.import_module(package))
    assert len(listed) == len(set(listed))
    assert set(brought) - {"__builtins__"} <= set(listed)
