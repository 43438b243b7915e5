"""Embeddings of numbers in the table estimators: chosen by name, with bins from training rows."""

import numpy as np
import pandas as pd
import pytest

import chainrule
from chainrule import DataError
from chainrule.graph import FourierFeatures, PeriodicEmbedding, PiecewiseLinearEmbedding
from chainrule.tables import TableClassifier, TableRegressor
from chainrule.tables.encoding.bins import quantile_bins
from chainrule.tables.networks.architecture import EMBEDDINGS

SHORT = {"preset": "mlp", "epochs": 3, "random_state": 0}
LAYERS = {
    "none": None,
    "pbld": PeriodicEmbedding,
    "plr": FourierFeatures,
    "ple": PiecewiseLinearEmbedding,
}


def table(rng: np.random.Generator, rows: int = 80) -> pd.DataFrame:
    """Two columns of numbers, one of them with missing ones; a constant; and a word."""
    numbers = rng.normal(size=(rows, 2))
    numbers[::7, 1] = np.nan
    columns = {"a": numbers[:, 0], "b": numbers[:, 1], "same": 1.0}
    return pd.DataFrame(columns | {"word": rng.choice(["x", "y", "z"], rows)})


def layers_of(model) -> list[type]:
    return [type(node.layer) for node in model._graph(model.fitted_recipe()).nodes]


def test_every_name_is_tested():
    assert LAYERS.keys() == EMBEDDINGS.keys()


@pytest.mark.parametrize("name", LAYERS)
def test_a_model_has_its_layer_and_is_stored_with_it(name, rng, tmp_path):
    X = table(rng)
    y = (X["a"] > 0.0).astype(int)
    model = TableClassifier(**SHORT, embeddings=name).fit(X, y)
    layers = layers_of(model)
    for other, layer in LAYERS.items():
        assert layer is None or (layer in layers) == (other == name)
    model.save(tmp_path / "model.chainrule")
    again = chainrule.load(tmp_path / "model.chainrule")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_edges_are_quantiles_of_the_training_rows(rng):
    X = table(rng)
    y = X["a"].to_numpy() ** 2
    model = TableRegressor(**SHORT, embeddings="ple").fit(X, y)
    encoded = model.encoder_.transform(X)[:, :2]
    assert model.bin_edges_ == quantile_bins(encoded, 48)
    # Neither rows that judge the epochs nor those that are predicted change them.
    further = X.assign(a=10.0 * X["a"])
    judged = TableRegressor(**SHORT, embeddings="ple").fit(X, y, X_val=further, y_val=y)
    judged.predict(table(rng))
    assert judged.bin_edges_ == model.bin_edges_


def test_bins_learn_what_a_line_cannot(rng):
    """A wave of the only column, whose mean over its range is 0: a straight line explains none."""
    X = rng.uniform(-1.0, 1.0, size=(1500, 1))
    y = np.sin(12.0 * X[:, 0])
    settings = {"preset": "mlp", "random_state": 0, "epochs": 40, "hidden_layer_sizes": ()}
    scores = {
        name: TableRegressor(**settings, learning_rate_init=0.02, embeddings=name)
        .fit(X[:1000], y[:1000])
        .score(X[1000:], y[1000:])
        for name in ("none", "ple")
    }
    assert scores["none"] < 0.2
    # 48 pieces follow 4 waves closely; what lacks is training.
    assert scores["ple"] > 0.95


def test_presets_say_how_numbers_are_embedded(rng):
    X, y = table(rng), np.arange(80) % 2
    wanted = {"fast": "pbld", "realmlp-td": "pbld", "realmlp-td-s": "none", "tabm": "none"}
    for preset, name in wanted.items():
        assert TableClassifier(preset).recipe().embeddings == name
    layers = layers_of(TableClassifier("fast", epochs=1, n_ensemble=1).fit(X, y))
    assert PeriodicEmbedding in layers


def test_members_that_share_an_embedding_share_the_rows():
    assert TableClassifier("tabm").recipe().own_rows
    assert not TableClassifier("tabm", embeddings="ple").recipe().own_rows


def test_a_batch_ensemble_over_bins(rng):
    X = table(rng)
    settings = {**SHORT, "preset": "tabm", "hidden_layer_sizes": (8,)}
    model = TableRegressor(**settings, embeddings="ple").fit(X, X["a"])
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("name", LAYERS)
def test_a_table_without_numbers(name):
    X = pd.DataFrame({"word": ["x", "y", "z"] * 10})
    model = TableClassifier(**SHORT, embeddings=name).fit(X, [0, 1, 1] * 10)
    assert model.predict(X).shape == (30,)


@pytest.mark.parametrize("value", ["ples", 3, ["ple"]])
def test_another_name_is_refused(value, rng):
    message = r"embeddings must be one of 'none', 'pbld', 'plr', 'ple', got .*\. Choose another"
    with pytest.raises(DataError, match=message):
        TableClassifier(**SHORT, embeddings=value).fit(table(rng), np.arange(80) % 2)


@pytest.mark.parametrize(
    "edges", [[], [[0.0]], [[0.0, 1.0]] * 2, [[1.0, 0.0]] * 2, None, [["a", "b"]]]
)
def test_edges_of_a_file_that_do_not_fit_are_refused(edges, rng):
    X = table(rng)
    model = TableClassifier(**SHORT, embeddings="ple").fit(X, np.arange(80) % 2)
    state = model._to_state()
    state["fitted"]["bin_edges_"] = edges
    with pytest.raises((ValueError, TypeError)):
        TableClassifier._from_state(state)
