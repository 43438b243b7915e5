"""Every real table at hand, as it is and damaged: it is encoded, or refused with one message.

The tables are those of the folder that CHAINRULE_TEST_TABLES names, or of `../shared/data` beside
the repository, and in any case the penguins that ship with it.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from chainrule import DataError
from chainrule.tables import TableClassifier, TableEncoder, TableRegressor

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("CHAINRULE_TEST_TABLES", ROOT.parent / "shared" / "data"))
FILES = {
    path.name.partition(".")[0]: path
    for path in [ROOT / "examples" / "penguins.csv", *sorted(FOLDER.glob("*.csv*"))]
}
ROWS = 300


@pytest.fixture(scope="module", params=FILES.values(), ids=FILES)
def table(request):
    return pd.read_csv(request.param, nrows=ROWS)


def text_with_strays(column):
    """The values as text, two of them other words."""
    text = column.astype(object).map(lambda value: value if value != value else str(value))
    text.iloc[[3, ROWS // 2]] = "see note"
    return text


def half_dates(column):
    mixed = column.astype(object)
    mixed.iloc[::2] = pd.Timestamp("2020-02-29")
    return mixed


def emptied(table):
    return table.assign(**{table.columns[0]: None})


def strays(table):
    return table.assign(**{name: text_with_strays(table[name]) for name in table.columns[:8]})


def dates(table):
    return table.assign(**{name: half_dates(table[name]) for name in table.columns[:2]})


def infinite(table):
    return table.replace({0: np.inf, 1: -np.inf})


DAMAGES = {
    "as it is": lambda table: table,
    "a column emptied": emptied,
    "numbers as text with stray words": strays,
    "dates mixed in": dates,
    "infinite numbers": infinite,
    "two rows": lambda table: table.head(2),
}
ENCODERS = {
    "one-hot": TableEncoder(),
    "codes": TableEncoder(numeric="quantile", categories="codes"),
    "standard": TableEncoder(numeric="standard"),
}


def test_the_folder_has_tables():
    if not FOLDER.is_dir() and "CHAINRULE_TEST_TABLES" not in os.environ:
        pytest.skip("only the penguins were tried: no folder of tables; set CHAINRULE_TEST_TABLES")
    assert len(FILES) > 1


@pytest.mark.parametrize("settings", ENCODERS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_table_is_encoded(table, damage, settings):
    damaged, encoder = DAMAGES[damage](table), ENCODERS[settings]
    matrix = encoder.fit_transform(damaged)
    assert matrix.shape == (len(damaged), len(encoder.get_feature_names_out()))
    assert np.isfinite(matrix).all()
    assert encoder.kinds_.keys() == set(table.columns)
    # Trained on the damaged rows, used on whole ones.
    try:
        assert np.isfinite(encoder.transform(table)).all()
    except DataError as error:
        assert "as in training, got" in str(error)


def test_columns_shuffled_and_one_more(table):
    encoder = TableEncoder().fit(table)
    shuffled = table[np.random.default_rng(0).permutation(table.columns)].assign(more=1)
    assert (encoder.transform(shuffled) == encoder.transform(table)).all()


def test_categories_renamed(table):
    encoder = TableEncoder().fit(table)
    text = [name for name, kind in encoder.kinds_.items() if kind == "categorical"]
    encoded = encoder.encode(table.assign(**dict.fromkeys(text, "never seen")))
    assert encoded.unknown == dict.fromkeys(text, len(table))
    assert np.isfinite(encoded.matrix).all()


BUNDLED = {
    "penguins": lambda: (pd.read_csv(ROOT / "examples" / "penguins.csv"), "species"),
    "wine": lambda: (load_wine(as_frame=True).frame, "target"),
    "breast cancer": lambda: (load_breast_cancer(as_frame=True).frame, "target"),
}
NUMBERS = {
    "penguins": lambda: (pd.read_csv(ROOT / "examples" / "penguins.csv"), "body_mass_g"),
    "diabetes": lambda: (load_diabetes(as_frame=True).frame, "target"),
}
QUICK = {"hidden_layer_sizes": (16,), "n_ensemble": 1, "batch_size": 32, "random_state": 0}


def damaged_features(table, target, damage):
    """The damage is done to the features; of the target every eighth is missing."""
    known = table[target].astype(object).where(np.arange(len(table)) % 8 > 0)
    features = DAMAGES[damage](table.drop(columns=target))
    return features, known[: len(features)]


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "two rows"])
@pytest.mark.parametrize("name", BUNDLED)
def test_a_damaged_table_is_learned(name, damage):
    table, target = BUNDLED[name]()
    X, y = damaged_features(table, target, damage)
    model = TableClassifier("fast", **QUICK, epochs=15).fit(X, y)
    share = table[target].value_counts(normalize=True).max()
    # Damage to a column or a few rows leaves much to learn from, also of what is half dates.
    right = (model.predict(X) == table[target].to_numpy()).mean()
    assert right > share + 0.2
    assert model.rows_without_target_ == y.isna().sum()


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "two rows"])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_learned_from_a_damaged_table(name, damage):
    table, target = NUMBERS[name]()
    X, y = damaged_features(table, target, damage)
    model = TableRegressor("fast", **QUICK, epochs=15).fit(X, y)
    assert np.isfinite(model.predict(X)).all()
    # R squared of the mean is 0.
    assert model.score(X, y) > 0.2


def test_ten_thousand_columns():
    random = np.random.default_rng(0)
    numbers = pd.DataFrame(random.normal(size=(50, 9000))).add_prefix("n")
    words = pd.DataFrame(random.choice(list("abc"), (50, 1000))).add_prefix("c")
    frame = pd.concat([numbers, words], axis=1)
    matrix = TableEncoder().fit_transform(frame)
    assert matrix.shape == (50, 9000 + 3 * 1000)
