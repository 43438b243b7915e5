"""A module with an underscore belongs to its package: no other imports it."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"


def private_imports(file: Path) -> list[str]:
    """The private modules of other packages that a file imports."""
    imported = [
        node.module
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    ]
    inside = ".".join(file.relative_to(SOURCE).parts[:-1])
    return [
        name
        for name in imported
        if name.startswith("chainrule.")
        and "._" in name
        and not f"{inside}.".startswith(f"{name.split('._')[0]}.")
    ]


def test_no_package_imports_the_private_modules_of_another():
    files = sorted((SOURCE / "chainrule").rglob("*.py"))
    assert len(files) > 300
    found = {str(file): private_imports(file) for file in files}
    assert {file: names for file, names in found.items() if names} == {}
