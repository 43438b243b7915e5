"""The one place that speaks to Numba's compiler: how code is compiled, and with which options.

Every compiled piece of chainrule is a C function at an address (`compile_kernel`): the tape holds
such addresses, and the interpreter calls them. A formula is compiled into the kernels that use it,
in the precision of the network, so what a network does not use is never compiled.
"""

import hashlib
import os
import signal
import threading
import types as python_types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import cache
from typing import Any

import llvmlite.binding
import numba
from numba.core.ccallback import CFunc

from chainrule.exceptions import ChainruleError

from .code_cache import CodeCache

# contract: a*b+c may be one fused operation. nsz: the sign of a zero does not matter.
# Never nnan or ninf: they would remove the checks for a diverging fit. Never reassoc here: it would
# undo the exactness of the range reductions in vector_math. Only sums (REDUCTION) may be reordered,
# so that they vectorise; the order is fixed when the code is compiled, so a sum has the same bits
# each time.
FASTMATH = {"contract", "nsz"}
REDUCTION = FASTMATH | {"reassoc"}

# Bytes of a cache line, where loops of ours begin, and of LLVM's usual alignment.
CACHE_LINE, _USUAL_ALIGNMENT = 64, 16

# The code of a kernel lives as long as the object that Numba gave for it.
_alive: list[Any] = []

# Numba's compiler is not safe to enter from two threads.
_lock = threading.RLock()


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def compile_kernel(
    function: Callable[..., Any],
    signature: Any,
    key: tuple[object, ...],
    *,
    fastmath: set[str] = FASTMATH,
) -> Any:
    """Compile `function` to a C function, for good.

    Compiled code calls its `address`; its `ctypes` is what Python calls, without the interpreter's
    lock.

    `key` names all that the function closes over (formula, precision): equal keys share cached
    code.
    """
    _need_compiler()
    options = {"nopython": True, "error_model": "numpy", "fastmath": fastmath}
    with _uninterrupted(), _lock:
        parts = (signature.args, signature.return_type)
        compiled: Any = CFunc(function, parts, locals={}, options=options)
        compiled._cache = CodeCache(function, key)
        with _aligned_loops():
            compiled.compile()
    _alive.append(compiled)
    return compiled


