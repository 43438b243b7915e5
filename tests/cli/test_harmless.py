"""Names that hold control characters: shown escaped, wherever the terminal would obey them."""

import polars as pl
import pytest

from chainrule._harmless import harmless, harmless_lines

from .conftest import TINY

# Gives the window another title, turns the text red, and begins a line that looks like the
# program's own.
EVIL = "\x1b]0;pwned\x07\x1b[31m\nsaved     m"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Größe, 日本語 🐧", "Größe, 日本語 🐧"),
        (EVIL, "\\x1b]0;pwned\\x07\\x1b[31m\\nsaved     m"),
        ("\u202eback", "\\u202eback"),
        ("half \ud800", "half \\ud800"),
        ("\x7f\x9b31m", "\\x7f\\x9b31m"),
    ],
)
def test_harmless(text, shown):
    assert harmless(text) == shown
    assert harmless_lines(f"{text}\nmore").endswith("\nmore")


def test_names_of_columns_classes_and_files(program, tmp_path):
    size = [float(row % 7) for row in range(60)]
    label = [f"{EVIL}{row % 2}" for row in range(60)]
    table = pl.DataFrame({EVIL: size, f"y{EVIL}": label})
    name = "evil\x1b[31m.csv"
    table.write_csv(tmp_path / name)
    target = ("--target", f"y{EVIL}")
    out = "m\x1b[31m"
    told = [
        program("fit", name, *target, *TINY, "--out", out),
        program("inspect", out),
        program("evaluate", out, name),
        program("predict", out, name),
        program("fit", name, "--target", EVIL[::-1], expect=2),
        program("fit", name, *target, *TINY, "--kind", f"{EVIL}=text\x1b", expect=2),
        program("predict", "no\x1b[31m", name, expect=2),
    ]
    for ended in told:
        both = ended.stdout + ended.stderr
        assert not {"\x1b", "\x07"} & {*both}
        assert "\\x1b" in both
    lines = [line for line in told[0].stdout.splitlines() if line.startswith("saved ")]
    assert len(lines) == 1
