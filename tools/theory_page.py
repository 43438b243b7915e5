"""Writes docs/theory.md: every formula by the name it is chosen by, its definition and source.

    python tools/theory_page.py

The page is made from the formulas' docstrings, so it cannot say something else than they do; a test
compares the two.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from chainrule.formulas import (
    ACTIVATIONS,
    COURSES,
    INITIALIZERS,
    LEARNED_ACTIVATIONS,
    LINKS,
    LOSSES,
    OPTIMIZERS,
    PENALTIES,
    ROW_ACTIVATIONS,
    SCHEDULES,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "theory.md"

HEAD = """\
# Every formula, its name and its source

A formula stands once, in `src/chainrule/formulas/`, as plain Python with its derivatives beside
it; its docstring also tells domain, derivative, numerical form and convention. This page is made of
these docstrings by `python tools/theory_page.py`. Names go into the parameters of `MLPClassifier`,
`MLPRegressor` and of the layers of `chainrule.graph`.
"""


# Heading, what chooses it, registry, and where a row's docstring is.
SECTIONS: list[tuple[str, str, dict[str, Any], Callable[[Any], Any]]] = [
    ("Activations", "`activation=`", ACTIVATIONS, lambda row: row.value),
    ("Activations of a whole row", "`activation=`", ROW_ACTIVATIONS, lambda row: row.before),
    ("Activations that learn", "`activation=`", LEARNED_ACTIVATIONS, lambda row: row),
    (
        "Output links",
        "`output_activation=`",
        LINKS,
        lambda row: getattr(row, "value", None) if hasattr(row, "slope") else row.before,
    ),
    ("Losses", "`loss=`", LOSSES, lambda row: row.value),
    ("Optimizers", "`solver=`", OPTIMIZERS, lambda row: row.update),
    ("Penalties", "`alpha=`, `l1=`, `l2=`", PENALTIES, lambda row: row.value),
    ("Courses of a setting over the training", "`schedule=`", COURSES, lambda row: row),
    (
        "scikit-learn's schedules",
        "`learning_rate=`",
        SCHEDULES,
        lambda row: row.after_plateau if row.name == "adaptive" else row.after_epoch,
    ),
    ("Initialisers", "`initializer=`", INITIALIZERS, lambda row: row.scale),
]


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(*section) for section in SECTIONS)


def _section(
    heading: str, parameter: str, rows: dict[str, Any], documented: Callable[[Any], Any]
) -> str:
    lines = [
        f"\n## {heading}\n",
        f"Chosen by {parameter}.\n",
        "| name | definition | source |",
        "|---|---|---|",
    ]
    for name, row in rows.items():
        definition, source = _told(documented(row))
        lines.append(f"| `{name}` | {definition} | {source} |")
    return "\n".join(lines) + "\n"


def _told(thing: Any) -> tuple[str, str]:
    """Definition and source from a docstring of the fixed form."""
    if hasattr(thing, "base"):
        return f"y = (1 - a) x + a {thing.base.name}(x), a from {thing.start}", thing.source
    fields = dict(_fields(thing.__doc__ or ""))
    return fields.get("Definition", _first_line(thing)), fields.get("Source", "")


def _first_line(thing: Any) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """The `Name: text` entries of a docstring, each on one line and safe in a table."""
    for match in re.finditer(
        r"^ *([A-Z][a-z ]+): (.*?)(?=\n *[A-Z][a-z ]+: |\Z)", text, re.M | re.S
    ):
        joined = " ".join(match[2].split())
        yield match[1], joined.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE}")
