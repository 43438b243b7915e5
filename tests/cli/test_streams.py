"""Where stdout or stderr is closed, or the disk behind it is full."""

import os
import subprocess
import sys

import pytest

import chainrule

from .conftest import PENGUINS, TINY


def shell(line, folder):
    """Run `chainrule ...` in a shell, for its redirections."""
    return subprocess.run(
        ["bash", "-c", f"{sys.executable} -m chainrule {line}"],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_fit_needs_no_streams(tmp_path, closed):
    ended = shell(f"fit {PENGUINS} -t species {' '.join(TINY)} {closed}", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert chainrule.load(tmp_path / "model.chainrule").report_["epochs"] == [2]


@pytest.mark.parametrize("command", ["inspect {m}", "evaluate {m} {d}", "predict {m} {d} -o -"])
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("> /dev/full", "output must be written, and could not be (No space left on device)."),
        (">&-", "output must have somewhere to go, got a closed stream. Open it."),
    ],
)
def test_a_result_that_goes_nowhere_is_told(fitted, tmp_path, command, place, reason):
    ended = shell(f"{command.format(m=fitted[1], d=PENGUINS)} {place}", tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == f"chainrule: {reason}\n"


def test_help_on_a_full_disk(tmp_path):
    ended = shell("--help > /dev/full", tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == (
        "chainrule: output must be written, and could not be (No space left on device).\n"
    )
