"""Embeddings of categories: rows of a table, whose tangents are rows of the direction."""

from typing import Any

from ...records import context_at, instruction_at
from .. import embedding


def forward(dtype: Any) -> Any:
    """yt = [tablet_c[x_c], ...] for the columns c."""

    def embedding_tangent(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        embedding.look_up(c, i, row, rows, c.direction, c.value_tangents, dtype)
        return 0.0

    return embedding_tangent


def backward(dtype: Any) -> Any:
    """dxt = 0: a code is no quantity."""

    def embedding_tangent_backward(context, instruction, row, rows):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        embedding.send_nothing(c, i, row, rows, c.delta_tangents, dtype)
        return 0.0

    return embedding_tangent_backward


def gradient(dtype: Any) -> Any:
    """dtablet_c[k] = the sum of dyt_c over the rows with x_c = k."""

    def embedding_tangent_gradient(context, instruction, start, stop):  # type: ignore[no-untyped-def]
        c, i = context_at(context), instruction_at(instruction)
        embedding.add_messages(c, i, c.delta_tangents, dtype)
        return 0.0

    return embedding_tangent_gradient
