#!/usr/bin/env python3
"""The project's verbs, each one command on a machine with only Python 3.11 or later and pip.

    python3 run.py demo     set up, then train on the penguins that ship with the repository
    python3 run.py test     set up, then run the tests
    python3 run.py check    set up, then lint, types, import contracts, tests and doc examples
    python3 run.py bench    set up, then time chainrule beside scikit-learn, PyTorch and JAX

The first use makes a virtual environment in `.venv` and installs the project and what the verb
needs. Further words are handed on: `python3 run.py test -k graph`. The tests compare with PyTorch;
where pip would bring its large build for graphics cards, first install the small one into `.venv`,
see docs/dependencies.md.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python should say so, not stumble
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit("chainrule needs Python 3.11 or later, this is " + version)

import hashlib
import os
import shutil
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
# Two processes at least: many tests wait for a program that they have started.
TESTS = [
    "pytest",
    "-n",
    str(max(2, os.cpu_count() or 1)),
    "--doctest-modules",
    "--doctest-glob=*.md",
    "tests",
    "src",
    "docs",
    "README.md",
]

# Names of its own, so that the demo may be repeated and replaces no model of the user's.
DEMO = ["--report", "demo.html", "--out", "demo.chainrule", "--force"]
# What each verb installs, and the commands it runs.
VERBS: dict[str, tuple[str, list[list[str]]]] = {
    "demo": (
        "cli,report",
        [["chainrule", "fit", "examples/penguins.csv", "--target", "species", *DEMO]],
    ),
    "test": ("test", [["python", "-m", *TESTS]]),
    "check": (
        "dev",
        [
            ["python", "-m", "ruff", "check", "."],
            ["python", "-m", "ruff", "format", "--check", "."],
            ["python", "-m", "mypy"],
            ["lint-imports", "--no-cache"],
            ["python", "-m", *TESTS],
        ],
    ),
    "bench": ("cli,bench", [["python", "-m", "benchmarks"]]),
}


def main(arguments: list[str]) -> int:
    """Run one verb; gives the status of the first command that fails."""
    if not arguments or arguments[0] not in VERBS:
        print(__doc__)
        return 0 if arguments[:1] in (["help"], ["--help"], ["-h"]) else 2
    extras, commands = VERBS[arguments[0]]
    set_up(extras)
    for number, command in enumerate(commands, 1):
        handed_on = arguments[1:] if number == len(commands) else []
        print("$", *command, *handed_on, flush=True)
        status = subprocess.run(
            [str(BIN / command[0]), *command[1:], *handed_on], cwd=ROOT, check=False
        ).returncode
        if status:
            return status
    if arguments[0] == "demo":
        activate = BIN.relative_to(ROOT) / "activate"
        print(f"\nTo use the commands yourself:  source {activate}   (then: chainrule --help)")
    return 0


def set_up(extras: str) -> None:
    """Make the environment and install into it, unless that was done for the same project file."""
    done = ENVIRONMENT / f"installed-{extras.replace(',', '-')}"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if done.exists() and done.read_text() == wanted:
        return
    pip = [str(BIN / "python"), "-m", "pip"]
    if not _runs([*pip, "--version"]):
        print("setting up .venv ...", flush=True)
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        try:
            venv.create(ENVIRONMENT, with_pip=True)
        except (subprocess.CalledProcessError, OSError) as error:
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            sys.exit(
                f"could not make a virtual environment in {ENVIRONMENT}: {error}\n"
                "On Debian and Ubuntu install the package python3-venv, then try again."
            )
    print(f"installing chainrule[{extras}] (some minutes the first time) ...", flush=True)
    subprocess.run([*pip, "install", "--quiet", "-e", f".[{extras}]"], cwd=ROOT, check=True)
    done.write_text(wanted)


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        sys.exit(130)
