"""Lines of activations: plain ones, links of whole rows, and those with a number to learn."""

import dis
from collections.abc import Callable
from functools import cache
from typing import Any

from chainrule.formulas import Activation, Mixture, RowLink, activation_row

from .draft import Draft
from .layers import Layer, LayerActivation
from .parameters import PLAIN, Array, Group, Start


def place_layer_activation(
    draft: Draft,
    slot: int,
    activation: LayerActivation,
    name: str,
    layer: Layer,
    *,
    free: bool,
    group: Group = PLAIN,
) -> int:
    """A layer's activation of a slot; gives the slot of its values."""
    row = activation_row(activation)
    if isinstance(row, Mixture):
        return _place_mixture(draft, slot, row, name, group, layer)
    return place_activation(draft, slot, row, name, (draft.slots[slot].width,), free=free)


def place_activation(
    draft: Draft,
    slot: int,
    row: Activation | RowLink,
    name: str,
    heads: tuple[int, ...],
    *,
    free: bool,
) -> int:
    """An activation without parameters; in place where that is `free` and the way back allows.

    `heads` are the widths of the groups of columns that a link of rows takes for a row each. The
    identity makes no line: its slot is that of its input.
    """
    if row.name == "identity":
        return slot
    name = name or row.name
    if isinstance(row, RowLink):
        output = draft.over(slot, free)
        draft.line("row_link", name, output, (slot,), formula=row.name, row=row, heads=heads)
    else:
        output = draft.over(slot, free, needed=reads_first_argument(row.slope))
        draft.line("activation", name, output, (slot,), formula=row.name, row=row)
    return output


def _place_mixture(
    draft: Draft, slot: int, row: Mixture, name: str, group: Group, layer: Layer
) -> int:
    """An activation with a learned number a unit."""
    width = draft.slots[slot].width
    arrays = (Array("a", (width,), Start("fill", row.start), group, group.decay > 0.0),)
    output = draft.slots.new(width)
    line = ("mixture", arrays, name or row.name, output, (slot,))
    draft.learned_line(layer, *line, formula=row.name, row=row)
    return output


@cache
def reads_first_argument(function: Callable[..., Any]) -> bool:
    """Whether a slope looks at x, or can do with y = f(x)."""
    first = function.__code__.co_varnames[0]
    return any(
        step.opname.startswith("LOAD_FAST") and first in _names(step.argval)
        for step in dis.get_instructions(function)
    )


def _names(argument: object) -> tuple[object, ...]:
    """Python 3.13 loads two variables by one instruction."""
    return argument if isinstance(argument, tuple) else (argument,)
