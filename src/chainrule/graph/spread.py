"""A tape on which no two slots share a place, for walks that look at all values and gradients."""

from dataclasses import replace
from typing import Any

from chainrule.formulas import Loss
from chainrule.formulas.losses.squares import residual

from .tape import Instruction, Message, Slot, Tape

_LOSSES = ("loss", "row_loss")


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


def learned_slots(tape: Tape) -> frozenset[int]:
    """Slots that depend on parameters."""
    learned: set[int] = set()
    for line in tape.instructions:
        if line.arrays or (line.operation not in _LOSSES and learned.intersection(line.inputs)):
            learned.add(line.output)
    return frozenset(learned)


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
    return replace(
        tape,
        instructions=_with_messages(lines, slots, link),
        slots=tuple(slots),
        value_columns=sum(slot.width for slot in slots),
        delta_columns=sum(slot.width for slot in slots if slot.delta >= 0),
        canonical=canonical,
    )


def _with_messages(
    lines: tuple[Instruction, ...], slots: list[Slot], link: Instruction | None
) -> tuple[Instruction, ...]:
    """Say of each message whether it is the first at its place or is added to what is there."""
    written: set[int] = set()
    done = []
    for line in reversed(lines):
        messages = []
        for number, slot in enumerate(line.inputs):
            place = slots[slot].delta
            wanted = place >= 0 and line is not link
            wanted = wanted and (line.operation not in _LOSSES or number == 0)
            messages.append(Message(wanted, wanted and place in written))
            written.update([place] if wanted else [])
        done.append(replace(line, messages=tuple(messages)))
    return tuple(reversed(done))
