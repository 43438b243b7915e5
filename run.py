#!/usr/bin/env python3
"""The project's verbs, each one command on a machine with only Python and pip.

    python3 run.py demo     set up, then train on the penguins that ship with the repository
    python3 run.py test     set up, then run the tests
    python3 run.py check    set up, then lint, types, import contracts, tests and doc examples
    python3 run.py bench    set up, then time chainrule beside scikit-learn, PyTorch and JAX

The first use makes a virtual environment in `.venv` and installs the project and what the verb
needs. Further words are handed on: `python3 run.py test -k graph`.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
TESTS = ["pytest", "--doctest-modules", "--doctest-glob=*.md", "tests", "src", "docs", "README.md"]

# What each verb installs, and the commands it runs.
VERBS: dict[str, tuple[str, list[list[str]]]] = {
    "demo": ("cli", [["chainrule", "fit", "examples/penguins.csv", "--target", "species"]]),
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
    return 0


def set_up(extras: str) -> None:
    """Make the environment and install into it, unless that was done for the same project file."""
    done = ENVIRONMENT / f"installed-{extras.replace(',', '-')}"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if done.exists() and done.read_text() == wanted:
        return
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        print("setting up .venv ...", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
    install = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "-e", f".[{extras}]"]
    print("installing (some minutes the first time) ...", flush=True)
    subprocess.run(install, cwd=ROOT, check=True)
    done.write_text(wanted)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        sys.exit(130)
