"""Layers that give a row no prediction of its own while training: they draw, or look at others."""

from collections.abc import Iterator

from chainrule.graph.tape import Instruction, Tape

UNSTEADY = {"dropout": "dropout", "noise": "noise", "batch_norm": "batch normalisation"}


def unsteady_lines(tape: Tape) -> Iterator[tuple[Instruction, str]]:
    """Each line that does so, and what people call it."""
    for line in tape.instructions:
        if line.operation in UNSTEADY:
            yield line, UNSTEADY[line.operation]


def refuse_unsteady(tape: Tape, purpose: str) -> None:
    """Refuse them where a derivative is wanted that holds for more than one step."""
    for line, what in unsteady_lines(tape):
        raise ValueError(
            f"layers must neither draw numbers nor look at other rows for {purpose}, got {what} "
            f'at {line.name!r}. Take a stochastic solver such as "adam", or leave that layer out.'
        )
