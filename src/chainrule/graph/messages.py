"""Messages: who passes a gradient on to whom, and who is the first to write at a place.

Back-propagation follows the lines from last to first. At every place of the delta buffer the first
message overwrites and later ones are added, so no buffer has to be cleared.
"""

from dataclasses import replace

from .tape import Instruction, Message, Tape

_LOSSES = ("loss", "row_loss")


def learned_slots(tape: Tape) -> frozenset[int]:
    """Slots that depend on parameters; in training only these need a gradient."""
    learned: set[int] = set()
    for line in tape.instructions:
        if line.arrays or (line.operation not in _LOSSES and learned.intersection(line.inputs)):
            learned.add(line.output)
    return frozenset(learned)


def without_unneeded_deltas(tape: Tape) -> Tape:
    """Take the gradient's place from slots that depend on no parameter."""
    learned = learned_slots(tape)
    slots = tuple(
        slot if number in learned else replace(slot, delta=-1)
        for number, slot in enumerate(tape.slots)
    )
    return replace(tape, slots=slots)


def with_messages(tape: Tape, canonical_link: Instruction | None) -> Tape:
    """Say of each line what it does, on the way back, to the slots that it read.

    `canonical_link` sends none: the loss, on its way back, has passed through it already.
    """
    written: set[int] = set()
    done = []
    for line in reversed(tape.instructions):
        messages = []
        for number, slot in enumerate(line.inputs):
            place = tape.slots[slot].delta
            wanted = place >= 0 and line is not canonical_link
            wanted = wanted and not (line.operation in _LOSSES and number > 0)
            in_place = place == tape.slots[line.output].delta
            messages.append(Message(wanted, wanted and not in_place and place in written))
            if wanted and line.operation != "batch_norm":  # its sums are no messages
                written.add(place)
        done.append(replace(line, messages=tuple(messages)))
    return replace(tape, instructions=tuple(reversed(done)))
