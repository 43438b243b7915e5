"""What products are made of: LLVM instructions on vectors at addresses, and routines of them."""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from .shape import Shape

I64, I32 = ir.IntType(64), ir.IntType(32)


class Emitter:
    """Emits instructions for vectors of one shape at the place of a builder."""

    def __init__(self, builder: Any, shape: Shape) -> None:
        self.builder = builder
        self.shape = shape
        self.vector = ir.VectorType(shape.real, shape.lanes)
        self.zero = ir.Constant(self.vector, [0.0] * shape.lanes)
        self.real = shape.real
        self._suffix = f"v{shape.lanes}f{8 * shape.size}"

    def bytes_of(self, count: Any) -> Any:
        """How many bytes so many numbers take."""
        return self.builder.mul(count, I64(self.shape.size))

    def plus(self, address: Any, vectors: int) -> Any:
        """The address some vectors further on."""
        return self.further(address, vectors * self.shape.lanes * self.shape.size)

    def further(self, address: Any, size: int) -> Any:
        """The address some bytes further on."""
        return self.builder.add(address, I64(size)) if size else address

    def apart(self, address: Any, step: Any, count: int) -> list[Any]:
        """So many addresses, each `step` bytes behind the last."""
        places = [address]
        for _ in range(1, count):
            places.append(self.builder.add(places[-1], step))
        return places

    def load(self, address: Any, mask: Any = None) -> Any:
        """A vector of any alignment; where `mask` is not set, 0 and nothing read."""
        place = self._at(address, self.vector)
        if mask is None:
            return self.builder.load(place, align=self.shape.size)
        arguments = [place, I32(self.shape.size), mask, self.zero]
        return self._call(f"llvm.masked.load.{self._suffix}.p0", self.vector, arguments)

    def store(self, value: Any, address: Any, mask: Any = None) -> None:
        """The reverse of `load`."""
        place = self._at(address, self.vector)
        if mask is None:
            self.builder.store(value, place, align=self.shape.size)
            return
        arguments = [value, place, I32(self.shape.size), mask]
        self._call(f"llvm.masked.store.{self._suffix}.p0", ir.VoidType(), arguments)

    def prefetch(self, address: Any) -> None:
        """Let the processor fetch the cache line of an address, which may be anything, to read."""
        to_read, near, data = I32(0), I32(3), I32(1)
        place = self._at(address, ir.IntType(8))
        self._call("llvm.prefetch.p0", ir.VoidType(), [place, to_read, near, data])

    def repeated(self, address: Any) -> Any:
        """The number at an address, in all lanes."""
        return self._splat(self.number(address), self.vector)

    def number(self, address: Any) -> Any:
        """The number at an address."""
        return self.builder.load(self._at(address, self.real), align=self.shape.size)

    def put(self, number: Any, address: Any) -> None:
        """The reverse of `number`."""
        self.builder.store(number, self._at(address, self.real), align=self.shape.size)

    def sum(self, vector: Any) -> Any:
        """The sum of all lanes: of halves, of halves of these, ..."""
        lanes = self.shape.lanes
        while lanes > 1:
            lanes //= 2
            low = self.shuffle(vector, vector, range(lanes))
            high = self.shuffle(vector, vector, range(lanes, 2 * lanes))
            vector = self.builder.fadd(low, high)
        return self.builder.extract_element(vector, I32(0))

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """a * b + c, rounded once where the processor has such an instruction."""
        return self._call(f"llvm.fmuladd.{self._suffix}", self.vector, [a, b, c])

    def first(self, count: Any) -> Any:
        """The mask of the first `count` lanes, none below 1; a count of a tile or so."""
        builder, lanes = self.builder, self.shape.lanes
        # Integers as wide as numbers, whose comparison is the mask as the processor wants it.
        kind = ir.IntType(8 * self.shape.size)
        if self.shape.size < 8:
            count = builder.trunc(count, kind)
        wide = ir.VectorType(kind, lanes)
        numbers = ir.Constant(wide, list(range(lanes)))
        return builder.icmp_signed("<", numbers, self._splat(count, wide))

    def shuffle(self, a: Any, b: Any, lanes: Sequence[int]) -> Any:
        """A vector of lanes of `a`, numbered from 0, and `b`, whose numbers follow."""
        numbers = ir.Constant(ir.VectorType(I32, len(lanes)), list(lanes))
        return self.builder.shuffle_vector(a, b, numbers)

    def hidden(self, value: Any) -> Any:
        """The same value, of which the compiler does not know how it was computed.

        It would replace addresses that are independent by a chain of additions as long as a tile's
        multiply-adds take.
        """
        return self.builder.asm(ir.FunctionType(I64, [I64]), "", "=r,0", [value], False)

    def repeat(
        self, count: Any, step: int, first: Sequence[Any], body: Callable[..., Sequence[Any]]
    ) -> list[Any]:
        """Run `body` until `count`, at least 1, is used up in steps.

        It takes the count that is left and the values carried from turn to turn, and gives the
        next values. Gives the last ones.
        """
        b = self.builder
        before, loop = b.block, b.append_basic_block("loop")
        b.branch(loop)
        b.position_at_end(loop)
        carried = [b.phi(value.type) for value in (count, *first)]
        for phi, value in zip(carried, (count, *first), strict=True):
            phi.add_incoming(value, before)
        values = body(*carried)
        left = b.sub(carried[0], I64(step))
        for phi, value in zip(carried, (left, *values), strict=True):
            phi.add_incoming(value, b.block)
        after = b.append_basic_block("after")
        b.cbranch(b.icmp_signed(">", left, I64(0)), loop, after)
        b.position_at_end(after)
        return list(values)

    def repeat_if_any(
        self, count: Any, step: int, first: Sequence[Any], body: Callable[..., Sequence[Any]]
    ) -> list[Any]:
        """As `repeat`, where `count` may be 0."""
        b = self.builder
        before, after = b.block, b.append_basic_block("after")
        some = b.append_basic_block("some")
        b.cbranch(b.icmp_signed(">", count, I64(0)), some, after)
        b.position_at_end(some)
        values = self.repeat(count, step, first, body)
        last = b.block
        b.branch(after)
        b.position_at_end(after)
        merged = [b.phi(value.type) for value in values]
        for phi, none, value in zip(merged, first, values, strict=True):
            phi.add_incoming(none, before)
            phi.add_incoming(value, last)
        return merged

    def _at(self, address: Any, what: Any) -> Any:
        return self.builder.inttoptr(address, what.as_pointer())

    def _splat(self, number: Any, vector: Any) -> Any:
        nothing = ir.Constant(vector, ir.Undefined)
        one = self.builder.insert_element(nothing, number, I32(0))
        zeros = ir.Constant(ir.VectorType(I32, vector.count), [0] * vector.count)
        return self.builder.shuffle_vector(one, nothing, zeros)

    def _call(self, name: str, result: Any, arguments: list[Any]) -> Any:
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, arguments)


