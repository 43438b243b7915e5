"""Graphs of the layers for tables in every place that messages know, and rows for them."""

from collections.abc import Callable

import numpy as np

from chainrule.graph import (
    Activate,
    Add,
    Concatenate,
    Dense,
    Embedding,
    Graph,
    Input,
    LayerNorm,
    MemberDense,
    Node,
    PeriodicEmbedding,
    Scale,
    chain,
)

from .networks import OUTPUTS
from .recipes import CLASSES, LEVELS, MEMBERS, NUMERIC, realmlp, tabm


def embedding() -> Graph:
    numbers, codes = Input(NUMERIC, name="numbers"), Input(len(LEVELS), name="codes")
    both = Concatenate()(Embedding(LEVELS, 3)(codes), numbers)
    return Graph((numbers, codes), Dense(OUTPUTS)(Dense(5, activation="tanh")(both)))


def embedding_called_twice() -> Graph:
    """Once more on codes 0 and 1 that a layer makes, which gets no message from there."""
    numbers, codes = Input(NUMERIC, name="numbers"), Input(len(LEVELS), name="codes")
    table, made = Embedding(LEVELS, 3), Dense(len(LEVELS), activation="step")(numbers)
    both = Concatenate()(table(codes), Concatenate()(table(made), made))
    return Graph((numbers, codes), Add()(Dense(OUTPUTS)(both), Dense(OUTPUTS)(numbers)))


def periodic() -> Graph:
    x = Input(NUMERIC)
    return Graph(x, Dense(OUTPUTS)(PeriodicEmbedding(3, 5)(x)))


def periodic_inside() -> Graph:
    """Its message is the second one at its input."""
    x = Input(NUMERIC)
    below = Dense(3, activation="tanh")(x)
    through = Scale()(PeriodicEmbedding(2, 4)(below))
    return Graph(x, Add()(Dense(OUTPUTS)(through), Dense(OUTPUTS)(below)))


def layer_norm_everywhere() -> Graph:
    """On the input, which gets no message; inside; called twice; and as the second reader."""
    x = Input(NUMERIC)
    shared = LayerNorm(epsilon=0.1)
    first = shared(Dense(NUMERIC, activation="tanh")(shared(x)))
    hidden = Dense(5)(first)
    bent = Activate("gelu")(LayerNorm()(hidden))
    return Graph(x, Dense(OUTPUTS)(Add()(bent, hidden)))


def member_dense() -> Graph:
    """On the input itself, then inside, there as the second reader."""
    x = Input(NUMERIC)
    hidden: Node = chain(x, [MemberDense(2, 3), Activate("tanh")])
    return Graph(x, Dense(OUTPUTS)(Concatenate()(MemberDense(2, 2)(hidden), hidden)))


def batch_ensemble() -> Graph:
    """Members that one Dense mixes again."""
    x = Input(NUMERIC)
    layers = [Scale(spread=MEMBERS), MemberDense(MEMBERS, 3), Activate("silu"), LayerNorm()]
    return Graph(x, Dense(OUTPUTS)(chain(x, layers)))


TABLE_SHAPES: list[Callable[[], Graph]] = [
    embedding,
    embedding_called_twice,
    periodic,
    periodic_inside,
    layer_norm_everywhere,
    member_dense,
    batch_ensemble,
    realmlp,
    tabm,
]


def table_rows(graph: Graph, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers, then a column of codes for each of LEVELS where the graph takes them."""
    columns = [rng.normal(size=(rows, NUMERIC))]
    if graph.columns > NUMERIC:
        columns += [rng.integers(count, size=(rows, 1)).astype(float) for count in LEVELS]
    return np.hstack(columns)


def outputs_of(shape: Callable[[], Graph]) -> int:
    """Columns of the prediction, members side by side."""
    return MEMBERS * CLASSES if shape is tabm else OUTPUTS
