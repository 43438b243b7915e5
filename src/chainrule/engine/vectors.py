"""How wide the vectors are that the compiler makes of a loop.

LLVM takes 256 bits on processors that have 512, since the first of these slowed down under wide
arithmetic. Beside matrix products, which use 512 bits in any case, there is nothing left to spare.
"""

from typing import Any

from llvmlite.ir.instructions import Instruction
from numba.core import types
from numba.extending import intrinsic


@intrinsic
def widest_vectors(typingctx: Any) -> Any:
    """Let loops of the function that calls this use vectors of 512 bits where there are such.

    It holds for that function's own loops, not for those of functions that it calls.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # llvmlite's own `add` knows only attributes without a value.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def loaded(typingctx: Any, number: Any) -> Any:
    """The same number; the compiler no longer knows that memory holds it.

    Where a formula keeps some numbers of an array as they are (relu the positive ones), the
    compiler would else store only the others, by masked stores. AMD's processors before Zen 4 take
    these apart into single numbers: relu was 18 times slower there.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # llvmlite's builder does not know LLVM's `freeze`.
        frozen = Instruction(builder.block, arguments[0].type, "freeze", arguments)
        builder._insert(frozen)
        return frozen

    return number(number), generate
