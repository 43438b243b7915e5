"""Graphs of the layers for tables in every place that messages know, and rows for them."""

from collections.abc import Callable

import numpy as np

from chainrule.graph import (
    Activate,
    Add,
    Concatenate,
    Dense,
    Embedding,
    FourierFeatures,
    Graph,
    Input,
    LayerNorm,
    MemberDense,
    Node,
    PeriodicEmbedding,
    PiecewiseLinear,
    PiecewiseLinearEmbedding,
    Scale,
    chain,
    periodic_linear_relu,
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


def fourier_inside() -> Graph:
    """Its message is the second one at its input; what follows may not write over its waves."""
    x = Input(NUMERIC)
    below = Dense(3, activation="tanh")(x)
    waves = Activate("tanh")(FourierFeatures(5, 0.3)(below))
    return Graph(x, Add()(Dense(OUTPUTS)(waves), Dense(OUTPUTS)(below)))


def periodic_linear_relu_inside() -> Graph:
    """On the input and inside, with layers of their own and with one that columns share."""
    x = Input(NUMERIC)
    hidden = Dense(3, activation="tanh")(periodic_linear_relu(x, 4, 5, 0.3))
    return Graph(x, Dense(OUTPUTS)(periodic_linear_relu(hidden, 4, 5, 0.3, shared=True)))


def edges(columns: int) -> list[list[float]]:
    """One bin, two bins, three bins, one bin, ..."""
    return [[-0.3, 0.2, 0.4, 1.3][: 2 + column % 3] for column in range(columns)]


def piecewise_linear_inside() -> Graph:
    """On the input, which gets no message; inside; and as the second reader."""
    x = Input(NUMERIC)
    below = Dense(3, activation="tanh")(PiecewiseLinear(edges(NUMERIC))(x))
    encoded = PiecewiseLinear(edges(3))(below)
    return Graph(x, Add()(Dense(OUTPUTS)(encoded), Dense(OUTPUTS)(below)))


def piecewise_linear_embedding() -> Graph:
    """The same with its embedding."""
    x = Input(NUMERIC)
    below = Dense(3, activation="tanh")(PiecewiseLinearEmbedding(edges(NUMERIC), 4)(x))
    through = PiecewiseLinearEmbedding(edges(3), 2)(below)
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
    fourier_inside,
    periodic_linear_relu_inside,
    piecewise_linear_inside,
    piecewise_linear_embedding,
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
