"""A tape on which no two slots share a place, for walks that look at all values and gradients."""

from dataclasses import replace
from typing import Any

from chainrule.formulas import Loss
from chainrule.formulas.losses.squares import residual

from .messages import learned_slots, with_messages
from .tape import Instruction, Slot, Tape


def spread(tape: Tape) -> Tape:
    """Give every slot a place of its own.

    Loss and link still go back in one step where that step is p - y, whose derivative is that of
    the link alone; otherwise each goes back by itself.
    """
    row: Any = tape.loss.row
    canonical = tape.canonical and row.canonical_slope is residual
    learned = learned_slots(tape)
    link = _canonical_link(tape, learned) if canonical else None
    slots = _apart([slot.width for slot in tape.slots], learned)
    if link is not None:
        slots[link.output] = replace(slots[link.output], delta=slots[link.inputs[0]].delta)
    return _with(tape, tape.instructions, slots, link, canonical)


def seeded(tape: Tape, loss: Loss) -> Tape:
    """Put another loss in place of the tape's own, with a target as wide as the prediction."""
    widths = [slot.width for slot in tape.slots]
    target, nothing = len(widths), len(widths) + 1
    lines = (
        *tape.instructions[: tape.forward_count],
        Instruction("target", "", "seed", target),
        Instruction(
            "loss",
            loss.name,
            loss.name,
            nothing,
            (tape.prediction, target),
            row=loss,
            settings={"members": 1},
        ),
    )
    slots = _apart([*widths, widths[tape.prediction], 0], learned_slots(tape))
    return replace(_with(tape, lines, slots, None, False), target=target)


def _canonical_link(tape: Tape, learned: frozenset[int]) -> Instruction | None:
    """The link that the loss's backward step takes with it; None where it is the identity."""
    for line in tape.instructions[: tape.forward_count]:
        if line.output == tape.prediction and learned.intersection(line.inputs):
            return None if any(message.wanted for message in line.messages) else line
    return None


def _apart(widths: list[int], learned: frozenset[int]) -> list[Slot]:
    slots, values, deltas = [], 0, 0
    for number, width in enumerate(widths):
        slots.append(Slot(width, values, deltas if number in learned else -1))
        values += width
        deltas += width if number in learned else 0
    return slots


def _with(
    tape: Tape,
    lines: tuple[Instruction, ...],
    slots: list[Slot],
    link: Instruction | None,
    canonical: bool,
) -> Tape:
    spread_tape = replace(
        tape,
        instructions=lines,
        slots=tuple(slots),
        value_columns=sum(slot.width for slot in slots),
        delta_columns=sum(slot.width for slot in slots if slot.delta >= 0),
        canonical=canonical,
    )
    return with_messages(spread_tape, link)
