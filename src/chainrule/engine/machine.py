"""Words that Numba lacks.

Memory at an address (views, copies), calls through an address, atomic counters, matrix
products. Nothing here knows of networks.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_I64 = ir.IntType(64)
_I32 = ir.IntType(32)
_I8P = ir.IntType(8).as_pointer()


# Bits of the processor's floating-point control register: results below the smallest normal number
# become 0, and such operands are read as 0. Intel's MXCSR has two, ARM's FPCR one for both.
_FLUSH = {"x86_64": 0x8040, "aarch64": 1 << 24, "arm64": 1 << 24}


def _read_control(builder: Any) -> Any:
    """The register, as 64 bits."""
    if _kind(builder) == "x86_64":
        place = cgutils.alloca_once(builder, _I32)
        _call(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), [builder.bitcast(place, _I8P)])
        return builder.zext(builder.load(place), _I64)
    return _call(builder, "llvm.aarch64.get.fpcr", _I64, [])


def _write_control(builder: Any, value: Any) -> None:
    if _kind(builder) == "x86_64":
        place = cgutils.alloca_once_value(builder, builder.trunc(value, _I32))
        _call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), [builder.bitcast(place, _I8P)])
    else:
        _call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), [value])


def _kind(builder: Any) -> str:
    return str(builder.module.triple).split("-")[0]


def _call(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)


@intrinsic
def pointer(typingctx: Any, address: Any, start: Any, dtype: Any) -> Any:
    """A pointer to number `start` of the numbers of type `dtype` that begin at `address`."""
    signature = types.CPointer(dtype.dtype)(types.int64, types.int64, dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        base = builder.inttoptr(args[0], context.get_value_type(sig.return_type))
        return builder.gep(base, [args[1]])

    return signature, generate


# Bytes that `copy_numbers` takes at a time.
_COPIED_BYTES = 32


@intrinsic
def copy_numbers(typingctx: Any, source: Any, target: Any, count: Any, dtype: Any) -> Any:
    """Copy `count` numbers from an address to another; the two stretches have nothing in common.

    Whole vectors, of which the last begins where it ends with the numbers. A loop over the numbers
    does those that fill no vector one by one, and first asks whether the stretches overlap; for a
    row of a table that takes as long as its copying.
    """
    signature = types.void(types.int64, types.int64, types.int64, dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        source, target, count, _ = args
        number = context.get_value_type(dtype.dtype)
        size = context.get_abi_sizeof(number)
        lanes = _I64(_COPIED_BYTES // size)
        vector = ir.VectorType(number, _COPIED_BYTES // size)

        def copy(place: Any, what: Any) -> None:
            step = builder.mul(place, _I64(size))
            old, new = (
                builder.inttoptr(builder.add(base, step), what.as_pointer())
                for base in (source, target)
            )
            builder.store(builder.load(old, align=size), new, align=size)

        last = builder.sub(count, lanes)
        with builder.if_else(builder.icmp_signed(">=", count, lanes)) as (wide, narrow):
            with wide:
                with cgutils.for_range_slice(builder, _I64(0), last, lanes, _I64) as (place, _):
                    copy(place, vector)
                copy(last, vector)
            with narrow, cgutils.for_range(builder, count, intp=_I64) as loop:
                copy(loop.index, number)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def call_kernel(typingctx: Any, kernel: Any, context: Any, place: Any, a: Any, b: Any) -> Any:
    """Call the C function `double kernel(int64, int64, int64, int64)` at an address."""
    signature = types.float64(*[types.int64] * 5)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        function = ir.FunctionType(ir.DoubleType(), [_I64] * 4).as_pointer()
        return builder.call(builder.inttoptr(args[0], function), args[1:])

    return signature, generate


@intrinsic
def call_yield(typingctx: Any, function: Any) -> Any:
    """Call the C function `int function(void)` at an address.

    It is the system's yield of the processor.
    """
    signature = types.void(types.int64)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        target = ir.FunctionType(_I32, []).as_pointer()
        builder.call(builder.inttoptr(args[0], target), [])
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def flush_subnormals(typingctx: Any) -> Any:
    """From here on this thread takes numbers smaller than the smallest normal one for 0.

    Gives what `restore_rounding` needs. On processors of other kinds than x86-64 and ARM64 nothing
    changes.
    """

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if _kind(builder) not in _FLUSH:
            return _I64(0)
        before = _read_control(builder)
        _write_control(builder, builder.or_(before, _I64(_FLUSH[_kind(builder)])))
        return before

    return types.int64(), generate


@intrinsic
def restore_rounding(typingctx: Any, before: Any) -> Any:
    """The reverse of `flush_subnormals`, which gave `before`."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if _kind(builder) in _FLUSH:
            _write_control(builder, args[0])
        return context.get_dummy_value()

    return types.void(types.int64), generate


