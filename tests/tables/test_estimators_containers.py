"""A damaged table from pandas, polars, pyarrow and files: it trains, or one message says why not.

Besides `test_estimators_damaged`: damage that depends on how a container holds it.
"""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule import DataError
from chainrule.tables import TableClassifier, TableRegressor

from .quick import BRIEF

ROWS = 90


def table():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, ROWS))
    return pl.DataFrame(
        {
            "a": a,
            "b": b,
            "place": random.choice(["here", "there", "elsewhere"], ROWS),
            "label": np.where(a + b > 0, "up", "down"),
            "amount": 10 * a + b,
        }
    )


def as_csv(frame, folder):
    path = folder / "table.csv"
    frame.write_csv(path)
    return path


def as_parquet(frame, folder):
    path = folder / "table.parquet"
    frame.write_parquet(path)
    return path


CONTAINERS = {
    "pandas": lambda frame, folder: frame.to_pandas(),
    "polars": lambda frame, folder: frame,
    "polars, lazy": lambda frame, folder: frame.lazy(),
    "pyarrow": lambda frame, folder: frame.to_arrow(),
    "csv": as_csv,
    "parquet": as_parquet,
}


def words_among(every, word):
    def damage(frame):
        strays = pl.when(pl.int_range(pl.len()) % every == 3).then(pl.lit(word))
        return frame.with_columns(a=strays.otherwise(pl.col("a").cast(pl.String)))

    return damage


def usual(name, rare_rows):
    """One value of the target but for these rows."""

    def damage(frame):
        rare = pl.int_range(pl.len()).is_in(rare_rows)
        first, last = frame[name].min(), frame[name].max()
        return frame.with_columns(
            pl.when(rare).then(pl.lit(first)).otherwise(pl.lit(last)).alias(name)
        )

    return damage


DAMAGE = {
    "sound": lambda frame: frame,
    "a column emptied": lambda frame: frame.with_columns(b=pl.lit(None, pl.Float64)),
    "words emptied": lambda frame: frame.with_columns(place=pl.lit(None, pl.String)),
    "only empty text": lambda frame: frame.with_columns(place=pl.lit("")),
    "a few stray words": words_among(40, "see note"),
    "many stray words": words_among(4, "n/k"),
    "a few dates": words_among(30, "2024-02-29"),
    "half dates": words_among(2, "29.02.2024 10:00"),
    "numbers as text": lambda frame: frame.with_columns(pl.col("a", "b").cast(pl.String)),
    "not a number": lambda frame: frame.with_columns(b=pl.lit(float("nan"))),
    "huge beside small": lambda frame: frame.with_columns(
        a=pl.when(pl.int_range(pl.len()) == 5).then(1e308).otherwise("a")
    ),
    "dates out of the ordinary": lambda frame: frame.with_columns(
        when=pl.date(1600 + pl.int_range(pl.len()) * 20, 1, 1)
    ),
    "booleans with gaps": lambda frame: frame.with_columns(
        yes=pl.Series([True, False, None] * (ROWS // 3))
    ),
    "whole numbers that need 64 bits": lambda frame: frame.with_columns(
        n=2**62 + pl.int_range(pl.len()) * 2**40
    ),
    "targets missing": lambda frame: frame.with_columns(
        pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("label", "amount"))
    ),
    "two rows": lambda frame: frame.sort("a")[[0, -1]],
    "columns shuffled": lambda frame: frame.select("amount", "place", "b", "label", "a"),
    "nearly one class": lambda frame: usual("amount", [7])(usual("label", [7])(frame)),
}


def fitted(task, data):
    target, other = ("label", "amount") if task is TableClassifier else ("amount", "label")
    model = task("fast", **BRIEF, column_kinds={other: "ignore"})
    return model.fit(data, target)


def sound_answers(model, data, rows):
    answers = model.answers(data)
    assert len(answers.values) == rows
    numbers = answers.values if answers.probability is None else answers.probability
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("task", [TableClassifier, TableRegressor])
def test_a_damaged_table_trains_and_answers(task, damage, container, tmp_path):
    frame = damage(table())
    data = container(frame, tmp_path)
    model = fitted(task, data)
    sound_answers(model, data, len(frame))


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_sound_model_answers_or_says_why_not(damage, container, tmp_path):
    model = fitted(TableClassifier, table())
    frame = damage(table())
    try:
        sound_answers(model, container(frame, tmp_path), len(frame))
    except DataError as error:
        assert "column 'a' must hold numbers, as in training, got" in str(error)


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_a_category_renamed_at_prediction(container, tmp_path):
    model = fitted(TableClassifier, container(table(), tmp_path))
    renamed = table().with_columns(pl.col("place").replace("here", "HERE"))
    answers = model.answers(container(renamed, tmp_path))
    assert answers.encoded.unknown == {"place": (table()["place"] == "here").sum()}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda frame: frame.head(0), r"data must have at least one row, got only column names"),
        (lambda frame: frame.head(1), r"X must have at least 2 rows, got n_samples=1"),
        (lambda frame: frame.select("label"), r"data must have columns, got none"),
        (
            lambda frame: frame.with_columns(label=pl.lit(None, pl.String)),
            r"target 'label' must be known for some rows, got only missing values",
        ),
        (
            lambda frame: frame.with_columns(label=pl.lit("up")),
            r"target 'label' must have at least 2 different classes, got only 'up'",
        ),
    ],
)
@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_what_cannot_be_learned_is_told(damage, message, container, tmp_path):
    data = container(damage(table()), tmp_path)
    with pytest.raises(DataError, match=message):
        TableClassifier("fast", **BRIEF).fit(data, "label")


