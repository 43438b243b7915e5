"""Networks whose loss overflowed: the best weights are kept, and the user hears of it."""

import pytest

from .conftest import PENGUINS

# Good for an epoch or two, and too large a rate for more.
TOO_FAST = ("--preset", "fast", "--learning-rate", "30", "--epochs", "30", "--batch-size", "16")
WARNING = "chainrule: warning: loss must stay finite, got one that is not in epoch "
NOTE = "In training the loss of a network became infinite or NaN; training of that network ended"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    from .conftest import run_program

    folder = tmp_path_factory.mktemp("diverged")
    command = ("fit", PENGUINS, "-t", "species", *TOO_FAST, "--report", "page.html")
    return run_program(*command, folder=folder, expect=0), folder


def test_a_fit_says_so_and_saves_the_best(told):
    ended, folder = told
    assert "(the loss became infinite or NaN; kept " in ended.stdout
    assert NOTE in " ".join(ended.stdout.split())
    assert NOTE in (folder / "page.html").read_text()
    assert (folder / "model.chainrule").exists()


def test_a_warning_is_a_line_like_the_others(told):
    *progress, last = told[0].stderr.splitlines()
    assert last.startswith(WARNING)
    assert last.endswith("Lower the learning rate, or look for extreme values in the table.")
    assert all(line.startswith(("network ", "chainrule: compiling ")) for line in progress)


def test_quiet_still_warns(program):
    ended = program("fit", PENGUINS, "-t", "species", "-q", *TOO_FAST)
    assert ended.stdout == ""
    assert ended.stderr.startswith(WARNING)
    assert ended.stderr.count("\n") == 1


def test_an_evaluation_says_so_too(told, program):
    ended = program("evaluate", told[1] / "model.chainrule", PENGUINS)
    assert NOTE in " ".join(ended.stdout.split())
