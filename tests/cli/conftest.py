import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import warm

PENGUINS = Path(__file__).parents[2] / "examples" / "penguins.csv"
# A network small enough to be trained in a moment, and good enough to be right.
SMALL = (
    "--preset",
    "fast",
    "--ensemble",
    "1",
    "--hidden",
    "16",
    "--batch-size",
    "32",
    "--epochs",
    "20",
)
FIT = ("fit", PENGUINS, "--target", "species", *SMALL)
# The same where what is learned does not matter.
TINY = ("--preset", "fast", "--ensemble", "1", "--hidden", "8", "--epochs", "2")


def run_program(*args, folder, expect, **options):
    """Run the program as a process of its own; its status must be `expect`.

    Where `options`, further variables of the environment, tell Python or a library how to begin,
    the process has to begin from nothing.
    """
    environment = {**os.environ, "COLUMNS": "200", "PYTHONUTF8": "1", **options}
    if sys.platform == "linux" and not options:
        ended = warm.run(args, folder, environment)
    else:
        ended = subprocess.run(
            [sys.executable, "-m", "chainrule", *map(str, args)],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=environment,
        )
    assert ended.returncode == expect, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


@pytest.fixture
def program(tmp_path):
    """Run the program in an empty folder."""

    def program(*args, expect=0, **options):
        return run_program(*args, folder=tmp_path, expect=expect, **options)

    return program


@pytest.fixture(scope="session")
def fitted(tmp_path_factory):
    """What `chainrule fit` printed for the penguins' species, and the model's path."""
    folder = tmp_path_factory.mktemp("penguins")
    ended = run_program(*FIT, folder=folder, expect=0)
    return ended, folder / "model.chainrule"
