"""docs/theory.md says what the docstrings say, and they say what they must."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from theory_page import PAGE, SECTIONS, page  # noqa: E402 - a script, not a package


def test_the_page_is_made_of_the_docstrings_at_hand():
    assert PAGE.read_text() == page(), "run: python tools/theory_page.py"


@pytest.mark.parametrize("heading", [section[0] for section in SECTIONS])
def test_every_row_has_a_definition_and_a_source(heading):
    part = page().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \| (.*?) \| (.*?) \|$", part, re.M)
    registry = next(section[2] for section in SECTIONS if section[0] == heading)
    assert [name for name, _, _ in rows] == list(registry)
    assert all(definition and source for _, definition, source in rows)
