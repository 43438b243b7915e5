"""Compiled code on disk: used again, never trusted blindly, never in the way of a fit."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import llvmlite.binding
import numpy as np
import pytest
from numba import types
from numba.core.compiler_lock import _CompilerLock, global_compiler_lock

import chainrule
from chainrule.engine import code_cache, kernels
from chainrule.engine.jit import compile_kernel
from chainrule.formulas import ACTIVATIONS, LOSSES

ANNOUNCEMENT = "chainrule: compiling what this network needs"

# One kernel is enough to tell, and takes half a second to compile.
COMPILE_ONE = """
import numpy as np
from chainrule.engine.kernels import kernel
from chainrule.formulas import ACTIVATIONS
assert kernel("activation", "forward", ACTIVATIONS["relu"], np.float32, False)
"""
FIT = """
from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel
x = Input(1)
print(GraphModel(Graph(x, Dense(1)(x))).fit([[1.0], [2.0]], [1.0, 0.0], epochs=2).parameters)
"""
# Dropout allocates in compiled code, by Numba's runtime.
FIT_THEN_COMPILE = """
import sys
from chainrule.engine import kernels
from chainrule.formulas import ACTIVATIONS
from chainrule.graph import Dense, Dropout, Graph, Input
from chainrule.training import GraphModel
x = Input(1)
model = GraphModel(Graph(x, Dense(1)(Dropout(0.5)(x))), random_state=0)
print(model.fit([[1.0], [2.0]], [1.0, 0.0], epochs=2).parameters)
print("numba.np.arrayobj" in sys.modules)
if sys.argv[1:] == ["compile"]:
    kernels.kernel("activation", "forward", ACTIVATIONS["relu"], kernels.np.float64, False)
    print("numba.np.arrayobj" in sys.modules)
"""
FOLDER_OF = """
from chainrule.engine.code_cache import cache_folder
print(cache_folder().name)
"""


def start(
    script: str, folder: Path, package: Path | None = None, *arguments: str
) -> subprocess.Popen[str]:
    where = (package or Path(chainrule.__file__).parent).parent
    environment = os.environ | {"CHAINRULE_CACHE_DIR": str(folder), "PYTHONPATH": str(where)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", script, *arguments], env=environment, **pipes)


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out, error


def compile_one(formula: str = "relu") -> int:
    """A kernel's address, compiled or loaded: past what the process remembers."""
    kernels._kernel.cache_clear()
    return kernels.kernel("activation", "forward", ACTIVATIONS[formula], np.float32, False)


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """An empty folder, in a process that has said nothing yet."""
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(code_cache, "_announced", False)
    monkeypatch.setattr(code_cache, "_warned", False)
    return tmp_path


def files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_a_second_process_does_not_compile(cache):
    assert ANNOUNCEMENT in finish(start(COMPILE_ONE, cache))[1]
    kept = {path: path.stat().st_mtime_ns for path in files(cache)}
    assert kept
    assert ANNOUNCEMENT not in finish(start(COMPILE_ONE, cache))[1]
    assert {path: path.stat().st_mtime_ns for path in files(cache)} == kept


def test_loading_does_not_set_the_compiler_up(cache):
    """What compiling takes (150 ms, 40 MB) is imported by the process that compiles, also later."""
    weights, compiler = finish(start(FIT_THEN_COMPILE, cache))[0].splitlines()
    assert compiler == "True"
    assert finish(start(FIT_THEN_COMPILE, cache))[0].splitlines() == [weights, "False"]
    later = finish(start(FIT_THEN_COMPILE, cache, None, "compile"))[0].splitlines()
    assert later == [weights, "False", "True"]


def test_two_processes_that_compile_at_once_both_succeed(cache):
    both = [start(COMPILE_ONE, cache / "new") for _ in range(2)]
    for process in both:
        finish(process)
    assert len(files(cache)) == 1  # one whole file, no half-written one beside it
    assert ANNOUNCEMENT not in finish(start(COMPILE_ONE, cache / "new"))[1]