def routine(module: Any, name: str, shape: Shape, emit: Callable[..., None], arguments: int) -> Any:
    """A function of 64-bit numbers in the module, made by `emit` when first asked for.

    It stays a function: inlined into its caller, its registers would be shared out anew.
    """
    name = f"chainrule.{name}.{shape.size}"
    if name not in module.globals:
        kind = ir.FunctionType(ir.VoidType(), [I64] * arguments)
        function = ir.Function(module, kind, name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block("begin"))
        emit(Emitter(builder, shape), *function.args)
        builder.ret_void()
    return module.globals[name]


def by_rows(s: Shape, numbers: range, arguments: int, emit: Callable[..., None]) -> Any:
    """Signature and code of an intrinsic whose first argument, rows, says which routine it is.

    `emit(e, rows, *arguments)` makes the routine for so many rows, given the others.
    """

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows, *rest = args
        end = builder.append_basic_block("end")
        switch = builder.switch(rows, end)
        for number in numbers:
            case = builder.append_basic_block("rows")
            switch.add_case(I64(number), case)
            builder.position_at_end(case)
            name = f"{emit.__name__}.{number}"
            builder.call(routine(builder.module, name, s, of_rows(number), arguments), rest)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    def of_rows(number: int) -> Callable[..., None]:
        return lambda e, *given: emit(e, number, *given)

    return types.void(*[types.int64] * (arguments + 1)), generate
