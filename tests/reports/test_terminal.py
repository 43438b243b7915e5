import io
import re

import pytest
from rich.console import Console

from chainrule.exceptions import ChainruleError
from chainrule.reports import as_text, extras, print_report, renderables
from chainrule.reports.words import sparkline

from .cases import odd_names
from .tables import classification, regression


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_every_case_is_plain_text_of_its_width(report):
    for width in (40, 80, 140):
        text = as_text(report, width)
        assert text.endswith("\n")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
        # Characters of East Asia take two columns; a line of them is shorter in characters.
        assert max(map(len, text.splitlines())) <= width
        assert "Traceback" not in text
        assert not re.search(r"\b(nan|None)\b", text)


def test_a_classification_says_what_matters():
    text = as_text(classification(), 100)
    for part in (
        "y: classification by LogisticRegression, 200 rows in training, 100 held out",
        "accuracy",
        "95 % interval",
        "logistic regression",
        "True class (down) and predicted class (across)",
        "Calibration: that the class named is right",
        "Importance of the columns",
        "Rows it is most wrong about",
    ):
        assert part in text


def test_a_regression_says_what_matters():
    text = as_text(regression(curves={"training loss": [3.0, 2.0, 1.0]}), 100)
    for part in ("ridge regression", "RMSE", "Quantiles of the errors", "█▅▁", "by tenths"):
        assert part in text


def test_names_are_not_read_as_markup():
    text = as_text(odd_names(), 140)
    assert "[bold red]x[/bold red]" in text
    assert "<script>" in text


def test_a_pipe_gets_plain_text_and_a_terminal_colour(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.delenv("NO_COLOR", raising=False)
    report = classification()
    pipe, terminal = io.StringIO(), Terminal()
    print_report(report, pipe)
    print_report(report, terminal)
    assert pipe.getvalue() == as_text(report)
    assert "\x1b[" in terminal.getvalue()
    assert "\x1b[" not in pipe.getvalue()


def test_values_that_do_not_fit_are_left_out():
    narrow, wide = as_text(classification(), 44), as_text(classification(), 120)
    assert "given to true" in narrow
    assert "…" not in wide.partition("Rows it is most wrong about")[2]


def test_the_renderables_are_richs():
    console = Console(file=io.StringIO(), width=80)
    for part in renderables(regression(), 80):
        console.print(part)
    assert "Scores on the rows held out" in console.file.getvalue()


def test_the_same_report_gives_the_same_text(report):
    assert as_text(report) == as_text(report)


def test_without_rich_the_message_says_what_to_install(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(extras, "import_module", absent)
    with pytest.raises(
        ChainruleError,
        match=r"rich must be installed for a report as text, got none\. "
        r'Run: python -m pip install "chainrule\[cli\]"',
    ):
        as_text(regression())


def test_a_curve_with_an_epoch_that_overflowed():
    # 1 and 3 are the ends of the range, 2 its middle; NaN and infinity have no height.
    assert sparkline([1.0, 2.0, 3.0, float("nan"), float("inf")]) == "▁▅█"
    assert sparkline([float("nan")]) == ""
