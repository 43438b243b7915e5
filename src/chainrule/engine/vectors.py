"""How wide the vectors are that the compiler makes of a loop.

LLVM takes 256 bits on processors that have 512, since the first of these slowed down under wide
arithmetic. Beside matrix products, which use 512 bits in any case, there is nothing left to spare.
"""

from typing import Any

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
