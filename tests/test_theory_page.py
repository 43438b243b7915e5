"""docs/theory.md says what the docstrings say, and they say what they must."""

import inspect
import re
import sys
from pathlib import Path

import pytest
from sklearn import neural_network

import chainrule

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from theory_beside import BESIDE  # noqa: E402 - scripts, not a package
from theory_page import PAGE, fields_of, page, row_of, sections  # noqa: E402

SECTIONS = {section.heading: section for section in sections()}


def test_the_page_is_made_of_the_docstrings_at_hand():
    assert PAGE.read_text() == page(), "run: python tools/theory_page.py"


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_row_says_what_it_does_with_a_definition_and_a_source(heading):
    part = page().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \| (.*?) \| (.*?) \| (.*?) \|$", part, re.M)
    assert [name for name, *_ in rows] == list(SECTIONS[heading].documented)
    assert [row for row in rows if not all(row)] == []


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_every_added_parameter_is_on_the_page(name):
    ours, theirs = (
        set(inspect.signature(getattr(module, name)).parameters)
        for module in (chainrule, neural_network)
    )
    # Where a row is named and where a section says what chooses its rows, not in running text.
    where = re.findall(r"^\| (`.+?`) \||^Chosen by (.*)$", page(), re.M)
    named = set(re.findall(r"\w+", str(where)))
    assert ours - theirs - named == set()


def test_nothing_stands_beside_that_a_docstring_says():
    documented = {
        name: thing for section in SECTIONS.values() for name, thing in section.documented.items()
    }
    for name, texts in BESIDE.items():
        thing = documented[name]
        text = thing if isinstance(thing, str) else inspect.getdoc(thing)
        assert texts.keys().isdisjoint(fields_of(text)), f"take {name} out of theory_beside.py"


def test_fields_end_at_the_next_one_and_at_an_empty_line():
    def documented():
        """Say it.

        First a source in a line of text. Source: Somebody 1999,
        "A title: with a colon".

        Definition: y = a * |x|,
            on two lines
        Source: Nobody 2000.

        Parameters: not a field of a formula, though it looks so.
        """

    fields = fields_of(inspect.getdoc(documented))
    assert fields["Source"] == "Nobody 2000."
    row = row_of("documented", documented)
    assert row == ("Say it.", r"y = a \* \|x\|, on two lines", "Nobody 2000.")
