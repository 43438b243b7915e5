import functools
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest

from chainrule.exceptions import ChainruleError
from chainrule.reports import extras, write_html
from chainrule.reports.page import html, track
from chainrule.reports.pictures.gallery import pictures
from chainrule.reports.report import Score

from .cases import CASES, ODD, odd_names, report_of_case
from .tables import classification, regression

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Holds the elements of a page; fails where one is not closed as it was opened."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@functools.cache
def page_of(name):
    return html(report_of_case(name))


@pytest.fixture(params=CASES)
def text(request):
    return page_of(request.param)


@pytest.fixture
def page(text):
    return Page(text)


def test_it_is_well_formed(page):
    assert [page.tags[i][0] for i in range(2)] == ["html", "head"]
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1


def test_it_runs_and_loads_nothing(page, text):
    assert not {"script", "iframe", "object", "embed", "link", "img", "base", "form", "image"} & {
        tag for tag, _ in page.tags
    }
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("src", "srcset") for name in attributes)
        assert attributes.get("href", "#").startswith("#")
        for value in attributes.values():
            assert re.findall(r"url\((?!#)", value or "") == [] or "aria-label" in attributes
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    policy = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_ids_are_single_and_references_find_them(page):
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    wanted = set()
    for _, attributes in page.tags:
        labels = ("aria-label", "content")
        for name, value in attributes.items():
            if name not in labels:
                wanted |= set(re.findall(r"url\(#([^)]*)\)", value or ""))
        if attributes.get("href"):
            wanted.add(attributes["href"][1:])
        wanted |= set(attributes.get("aria-labelledby", "").split())
    assert wanted <= set(ids)


def test_it_can_be_read_aloud(page):
    for attributes in page.all("svg"):
        assert attributes["role"] == "img"
        assert len(attributes["aria-label"]) > 20
    assert len(page.all("caption")) == len(page.all("table")) > 0
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.all("th"))
    assert len(page.all("thead")) == len(page.all("table"))


def test_pictures_have_the_colours_of_the_page(text):
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        styles = " ".join(re.findall(r'style="([^"]*)"', svg))
        assert not re.search(r"(fill|stroke): (#|black|white|rgb)", styles)
        assert "var(--" in styles
        assert "font-family" not in styles


def test_it_says_no_nan(page):
    assert not re.search(r"\b(nan|None)\b", " ".join(page.texts))


@pytest.mark.parametrize("name", ["classification", "regression", "odd_names"])
def test_the_same_report_gives_the_same_bytes(name):
    assert html(CASES[name]()) == page_of(name)


def test_the_users_text_is_shown_and_not_run():
    page = Page(html(odd_names()))
    texts = "\n".join(page.texts)
    for shown in ("<script>alert(1)</script>", "$x_1$ and $", "{{ 7 * 7 }}", "日本語 ☃ 🐧"):
        assert shown in ODD
        assert shown in texts
    assert page.all("script") == []
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", texts)


def test_each_picture_is_there_where_its_data_are():
    curves = {"training loss": [2.0, 1.0]}
    assert list(pictures(classification(curves=curves))) == [
        "confusion",
        "calibration",
        "importances",
        "curves",
    ]
    assert list(pictures(regression())) == ["residuals", "importances"]


def test_it_is_written_whole(tmp_path):
    report = regression()
    path = tmp_path / "report.html"
    path.write_text("old")
    write_html(report, path)
    assert path.read_text(encoding="utf-8") == html(report)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_html(regression(), tmp_path / "no" / "report.html")


def score(value, low=None, high=None, linear=None, trivial=None, higher=True):
    return Score("s", value, low, high, linear, trivial, higher, in_units=False)


def test_better_is_on_the_right():
    found = track(score(0.9, 0.8, 1.0, 0.7, 0.5))
    # From 0.5 at 4 to 1.0 at 96: 92 for 0.5.
    assert (found.trivial, found.high) == (4, 96)
    assert found.value == pytest.approx(4 + 92 * 0.8)
    falling = track(score(1.0, 0.8, 1.2, 3.0, 5.0, higher=False))
    assert falling.trivial == 4 < falling.linear < falling.low < falling.value < falling.high == 96


def test_what_has_no_place_is_not_drawn():
    found = track(score(float("nan"), linear=float("inf")))
    assert set(vars(found).values()) == {None}
    assert track(score(0.5, linear=0.5)).value is None


def test_without_the_libraries_the_message_says_what_to_install(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(extras, "import_module", absent)
    with pytest.raises(
        ChainruleError,
        match=r"matplotlib must be installed for a report as a page, got none\. "
        r'Run: python -m pip install "chainrule\[report\]"',
    ):
        html(regression())


def test_the_libraries_are_imported_only_when_used():
    code = (
        "import sys, chainrule.reports as reports; "
        "late = {'matplotlib', 'jinja2', reports.__name__ + '.terminal_tables'}; "
        "assert not late & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_users_settings_of_matplotlib_change_nothing():
    matplotlib = pytest.importorskip("matplotlib")
    report = regression()
    usual = html(report)
    with matplotlib.rc_context({"font.size": 20, "axes.grid": False, "savefig.dpi": 30}):
        assert html(report) == usual