@pytest.mark.parametrize("content", [b"", b"no pickle", None], ids=["empty", "text", "half"])
def test_a_damaged_file_is_written_again(content, cache, capfd):
    compile_one()
    (path,) = files(cache)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert compile_one()
    assert len(path.read_bytes()) > len(whole) // 2
    capfd.readouterr()
    code_cache._announced = False
    assert compile_one()
    assert ANNOUNCEMENT not in capfd.readouterr().err  # it was whole again


def test_the_announcement_is_made_once(cache, capfd):
    compile_one("relu")
    compile_one("leaky_relu")
    assert capfd.readouterr().err.count(ANNOUNCEMENT) == 1


def test_a_folder_that_cannot_be_made_warns_and_the_fit_goes_on(cache):
    # A plain file in the folder's place, which stops even the superuser.
    (cache / "file").write_text("")
    out, error = finish(start(FIT, cache / "file"))
    assert "RuntimeWarning: compiled code could not be kept in" in error
    assert "Set CHAINRULE_CACHE_DIR to a folder that can be written." in error
    assert out.startswith("[")


def test_a_folder_that_cannot_be_written_warns_once(cache, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(code_cache.tempfile, "mkstemp", refuse)
    with pytest.warns(RuntimeWarning, match=r"could not be kept in .*code-.*Permission denied"):
        assert compile_one("relu")
    assert compile_one("leaky_relu")  # a second warning would be an error here
    assert files(cache) == []


@pytest.mark.parametrize("source", ["formulas/activations/gated.py", "engine/operations/dense.py"])
def test_an_edited_source_has_a_folder_of_its_own(source, tmp_path):
    package = tmp_path / "chainrule"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(chainrule.__file__).parent, package, ignore=ignored)
    (same, _), ours = finish(start(FOLDER_OF, tmp_path, package)), code_cache.cache_folder().name
    assert same.strip() == ours
    with (package / source).open("a") as file:
        file.write("# edited\n")
    assert finish(start(FOLDER_OF, tmp_path, package))[0].strip() != ours


def test_folders_of_old_versions_are_removed_when_long_unused(cache):
    for name, days in [("code-old", 61), ("code-recent", 59), ("other", 100)]:
        (cache / name).mkdir()
        then = code_cache.time.time() - days * 86400
        os.utime(cache / name, (then, then))
    compile_one()
    left = {path.name for path in cache.iterdir()}
    assert left == {"code-recent", "other", code_cache.cache_folder().name}


def test_training_and_prediction_share_their_kernels():
    """What only the loss on its way back asks for must not have others compiled twice."""
    row = LOSSES["log_loss"]
    for operation, role, own, different in [
        ("dense", "forward", None, 1),
        ("loss", "forward", row, 1),
        ("loss", "backward", row, 2),
    ]:
        pair = {kernels.kernel(operation, role, own, np.float64, asks) for asks in (True, False)}
        assert len(pair) == different


def test_on_disk_is_machine_code_and_names_alone(cache):
    """What it was made from would take memory and time in each process that loads it."""
    compile_one()
    (path,) = files(cache)
    _, kind, (code, names) = pickle.loads(path.read_bytes())[0]
    functions = [f for f in llvmlite.binding.parse_bitcode(names).functions if not f.is_declaration]
    assert kind == "object"
    assert code
    assert functions
    assert {str(line).strip() for f in functions for b in f.blocks for line in b.instructions} == {
        "ret void"
    }


def test_ctrl_c_waits_for_the_compiler(monkeypatch):
    """It would leave Numba's lock taken, and fits in other threads waiting for ever."""
    take = _CompilerLock.__enter__

    def one_more(x):
        return x + 1.0

    def take_as_ctrl_c_comes(lock):
        take(lock)
        os.kill(os.getpid(), signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(_CompilerLock, "__enter__", take_as_ctrl_c_comes)
    try:
        with pytest.raises(KeyboardInterrupt):
            compile_kernel(one_more, types.float64(types.float64), ("ctrl-c",))
        assert not global_compiler_lock.is_locked()
    finally:
        while global_compiler_lock.is_locked():
            global_compiler_lock.release()
    assert signal.getsignal(signal.SIGINT) is handler