def _read_and_write(operation: str) -> Any:
    """What an atomic operation of LLVM needs to be an intrinsic."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], _I64.as_pointer())
        return builder.atomic_rmw(operation, place, args[1], "acq_rel")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def atomic_add(typingctx: Any, address: Any, amount: Any) -> Any:
    """Add to the 64-bit counter at an address; gives the value before."""
    return _read_and_write("add")


@intrinsic
def atomic_set(typingctx: Any, address: Any, value: Any) -> Any:
    """Set the 64-bit counter at an address; gives the value before."""
    return _read_and_write("xchg")


@intrinsic
def atomic_change(typingctx: Any, address: Any, old: Any, new: Any) -> Any:
    """Set the 64-bit counter at an address to `new` if it is `old`; says whether it was."""
    signature = types.boolean(types.int64, types.int64, types.int64)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], _I64.as_pointer())
        outcome = builder.cmpxchg(place, args[1], args[2], "acq_rel", "acquire")
        return builder.extract_value(outcome, 1)

    return signature, generate


@intrinsic
def atomic_load(typingctx: Any, address: Any) -> Any:
    """Read the 64-bit counter at an address."""
    signature = types.int64(types.int64)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], _I64.as_pointer())
        return builder.load_atomic(place, "acquire", 8)

    return signature, generate


@intrinsic
def claim_line(typingctx: Any, address: Any) -> Any:
    """Write the 32 bits at an address as they are, so that this core alone has their cache line.

    Nobody else may write them meanwhile. A wider store of the whole line takes two places of the
    queue of stores on some processors, and a prefetch for writing does less: see docs/engine.md.
    """

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], _I32.as_pointer())
        builder.store_atomic(builder.load_atomic(place, "monotonic", 4), place, "monotonic", 4)
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def gemm(
    typingctx: Any,
    workspace: Any,
    dtype: Any,
    transpose_a: Any,
    transpose_b: Any,
    m: Any,
    n: Any,
    k: Any,
    a: Any,
    lda: Any,
    b: Any,
    ldb: Any,
    c: Any,
    ldc: Any,
    d: Any,
    ldd: Any,
) -> Any:
    """C = op(A) op(B) + D, by `engine.gemm` with the workspace at an address.

    Column-major, as BLAS has it; `a` to `d` are addresses, `transpose_*` are 0 or 1. Where `d` is
    0, nothing is added; where `ldd` is 0, each column of D is the same. That product is row-major,
    so it is asked for the transpose of C: op(B)' op(A)' + D'.
    """
    signature = types.void(types.int64, dtype, *[types.int64] * 13)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        workspace, _, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, *rest = args
        routine = builder.load(builder.inttoptr(workspace, _I64.as_pointer()))
        operands = [transpose_b, transpose_a, n, m, k, b, ldb, a, lda, *rest]
        memory = cgutils.alloca_once(builder, ir.ArrayType(_I64, len(operands)))
        for number, operand in enumerate(operands):
            builder.store(operand, builder.gep(memory, [_I64(0), _I64(number)]))
        function = ir.FunctionType(ir.DoubleType(), [_I64] * 2).as_pointer()
        place = builder.ptrtoint(memory, _I64)
        builder.call(builder.inttoptr(routine, function), [workspace, place])
        return context.get_dummy_value()

    return signature, generate
