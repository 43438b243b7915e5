"""What the networks of the published recipes start from, beside PyTorch and the papers' code."""

import numpy as np
import pytest
import torch

from chainrule.engine.network import Network, view
from chainrule.engine.rows import Rows
from chainrule.tables.encoding.columns.block import Block
from chainrule.tables.networks.architecture import network_of
from chainrule.tables.networks.members import Plan, _network
from chainrule.tables.recipes import RECIPES, Recipe

NUMBERS = [Block("numeric", name, i, 1, 0) for i, name in enumerate("ab")]
CATEGORIES = [Block("binary", "c", 2, 1, 0), Block("one-hot", "d", 3, 4, 4)]
ROWS, CLASSES = 700, 3


def first_network(recipe: Recipe, rng) -> tuple[Network, np.ndarray]:
    """The network of a classifier before its first step, and the table."""
    x = np.zeros((ROWS, 7), np.float32)
    x[:, :2] = rng.normal(size=(ROWS, 2))
    x[:, 2] = rng.choice([-1.0, 1.0], ROWS)
    x[np.arange(ROWS), 3 + rng.integers(0, 4, ROWS)] = 1.0
    y = rng.integers(0, CLASSES, ROWS).astype(np.int32)
    graph = network_of(recipe, [*NUMBERS, *CATEGORIES], CLASSES)
    return _network(Plan(recipe, graph, "classification", x, y), rng, Rows(x, y)), x


def arrays(network: Network, operation: str, name: str) -> list[np.ndarray]:
    return [
        view(placed, network.parameters)
        for line in network.tape.layers
        for placed in line.arrays
        if (line.operation, placed.name) == (operation, name)
    ]


@pytest.mark.parametrize(
    ("task", "activation"), [(0, torch.selu), (1, torch.nn.functional.mish)], ids=["selu", "mish"]
)
def test_realmlp_starts_at_variance_one_through_its_plain_activations(task, activation, rng):
    network, x = first_network(RECIPES["realmlp-td"][task], rng)
    # The shares of learned activations start at 1: x + (f(x) - x) a is f(x).
    shares = arrays(network, "mixture", "a")
    assert [share.shape for share in shares] == [(256,)] * 3
    assert all((share == 1.0).all() for share in shares)
    w, p, matrix, b = (arrays(network, "periodic_embedding", n)[0].astype(float) for n in "wpWb")
    numbers = x[:, :2].astype(float)
    cosines = np.cos(2 * np.pi * numbers[:, :, None] * w + p)
    embedded = np.einsum("rch,ckh->rck", cosines, matrix) + b
    both = np.concatenate([numbers[:, :, None], embedded], axis=2).reshape(ROWS, -1)
    h = torch.from_numpy(np.hstack([both, x[:, 2:].astype(float)]))
    layers = zip(arrays(network, "dense", "W"), arrays(network, "dense", "b"), strict=True)
    for weights, biases in layers:
        u = h @ torch.from_numpy(weights.astype(float))
        # The weights are rounded to float32, and the table passes in float32: some 1e-6.
        deviations = u.std(dim=0, correction=0).numpy()
        np.testing.assert_allclose(deviations, 1.0, rtol=1e-4)
        # "he+5": minus a convex combination of a unit's sums on five rows.
        slack = 1e-4
        assert (biases <= -u.min(dim=0).values.numpy() + slack).all()
        assert (biases >= -u.max(dim=0).values.numpy() - slack).all()
        assert biases.std() > 0.1
        h = activation(u + torch.from_numpy(biases.astype(float)))


def test_tabms_members_start_apart_by_signs_alone(rng):
    recipe = RECIPES["tabm"][0]
    network, _ = first_network(recipe, rng)
    first, *others = arrays(network, "scale", "s")
    signs = first.reshape(recipe.members, 7)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    # The four features of a category have one sign; numbers and the binary one have their own.
    assert (signs[:, 3:] == signs[:, 3:4]).all()
    assert len(np.unique(signs, axis=0)) > 8  # of 2^4 that are possible, 32 draws find most
    assert all((scale == 1.0).all() for scale in others)
    for biases, fan_in in zip(arrays(network, "bias", "b"), (7, 512, 512), strict=True):
        members = biases.reshape(recipe.members, 512)
        assert (members == members[0]).all()
        # A uniform distribution of deviation bound / sqrt(3), told by 512 draws to some 3 %.
        assert members[0].std() == pytest.approx(1.0 / np.sqrt(3.0 * fan_in), rel=0.1)
    (heads,) = arrays(network, "member_dense", "W")
    assert len({head.tobytes() for head in heads}) == recipe.members
