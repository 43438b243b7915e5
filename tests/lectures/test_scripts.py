"""Every script runs, fits on a screen, reaches the figure of docs/lectures.md, and draws."""

import io
import re
import sys

import pytest

from .scripts import NAMES, ROOT, script

PAGE = (ROOT / "docs" / "lectures.md").read_text()
# | what is shown | [name.py](...) | `what is reached` |
LISTED = dict(re.findall(r"^\|[^|]*\| \[(\w+)\.py\]\([^|]*\) \| `(.*?)` \|$", PAGE, re.M))
DRAWN = [name for name in NAMES if hasattr(script(name), "draw")]


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_page_lists_every_script():
    assert sorted(LISTED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_script_prints_what_the_page_says(name, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [f"{name}.py"])
    script(name).main()
    printed = capsys.readouterr().out
    assert words(LISTED[name]) in words(printed)
    assert len(printed.splitlines()) <= 25
    assert max(map(len, printed.splitlines())) <= 120


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_drawn(name):
    figures = pytest.importorskip("matplotlib.figure")
    page = figures.Figure()
    script(name).draw(page.subplots())
    file = io.BytesIO()
    page.savefig(file, format="svg")
    # More than an empty frame, whose lines and ticks take some 12,000 bytes.
    assert page.axes[0].has_data()
    assert file.tell() > 5_000


def test_the_figure_goes_into_the_file_named(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib.figure")
    path = tmp_path / "polygons.png"
    monkeypatch.setattr(sys, "argv", ["polygons.py", "--figure", str(path)])
    script("polygons").main()
    assert path.read_bytes().startswith(b"\x89PNG")
    assert f"figure in {path}" in capsys.readouterr().out
