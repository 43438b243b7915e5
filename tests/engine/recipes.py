"""The networks of RealMLP and TabM, small, without dropout."""

from chainrule.graph import (
    Activate,
    Bias,
    Concatenate,
    Dense,
    Embedding,
    Graph,
    Input,
    MemberDense,
    Node,
    PeriodicEmbedding,
    Scale,
    Start,
    chain,
)

NUMERIC, LEVELS, CLASSES, MEMBERS = 4, (12, 9), 3, 5


def realmlp() -> Graph:
    """Numbers embedded, codes embedded, a scale, three hidden layers of NTK parametrisation."""
    numbers, codes = Input(NUMERIC, name="numbers"), Input(len(LEVELS), name="codes")
    embedded = PeriodicEmbedding(rate=0.1, decay=0.01)(numbers)
    both = Concatenate()(embedded, Embedding(LEVELS, 8)(codes))
    hidden = Dense(
        6,
        "parametric_selu",
        ntk=True,
        bias_rate=0.1,
        activation_rate=0.1,
        activation_decay=0.01,
    )
    layers = [Scale(rate=6.0, decay=36.0), hidden, *(copy_of(hidden) for _ in range(2))]
    out = Dense(CLASSES, ntk=True, bias_rate=0.1)
    return Graph((numbers, codes), chain(both, [*layers, out]))


def copy_of(layer: Dense) -> Dense:
    """The same settings with parameters of its own."""
    return Dense(**vars(layer))


def tabm() -> Graph:
    """Members share the matrices of two blocks; each has scales, biases and an output layer."""
    x = Input(NUMERIC)
    h: Node = Scale(spread=MEMBERS, start=Start("signs"))(x)
    for block in range(2):
        h = Scale()(h) if block else h
        shared = Dense(6, bias=False, members=MEMBERS)
        h = chain(h, [shared, Scale(), Bias(), Activate("relu")])
    return Graph(x, MemberDense(MEMBERS, CLASSES)(h))
