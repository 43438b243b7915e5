"""Every table at hand, in every damage: it trains and predicts, or ends in one clear error.

The tables are those that ship with scikit-learn and the repository, and those that index.json lists
in the folder of `test_real_tables`.
"""

import functools
import json
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import datasets

from chainrule import DataError, UnknownValuesWarning
from chainrule.tables import TableModel

from .test_real_tables import FOLDER, ROOT

ROWS, TRAINED = 150, 100
BRIEF = {
    "preset": "fast",
    "n_ensemble": 1,
    "hidden_layer_sizes": (8,),
    "epochs": 1,
    "batch_size": 32,
}
BUNDLED = {
    "penguins": lambda: (pd.read_csv(ROOT / "examples" / "penguins.csv"), "species"),
    "masses": lambda: (pd.read_csv(ROOT / "examples" / "penguins.csv"), "body_mass_g"),
    "iris": lambda: (datasets.load_iris(as_frame=True).frame, "target"),
    "wine": lambda: (datasets.load_wine(as_frame=True).frame, "target"),
    "breast cancer": lambda: (datasets.load_breast_cancer(as_frame=True).frame, "target"),
    "diabetes": lambda: (datasets.load_diabetes(as_frame=True).frame, "target"),
}


def read_from_folder(row):
    table = pd.read_csv(FOLDER / row["file"])
    codes = row["nominal_integers"]
    return table.astype(dict.fromkeys(codes, "category")), row["target"]


INDEX = FOLDER / "index.json"
LISTED = json.loads(INDEX.read_text()) if INDEX.is_file() else []
OF_FOLDER = {row["name"]: functools.partial(read_from_folder, row) for row in LISTED}


@functools.cache
def rows_of(read):
    """Rows in a mixed order; for regression and classification alike the target is the last."""
    table, target = read()
    features = [name for name in table.columns if name != target]
    return table[[*features, target]].sample(ROWS, random_state=0, ignore_index=True)


# A damage: of the rows to train on, of the rows to predict.


def is_number(column):
    return pd.api.types.is_numeric_dtype(column)


def as_it_is(train, new):
    return train, new


def emptied(train, new):
    first, second = train.columns[:2]
    return train.assign(**{first: None}), new.assign(**{second: None})


def renamed(train, new):
    names = [name for name in new.columns[:-1] if not is_number(new[name])]
    return train, new.assign(**dict.fromkeys(names, "never seen"))


def shuffled(train, new):
    return train, new[np.random.default_rng(0).permutation(new.columns)]


def with_strays(table):
    """Numbers as text, the words in every thirtieth row others."""
    found = table.copy()
    for name in [name for name in table.columns[:-1] if is_number(table[name])]:
        text = table[name].astype(object).map(lambda value: None if value != value else str(value))
        text.iloc[7::30] = "see note"
        found[name] = text
    return found


def strays(train, new):
    return with_strays(train), with_strays(new)


def with_dates(table):
    found = table.copy()
    for name in table.columns[:2]:
        found[name] = table[name].astype(object)
        found.loc[::2, name] = pd.Timestamp("2020-02-29")
    return found


def dates(train, new):
    return with_dates(train), with_dates(new)


def dates_later(train, new):
    return train, with_dates(new)


def one_class(train, new):
    """All but one of the rows are of a class, or have a target."""
    target = train.columns[-1]
    other = train[target][train[target] != train[target].iloc[0]].iloc[0]
    values = [train[target].iloc[0]] * (len(train) - 1) + [other]
    return train.assign(**{target: values}), new


def two_rows(train, new):
    return train.head(2), new


DAMAGES = [
    as_it_is,
    emptied,
    renamed,
    shuffled,
    strays,
    dates,
    dates_later,
    one_class,
    two_rows,
]


def clear(error):
    """What must be, what came, and what to do."""
    return re.fullmatch(r"[^\n]+ must [^\n]+, got [^\n]+\. [^\n]+", str(error))


def check(train, new):
    """Train and predict; what cannot be is told of in one line."""
    target = train.columns[-1]
    model = TableModel(target, test_fraction=0.0, settings=BRIEF)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownValuesWarning)
        try:
            model.fit(train)
            answers = model.predict(new)
        except DataError as error:
            assert clear(error), error
            return "refused"
    assert len(answers) == len(new)
    if model.task_ == "regression":
        assert np.isfinite(answers).all()
    else:
        assert set(answers.tolist()) <= set(model.classes_.tolist())
    return "trained"


# What may be refused; all else must train and predict.
REFUSABLE = {dates_later, two_rows}


def check_damaged(read, damage):
    table = rows_of(read)
    ended = check(*damage(table[:TRAINED], table[TRAINED:]))
    assert ended == "trained" or damage in REFUSABLE


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_table(name, damage):
    check_damaged(BUNDLED[name], damage)


@pytest.mark.skipif(not OF_FOLDER, reason=f"no index.json of tables in {FOLDER}")
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", OF_FOLDER or ["none"])
def test_a_table_of_the_folder(name, damage):
    check_damaged(OF_FOLDER[name], damage)


def wide(table):
    """The same columns again and again, under other names, until they are ten thousand.

    Of polars, which gives each of many columns sooner than pandas.
    """
    features, target = table.columns[:-1], table.columns[-1]
    times = -(-10_000 // len(features))
    copies = [table[features].add_suffix(f" {i}") for i in range(times)]
    return pl.from_pandas(pd.concat([*copies, table[[target]]], axis=1).iloc[:, -10_001:])


def test_ten_thousand_columns():
    table = wide(rows_of(BUNDLED["penguins"])[:60])
    assert table.shape == (60, 10_001)
    assert check(table[:40], table[40:]) == "trained"
