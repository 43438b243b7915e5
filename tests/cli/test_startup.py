"""Help comes at once: nothing heavy is imported for it."""

import os
import re
import subprocess
import sys

import pytest

from chainrule.cli import options
from chainrule.tables import RECIPES, model_settings
from chainrule.tables.table_settings import EMBEDDINGS, TRANSFORMS

HEAVY = ("numba", "polars", "sklearn", "scipy", "pandas", "narwhals", "safetensors")


@pytest.mark.parametrize("args", [["--help"], ["fit", "--help"], ["--version"], ["-h"]])
def test_help_imports_nothing_heavy(args):
    code = (
        "import sys; sys.argv = ['chainrule', *sys.argv[1:]]\n"
        "from chainrule.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit as error:\n    assert not error.code\n"
        f"print('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert out.splitlines()[-1].strip() == "loaded:"


@pytest.mark.parametrize("command", ["fit", "tune", "predict", "evaluate", "inspect"])
def test_every_command_has_examples(program, command):
    out = program(command, "--help").stdout
    assert "For example:" in out
    assert f"chainrule {command} " in out.split("For example:")[1]


def test_help_names_the_presets_and_how_to_get_completion(program):
    out = program("fit", "--help").stdout
    named = re.search(r"How much care to take: ([\s\S]+?)\.", out).group(1)
    assert re.findall(r"[\w-]+", named) == list(RECIPES)
    assert "<str>" not in out
    assert "chainrule --install-completion" in program("--help").stdout


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("--activation rel", ["relu"]),
        ("--task reg", ["regression"]),
        ("--embeddings pl", ["plr", "ple"]),
        ("--target-transform p", ["power"]),
        ("--preset realmlp-td-", ["realmlp-td-s"]),
    ],
)
def test_names_are_completed(typed, names):
    code = "import sys; sys.argv = ['chainrule']; from chainrule.cli.main import main; main()"
    asked = {
        "_CHAINRULE_COMPLETE": "complete_bash",
        "COMP_WORDS": f"chainrule fit t.csv {typed}",
        "COMP_CWORD": "4",
    }
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, **asked},
    ).stdout
    assert out.split() == names


def test_a_misspelt_name_fails_before_anything_heavy_is_imported():
    code = (
        "import sys\n"
        "from chainrule.cli.options import check_choices\n"
        "try:\n    check_choices(task='auto', preset='best', activation='rellu')\n"
        "except ValueError as error:\n    print(error)\n"
        f"print('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert "Did you mean 'relu'" in out
    assert out.splitlines()[-1].strip() == "loaded:"


def test_the_names_are_those_of_the_tables():
    assert list(EMBEDDINGS) == list(options.EMBEDDINGS)
    assert TRANSFORMS == options.TRANSFORMS
    assert options.TASKS == model_settings.TASKS
    assert list(RECIPES) == list(options.PRESETS)


def test_version(program):
    import chainrule

    assert program("--version").stdout == f"chainrule {chainrule.__version__}\n"


def test_shell_completion(program):
    # Typer looks for the shell among the parents of the process; the tests may have none there.
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "True"}
    out = program("--show-completion", "bash", **named).stdout
    assert "complete" in out
