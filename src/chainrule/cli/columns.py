"""What the command line says of columns: which to leave out, and what they are."""

from typing import Any

from chainrule.exceptions import DataError


def column_kinds(given: list[str], ignored: list[str]) -> dict[str, str]:
    """Read ["zip=categorical"] as {"zip": "categorical"}; what contradicts itself is refused."""
    kinds: dict[str, str] = {}
    for text in given:
        name, equals, kind = text.rpartition("=")
        if not equals or not name:
            raise DataError(
                f"kind must be COLUMN=KIND, got {text!r}. For example: --kind zip=categorical."
            )
        if name in kinds:
            raise DataError(
                f"kind must be given once for a column, got {kinds[name]!r} and {kind!r} for "
                f"{name!r}. Choose one of the two."
            )
        if name in ignored:
            raise DataError(
                f"ignore must not name a column that --kind is given for, got {name!r} for both. "
                "Choose one of the two."
            )
        kinds[name] = kind
    return kinds


def check_columns(frame: Any, target: str, ignore: list[str], kinds: dict[str, str]) -> None:
    """Refuse names that are no columns, and a target that is also something else."""
    from chainrule.tables.reading.frames import find_column

    find_column(frame, target, "target")
    for role, names in (("ignore", ignore), ("kind", list(kinds))):
        if target in names:
            raise DataError(
                f"{role} must not name the target, got {target!r} for both. Choose one of the two."
            )
        for name in names:
            find_column(frame, name, role)


def drop_ignored(frame: Any, target: str, ignore: list[str]) -> Any:
    """The table without the columns to leave out."""
    return frame.drop(*ignore) if ignore else frame
