"""Compiled code on disk, so that only the first fit on a machine waits for the compiler.

Numba's own cache keeps one index for all versions of a function, which two processes can leave
pointing at each other's code, and does not notice an edit in a function that another one calls.
Here each piece of code is one file, named by a hash of all that it was made from: what it closes
over, the sources of `formulas/` and `engine/`, the versions of Python, Numba and llvmlite, and the
processor.

The folder is `CHAINRULE_CACHE_DIR` or the user's cache folder. Like any compiler's cache it has to
be a folder that only its user can write to.
"""

import hashlib
import logging
import os
import pickle
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
import platformdirs
from numba.core import serialize
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.runtime import _nrt_python

# Folders of other versions of chainrule are removed when nobody has used them for this long.
_KEPT_SECONDS = 60 * 86400.0

_announced = False
_warned = False


def cache_folder() -> Path:
    """Where compiled code of these sources is kept between processes."""
    named = os.environ.get("CHAINRULE_CACHE_DIR")
    root = Path(named) if named else platformdirs.user_cache_path("chainrule", appauthor=False)
    folder = root / f"code-{_source_hash()[:16]}"
    _mark_used(folder)
    return folder


@lru_cache(maxsize=8)
def _mark_used(folder: Path) -> None:
    """Once a process, so that `_remove_old` sees how long nobody has used a folder."""
    with suppress(OSError):
        os.utime(folder)


@lru_cache(maxsize=1)
def _source_hash() -> str:
    """Hash of the versions and the source files that compiled code is made from."""
    package = Path(__file__).resolve().parent.parent
    files = sorted([*package.glob("formulas/**/*.py"), *package.glob("engine/**/*.py")])
    digest = hashlib.sha256(repr((sys.version, numba.__version__, llvmlite.__version__)).encode())
    for file in files:
        content = file.read_bytes()
        name = file.relative_to(package).as_posix()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


class CodeCache(NullCache):
    """What Numba asks for code before it compiles, and tells of code that it compiled."""

    def __init__(self, function: Callable[..., Any], key: tuple[object, ...]) -> None:
        self._name = function.__qualname__.replace(".<locals>", "")
        self._key = key

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """The code, or None where it has to be compiled."""
        _provide_runtime()
        path = self._path(signature, target_context.codegen())
        try:
            return CompileResult._rebuild(target_context, *pickle.loads(path.read_bytes()))
        except FileNotFoundError:
            pass
        except Exception:  # a damaged file is one to write again
            with suppress(OSError):
                path.unlink(missing_ok=True)
        _announce()
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep the code; a folder that cannot be written costs a warning, never a fit."""
        path = self._path(signature, compiled.codegen)
        try:
            if not path.parent.exists():
                _remove_old(path.parent.parent)
                path.parent.mkdir(parents=True, exist_ok=True)
            library, *parts, environments = compiled._reduce()
            # Of use only where compiled code names a Python object; the others, most of them, would
            # only make a later process import their modules.
            named = tuple(environment for environment in environments if environment.consts)
            _write(path, serialize.dumps((_machine_code(library), *parts, named)))
        except OSError as error:
            _warn(path.parent, error)

    def _path(self, signature: Any, codegen: Any) -> Path:
        made_from = repr((self._name, self._key, str(signature), codegen.magic_tuple()))
        digest = hashlib.sha256(made_from.encode()).hexdigest()
        return cache_folder() / f"{self._name}-{digest[:24]}"


def _machine_code(library: Any) -> Any:
    """A library as Numba keeps it, where it keeps what machine code was made from only the names.

    The rest would let other code be compiled into it or it into other code; kernels are called by
    their addresses. To read it took a process 7 MB, and a third of the time of its first fit.
    """
    name, kind, (code, bitcode) = library
    module = llvmlite.binding.parse_bitcode(bitcode)
    functions = [f.name for f in module.functions if not f.is_declaration]
    variables = [v.name for v in module.global_variables if not v.is_declaration]
    lines = [f'define void @"{name}"() {{ ret void }}' for name in functions]
    lines += [f'@"{name}" = global i8 0' for name in variables]
    names = llvmlite.binding.parse_assembly("\n".join(lines))
    return name, kind, (code, names.as_bitcode())


@cache
def _provide_runtime() -> None:
    """Let loaded code find the functions of Numba's runtime, written in C, that it names.

    Numba's own cache refreshes the whole compiler before it loads: 150 ms and 28 MB in each new
    process. Only compiling needs that, and does it by itself.
    """
    for name, address in _nrt_python.c_helpers.items():
        symbol = name if name.startswith("_") else f"NRT_{name}"
        llvmlite.binding.add_symbol(symbol, address)


def _write(path: Path, content: bytes) -> None:
    """Write a whole file or none."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _remove_old(root: Path) -> None:
    with suppress(OSError):
        for folder in root.glob("code-*"):
            if time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


class _Screen(logging.Handler):
    """Prints to stderr, whatever that is by then."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one message."""
        if sys.stderr is not None:
            print(self.format(record), file=sys.stderr, flush=True)


def _announce() -> None:
    """Say, once a process, why this fit takes longer; `logging.getLogger("chainrule")` hears it."""
    global _announced
    if _announced:
        return
    _announced = True
    log = logging.getLogger("chainrule")
    if log.level == logging.NOTSET and not log.handlers:
        # Nobody has said what to do with such messages: show this one.
        log.addHandler(_Screen())
        log.setLevel(logging.INFO)
    log.info(
        "chainrule: compiling what this network needs (5 to 30 seconds, kept for next time) ..."
    )


def _warn(folder: Path, error: OSError) -> None:
    global _warned
    if _warned:
        return
    _warned = True
    warnings.warn(
        f"compiled code could not be kept in {folder} ({error}), so the next process compiles "
        "again. Set CHAINRULE_CACHE_DIR to a folder that can be written.",
        RuntimeWarning,
        stacklevel=2,
    )
