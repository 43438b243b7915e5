"""NUMBA_DISABLE_JIT=1: formulas and graphs are plain Python; a network says what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each formula by its first principles, and every graph on its tape.
PLAIN = ["tests/formulas/test_registries.py", "tests/graph"]
MESSAGE = "chainrule.exceptions.ChainruleError: NUMBA_DISABLE_JIT must be unset or 0 for networks"

FIT = """
from chainrule import MLPRegressor
MLPRegressor().fit([[1.0], [2.0]], [1.0, 0.0])
"""
TRACE = """
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel
x = Input(1)
GraphModel(Graph(x, Dense(1)(x))).trace([[1.0]], [1.0])
"""


def without_compiler(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_formulas_and_graphs_do_without():
    quiet = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = without_compiler("-m", "pytest", *quiet, *PLAIN)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", [FIT, TRACE], ids=["fit", "trace"])
def test_a_network_says_what_to_unset(script):
    done = without_compiler("-c", script)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(MESSAGE), done.stderr
    assert "got 1. Unset it" in done.stderr