def compile_function(
    function: Callable[..., Any],
    signature: Any,
    key: tuple[object, ...],
    *,
    nogil: bool = True,
) -> Any:
    """Compile `function` to one that Python calls and that runs without the interpreter's lock."""
    _need_compiler()
    with _uninterrupted(), _lock:
        compiled = numba.njit(nogil=nogil, error_model="numpy", fastmath=FASTMATH)(function)
        compiled._cache = CodeCache(function, key)
        with _aligned_loops():
            compiled.compile(signature)
        compiled.disable_compile()
    return compiled


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until a piece of code is compiled or loaded.

    Between two lines of Numba's that take a lock and return, it would leave the lock taken, and
    every later fit in another thread waiting for ever.
    """
    main = threading.current_thread() is threading.main_thread()
    handler: Any = signal.getsignal(signal.SIGINT) if main else None
    if not callable(handler):
        yield
        return
    came: list[tuple[Any, ...]] = []
    signal.signal(signal.SIGINT, lambda *what: came.append(what))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            handler(*came[-1])


@contextmanager
def _aligned_loops() -> Iterator[None]:
    """Let innermost loops begin at a cache line, in what is compiled meanwhile.

    The loop of a tile whose matrices lie anywhere has 122 bytes. Begun anywhere, as by default, it
    lay in two lines of code or three, by chance, and a product was up to 7 % slower.
    """
    _set_loop_alignment(CACHE_LINE)
    try:
        yield
    finally:
        _set_loop_alignment(_USUAL_ALIGNMENT)


def _set_loop_alignment(size: int) -> None:
    # An LLVM that does not know the option ignores it.
    exponent = size.bit_length() - 1
    option = f"-x86-experimental-pref-innermost-loop-alignment={exponent}"
    llvmlite.binding.set_option("chainrule", option)


def _need_compiler() -> None:
    if numba.config.DISABLE_JIT:
        raise ChainruleError(
            "NUMBA_DISABLE_JIT must be unset or 0 for networks, which run as compiled code only, "
            f"got {numba.config.DISABLE_JIT}. Unset it; formulas and graphs alone do without the "
            "compiler."
        )


def inline(function: Callable[..., Any], *, fastmath: set[str] = FASTMATH) -> Any:
    """Make a helper that other compiled functions of the engine call."""
    # Inlined by force: a large formula left as a call would keep the loop around it from
    # vectorising. Without the wrappers that let Python or C call it, which nobody does: they took a
    # quarter of the time that a first fit waits for the compiler.
    return numba.njit(
        error_model="numpy",
        fastmath=fastmath,
        forceinline=True,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )(function)


@cache
def in_precision(formula: Callable[..., Any], dtype: Any) -> Any:
    """Make a formula callable from kernels, its float constants in `dtype`.

    Numba takes `0.5 * x` to float64 when x is float32; the copy made here has float32(0.5) in its
    place. Formulas that it calls are treated alike; the elementary functions are those of
    `vector_math`.
    """
    if _is_elementary(formula):
        return inline(_calling(formula))

    def cast(value: object) -> object:
        return dtype(value) if type(value) is float else value

    names: dict[str, object] = dict(formula.__globals__)
    for name in names.keys() & set(formula.__code__.co_names):
        value = names[name]
        if isinstance(value, python_types.FunctionType) and not _is_elementary(value):
            names[name] = in_precision(value, dtype)
        else:
            names[name] = cast(value)
    code = formula.__code__.replace(co_consts=tuple(map(cast, formula.__code__.co_consts)))
    cells = tuple(_cell(cell.cell_contents, dtype) for cell in formula.__closure__ or ())
    copy = python_types.FunctionType(code, names, formula.__name__, formula.__defaults__, cells)
    return inline(copy)


def _cell(value: Any, dtype: Any) -> python_types.CellType:
    """What a formula closes over, in the precision too: a setting, several, or another formula."""
    if isinstance(value, python_types.FunctionType) and not _is_elementary(value):
        value = in_precision(value, dtype)
    elif isinstance(value, tuple):
        value = tuple(dtype(item) if type(item) is float else item for item in value)
    elif type(value) is float:
        value = dtype(value)
    return python_types.CellType(value)


def _is_elementary(function: Callable[..., Any]) -> bool:
    return function.__module__ == "chainrule.formulas.elementary"


def _calling(elementary: Callable[..., Any]) -> Callable[..., Any]:
    """A formula that is an elementary function and nothing else."""

    def formula(x: Any) -> Any:
        return elementary(x)

    return formula


def fingerprint(row: Any) -> str:
    """A hash of a formula's row: of the code of its functions and of all that they call or name.

    Compiled code is kept on disk under it, so that an edited formula is compiled again.
    """
    digest = hashlib.sha256()
    pending = list(_functions(row))
    seen: set[int] = set()
    while pending:
        function = pending.pop()
        if id(function) in seen or not isinstance(function, python_types.FunctionType):
            continue
        seen.add(id(function))
        code = function.__code__
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        named = [function.__globals__.get(name) for name in code.co_names]
        plain = [v for v in (*named, *cells) if isinstance(v, int | float | str | tuple)]
        constants = [value for value in code.co_consts if not isinstance(value, str)]
        digest.update(repr((code.co_code, code.co_names, constants, plain)).encode())
        pending += [value for value in (*named, *cells) if callable(value)]
    return digest.hexdigest()


def _functions(row: Any) -> Iterator[Any]:
    """The functions of a row, and those of a row in it."""
    for value in vars(row).values() if row else ():
        if is_dataclass(value):
            yield from _functions(value)
        elif callable(value):
            yield value
