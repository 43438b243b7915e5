"""Any number of threads gives the same bits, whatever a network is made of."""

import numpy as np
import pytest

from chainrule.engine import partition, team
from chainrule.engine.descent import Descent
from chainrule.engine.rows import Rows
from chainrule.graph import Dense, Dropout, Graph, Input, Noise, chain

from . import networks
from .networks import COLUMNS, OUTPUTS, SHAPES, factors, network, settings, targets

ROWS, BATCH, STEPS = 53, 25, 3


def disturbed() -> Graph:
    x = Input(COLUMNS)
    layers = [Noise(0.3), Dense(6, activation="mish"), Dropout(0.4), Dense(OUTPUTS)]
    return Graph(x, chain(x, layers))


def members() -> Graph:
    x = Input(COLUMNS)
    return Graph(x, Dense(2 * OUTPUTS)(Dense(6, activation="tanh")(x)))


# name: (graph, options of the tape, settings of the epoch, its course)
CASES = {
    **{shape.__name__: (shape, {}, {}, {}) for shape in SHAPES},
    "one place with dropout": (networks.one_place_with_dropout, {}, {}, {}),
    "dropout and noise": (disturbed, {}, {}, {}),
    "fading noise": (disturbed, {}, {}, {"noise": [1.0, 0.5, 0.0]}),
    "mixup": (networks.batch_norm, {}, {}, {"mix": [0.6, 1.0, 0.9]}),
    "rates": (networks.one_hidden, {}, {}, {"learning_rate": [1.0, 0.1, 2.0]}),
    "penalties": (networks.one_hidden, {}, {"alpha": 1.0, "l1": 0.01, "l2": 0.02}, {}),
    "clipping": (networks.batch_norm, {}, {"clip_norm": 0.3, "clip_value": 0.1}, {}),
    "max_norm": (networks.one_hidden, {}, {"max_norm": 0.5}, {}),
    "smoothing": (networks.one_hidden, {"label_smoothing": 0.1, "loss": "log_loss"}, {}, {}),
    "members": (members, {"members": 2, "loss": "log_loss", "weighted": True}, {}, {}),
}


def fitted(monkeypatch, case, team_members: int) -> tuple[bytes, float]:
    """Parameters and loss after an epoch of three steps with so many threads."""
    monkeypatch.setattr(team, "allowed_threads", lambda: team_members)
    make, options, others, course = case
    graph = make("tanh") if make is networks.one_hidden else make()
    loss = options.get("loss", "squared_error")
    net = network(graph, **{"loss": loss, **options})
    rng = np.random.default_rng(7)
    weight = rng.exponential(size=ROWS) if "weighted" in options else None
    rows = Rows(rng.normal(size=(ROWS, COLUMNS)), targets(loss, ROWS, rng), weight)
    descent = Descent(net, rows, BATCH, "adam", seed=3, whole_layers="max_norm" in others)
    table = factors(STEPS, **course)
    reported = descent.epoch(settings(**others), rng.permutation(ROWS), table)
    assert list(descent._prepared) == [team_members]  # so many threads did run
    return net.parameters.tobytes(), reported


@pytest.mark.usefixtures("finely_cut")
@pytest.mark.parametrize("in_parts", [True, False], ids=["parts", "blocks"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_same_bits(case, in_parts, monkeypatch):
    monkeypatch.setattr(partition, "in_parts", lambda *_: in_parts)
    one = fitted(monkeypatch, case, 1)
    for team_members in (2, 3):
        assert fitted(monkeypatch, case, team_members) == one
