"""The formula of each line of a trace, in terms of the lines that it reads.

A layer that is called a second time uses the arrays of its first line j: W(j), b(j).
"""

from collections.abc import Callable, Mapping

from chainrule.formulas import Mixture
from chainrule.graph.tape import Instruction, Tape

Names = Callable[[str], str]


def formula_of(line: Instruction, tape: Tape, numbers: Mapping[int, int]) -> str:
    """What a line computes; `numbers` are the trace's line numbers, by slot."""
    read = [f"f({numbers[slot]})" for slot in line.inputs]
    owner = "" if line.borrows < 0 else f"({numbers[tape.instructions[line.borrows].output]})"
    write = _FORMULAS.get(line.operation)
    if write is None:
        return line.operation.replace("_", " ")
    return write(line, read, lambda name: name + owner)


def _input(line: Instruction, read: list[str], own: Names) -> str:
    return "input"


def _dense(line: Instruction, read: list[str], own: Names) -> str:
    bias = f" + {own('b')}" if len(line.arrays) == 2 else ""
    members = line.settings["members"]
    product = f"{read[0]} {own('W')}{bias}"
    return product if members == 1 else f"{product}, each of {members} members"


def _dense_transposed(line: Instruction, read: list[str], own: Names) -> str:
    return f"{read[0]} {own('W')}^T"


def _member_dense(line: Instruction, read: list[str], own: Names) -> str:
    return f"{read[0]} {own('W')} + {own('b')}, each of {line.settings['members']} by its own"


def _scale(line: Instruction, read: list[str], own: Names) -> str:
    spread: int = getattr(line.layer, "spread", 1)
    product = f"{own('s')} {read[0]}"
    return product if spread == 1 else f"{product}, for {spread} members"


def _bias(line: Instruction, read: list[str], own: Names) -> str:
    return f"{read[0]} + {own('b')}"


def _activation(line: Instruction, read: list[str], own: Names) -> str:
    return f"{line.formula}({read[0]})"


def _mixture(line: Instruction, read: list[str], own: Names) -> str:
    row, a = line.row, own("a")
    assert isinstance(row, Mixture)
    return f"(1 - {a}) {read[0]} + {a} {row.base.name}({read[0]})"


def _batch_norm(line: Instruction, read: list[str], own: Names) -> str:
    # A gradient over all rows takes the running averages, as a prediction does.
    mean, variance = own("running mean"), own("running variance")
    root = f"sqrt({variance} + {line.settings['epsilon']:g})"
    return f"{own('g')} ({read[0]} - {mean}) / {root} + {own('b')}"


def _layer_norm(line: Instruction, read: list[str], own: Names) -> str:
    root = f"sqrt(row's variance + {line.settings['epsilon']:g})"
    return f"{own('g')} ({read[0]} - row's mean) / {root} + {own('b')}"


def _embedding(line: Instruction, read: list[str], own: Names) -> str:
    return f"{own('table')}[{read[0]}]"


def _periodic(line: Instruction, read: list[str], own: Names) -> str:
    angle = f"2 pi {own('w')} {read[0]} + {own('p')}"
    return f"[{read[0]}, {own('W')} cos({angle}) + {own('b')}], column by column"


def _fourier(line: Instruction, read: list[str], own: Names) -> str:
    angle = f"2 pi {own('w')} {read[0]}"
    return f"[cos({angle}), sin({angle})], column by column"


def _piecewise(line: Instruction, read: list[str], own: Names) -> str:
    return f"share of each bin below {read[0]}, column by column"


def _piecewise_embedding(line: Instruction, read: list[str], own: Names) -> str:
    shares = f"(share of each bin below {read[0]}) {own('V')}"
    return f"{own('w')} {read[0]} + {own('b')} + {shares}, column by column"


def _training_only(line: Instruction, read: list[str], own: Names) -> str:
    return f"{read[0]} ({line.operation} only while training)"


def _loss(line: Instruction, read: list[str], own: Names) -> str:
    return f"mean {line.formula}(y={read[1]}, p={read[0]})"


_FORMULAS: dict[str, Callable[[Instruction, list[str], Names], str]] = {
    "input": _input,
    "sparse_input": _input,
    "dense": _dense,
    "dense_transposed": _dense_transposed,
    "member_dense": _member_dense,
    "scale": _scale,
    "bias": _bias,
    "activation": _activation,
    "row_link": _activation,
    "mixture": _mixture,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "embedding": _embedding,
    "periodic_embedding": _periodic,
    "fourier_features": _fourier,
    "piecewise_linear": _piecewise,
    "piecewise_linear_embedding": _piecewise_embedding,
    "add": lambda line, read, own: f"{read[0]} + {read[1]}",
    "multiply": lambda line, read, own: f"{read[0]} * {read[1]}",
    "concatenate": lambda line, read, own: f"[{read[0]}, {read[1]}]",
    "dropout": _training_only,
    "noise": _training_only,
    "loss": _loss,
    "row_loss": _loss,
}