@pytest.mark.parametrize("value", [[1, 2], b"ab", {"k": 1}], ids=["lists", "bytes", "dicts"])
@pytest.mark.parametrize("container", ["polars", "pyarrow", "parquet"])
def test_values_that_no_column_can_hold(value, container, tmp_path):
    data = CONTAINERS[container](table().with_columns(extra=pl.Series([value] * ROWS)), tmp_path)
    with pytest.raises(DataError, match=r"column 'extra' must hold numbers, text, booleans or dat"):
        TableClassifier("fast", **BRIEF).fit(data, "label")
    model = TableClassifier("fast", **BRIEF, column_kinds={"extra": "ignore"})
    assert len(model.fit(data, "label").predict(data)) == ROWS


@pytest.mark.parametrize("value", [[1, 2], b"ab", {"k": 1}], ids=["lists", "bytes", "dicts"])
def test_pandas_holds_any_object(value):
    frame = table().to_pandas()
    frame["extra"] = [value if row % 3 else None for row in range(ROWS)]
    frame["other"] = [value if row % 3 else row for row in range(ROWS)]
    try:
        sound_answers(TableClassifier("fast", **BRIEF).fit(frame, "label"), frame, ROWS)
    except DataError as error:
        assert str(error).startswith("column 'extra' must hold numbers, text, booleans or dates")


@pytest.mark.parametrize("value", [[1, 2], b"ab", {"k": 1}], ids=["lists", "bytes", "dicts"])
@pytest.mark.parametrize("container", ["polars", "pyarrow", "parquet"])
@pytest.mark.parametrize("column", ["a", "place"])
def test_a_column_that_only_later_holds_them(column, value, container, tmp_path):
    model = TableClassifier("fast", **BRIEF).fit(table(), "label")
    damaged = table().with_columns(pl.Series(column, [value] * ROWS))
    with pytest.raises(DataError, match=rf"^column '{column}' must hold numbers, text, booleans o"):
        model.predict(CONTAINERS[container](damaged, tmp_path))


PANDAS_TYPES = {
    "Sparse": pd.arrays.SparseArray([0.0, 1.0, 2.0] * (ROWS // 3)),
    "interval": pd.interval_range(0, ROWS),
    "period": pd.period_range("2020-01", periods=ROWS, freq="M"),
    "complex": [1j, 2, 3] * (ROWS // 3),
}


@pytest.mark.parametrize("name", PANDAS_TYPES)
def test_a_type_of_pandas_alone_is_named(name):
    frame = table().to_pandas().assign(extra=PANDAS_TYPES[name])
    match = rf"^column 'extra' must hold numbers, .* got {name}.*\. (Make|Take|Turn) "
    with pytest.raises(DataError, match=match):
        TableClassifier("fast", **BRIEF).fit(frame, "label")
    with pytest.raises(DataError, match=match):
        TableClassifier("fast", **BRIEF, column_kinds={"extra": "categorical"}).fit(frame, "label")
    model = TableClassifier("fast", **BRIEF).fit(frame.assign(extra=range(ROWS)), "label")
    with pytest.raises(DataError, match=match):
        model.predict(frame)
