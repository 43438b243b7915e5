"""Help comes at once: nothing heavy is imported for it."""

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize("command", ["fit", "predict", "evaluate", "inspect"])
def test_every_command_has_examples(program, command):
    out = program(command, "--help").stdout
    assert "For example:" in out
    assert f"chainrule {command} " in out.split("For example:")[1]


def test_version(program):
    import chainrule

    assert program("--version").stdout == f"chainrule {chainrule.__version__}\n"


def test_shell_completion(program):
    out = program("--show-completion", _CHAINRULE_COMPLETE="", SHELL="/bin/bash").stdout
    assert "complete" in out
