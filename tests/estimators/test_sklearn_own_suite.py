"""scikit-learn's own tests of its networks, run with our classes in the place of theirs."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = "sklearn.neural_network.tests.test_mlp"

# Tests that cannot pass because they reach into scikit-learn's private state. One that passes after
# all, or is gone from scikit-learn, has to leave this list.
PRIVATE = {
    "test_fit": "builds a half-fitted network by hand from private gradient and velocity lists",
    "test_gradient": "calls the private _loss_grad_lbfgs with its lists of work arrays",
    "test_learning_rate_warmstart": "reads the rate from the private _optimizer",
    "test_adaptive_learning_rate": "reads the rate from the private _optimizer",
}


def scikit_learn_tests() -> list[str]:
    """Names of the test functions in the installed module, without importing it."""
    source = Path(importlib.util.find_spec(MODULE).origin).read_text(encoding="utf-8")
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return [function.name for function in functions if function.name.startswith("test_")]


TESTS = scikit_learn_tests()


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict:
    """Outcome of one run of scikit-learn's module in a fresh process."""
    folder = tmp_path_factory.mktemp("scikit-learn")
    here = Path(__file__).parent
    environment = {
        **os.environ,
        "CHAINRULE_TEST_RESULTS": str(folder / "results.json"),
        "PYTHONPATH": os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")]),
    }
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "scikit_learn_plugin"]
    command += ["-p", "no:cacheprovider", "--pyargs", MODULE]
    run = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        # The whole module takes scikit-learn half a minute.
        timeout=600,
        check=False,
    )
    # 0: all passed, 1: some failed; anything else means that the run itself went wrong.
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return json.loads((folder / "results.json").read_text())


def test_our_classes_were_tested(results):
    assert [name.split(".")[0] for name in results["classes"]] == ["chainrule", "chainrule"]


def test_every_test_of_the_module_ran(results):
    assert set(results["collected"]) == set(TESTS)


@pytest.mark.parametrize("name", [name for name in TESTS if name not in PRIVATE])
def test_passes_with_our_classes(name, results):
    failures = results["failures"].get(name, [])
    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("name", PRIVATE)
def test_listed_as_private_is_still_needed(name, results):
    assert name in results["collected"], f"{name} is gone from scikit-learn; drop it from PRIVATE"
    assert name in results["failures"], f"{name} passes; drop it from PRIVATE"
