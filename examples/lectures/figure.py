"""The figure of an example: `python examples/lectures/xor.py --figure xor.svg`."""

import sys
from collections.abc import Callable
from typing import Any


def save(draw: Callable[[Any], None]) -> None:
    """Let `draw(axes)` draw into the file named after --figure, where there is one."""
    if "--figure" not in sys.argv[1:-1]:
        return
    from matplotlib.figure import Figure

    path = sys.argv[sys.argv.index("--figure") + 1]
    page = Figure(figsize=(6, 4), layout="constrained")
    draw(page.subplots())
    page.savefig(path)
    print(f"figure in {path}")
