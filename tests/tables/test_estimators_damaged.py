"""Damaged tables: each trains, or ends in one clear message."""

import numpy as np
import polars as pl
import pytest

from chainrule import DataError
from chainrule.tables import TableClassifier, TableRegressor

from .quick import BRIEF, QUICK


def table(rows=100):
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, rows))
    return pl.DataFrame(
        {
            "a": a,
            "b": b,
            "place": random.choice(["here", "there", "elsewhere"], rows),
            "when": [f"2024-03-{day:02}" for day in random.integers(1, 31, rows)],
            "label": np.where(a + b > 0, "up", "down"),
            "amount": 10 * a + b,
        }
    )


def emptied(name):
    return lambda frame: frame.with_columns(pl.lit(None, frame[name].dtype).alias(name))


def stray_words(frame):
    """Numbers as text, with a word among every twenty."""
    word = pl.when(pl.int_range(pl.len()) % 20 == 3).then(pl.lit("unknown"))
    return frame.with_columns(a=word.otherwise(pl.col("a").cast(pl.String)))


def mixed_dates(frame):
    date = pl.when(pl.int_range(pl.len()) % 10 == 3).then(pl.lit("12.5"))
    return frame.with_columns(when=date.otherwise("when"))


def infinite(frame):
    value = pl.when(pl.int_range(pl.len()) % 10 == 3).then(pl.lit(float("inf")))
    return frame.with_columns(a=value.otherwise("a"))


DAMAGE = {
    "an emptied column of numbers": emptied("a"),
    "an emptied column of words": emptied("place"),
    "all but one row emptied": lambda frame: frame.with_columns(
        b=pl.when(pl.int_range(pl.len()) == 0).then("b")
    ),
    "stray words": stray_words,
    "mixed dates": mixed_dates,
    "infinite numbers": infinite,
    "a constant": lambda frame: frame.with_columns(a=pl.lit(1.0)),
    "a number for each row": lambda frame: frame.with_row_index("id"),
    "two columns alike": lambda frame: frame.with_columns(copy=pl.col("a")),
    "huge numbers": lambda frame: frame.with_columns(a=pl.col("a") * 1e300),
    "rows turned round": lambda frame: frame.reverse(),
    "columns turned round": lambda frame: frame.select(reversed(frame.columns)),
    "three rows": lambda frame: pl.concat([frame.head(2), frame.tail(1)]),
    "a rare class": lambda frame: frame.with_columns(
        label=pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("up")).otherwise(pl.lit("down"))
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_damaged_table_still_trains(damage, task):
    make = TableClassifier if task == "classification" else TableRegressor
    target, other = ("label", "amount") if task == "classification" else ("amount", "label")
    frame = damage(table()).drop(other)
    model = make("fast", **BRIEF).fit(frame, target)
    sound = table().drop(other)
    guess = model.answers(sound if {*frame.columns} == {*sound.columns} else frame)
    assert len(guess.values) == 100
    if task == "regression":
        assert np.isfinite(guess.values).all()
    else:
        assert np.isfinite(guess.probability).all()


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_sound_model_answers_for_a_damaged_table_or_says_why_not(damage):
    model = TableClassifier("fast", **BRIEF).fit(table().drop("amount"), "label")
    frame = damage(table()).drop("amount")
    try:
        answers = model.answers(frame)
    except DataError as error:
        assert str(error).startswith(("column 'a' must hold", "data must"))
        return
    assert np.isfinite(answers.probability).all()


def test_a_renamed_category_is_none_of_the_known():
    model = TableClassifier("fast", **BRIEF).fit(table().drop("amount"), "label")
    renamed = table().with_columns(pl.col("place").replace("here", "HERE"))
    answers = model.answers(renamed)
    assert answers.encoded.unknown == {"place": (table()["place"] == "here").sum()}


def test_two_rows():
    two = pl.DataFrame({"a": [0.0, 1.0], "b": ["x", "y"], "label": ["no", "yes"]})
    model = TableClassifier("fast", **QUICK).fit(two, "label")
    assert model.predict(two).tolist() == ["no", "yes"]
    numbers = two.with_columns(label=pl.Series([1.0, 2.0]))
    assert np.isfinite(TableRegressor("fast", **BRIEF).fit(numbers, "label").predict(two)).all()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"a": [1.0], "label": ["no"]}), r"at least 2 rows, got n_samples=1"),
        (pl.DataFrame({"a": [1.0, 2.0], "label": ["no", "no"]}), r"at least 2 different classes"),
        (pl.DataFrame({"a": [1.0, 1.0], "label": ["no", "yes"]}), r"a column that differs between"),
        (pl.DataFrame({"label": ["no", "yes"]}), r"data must have columns"),
        (
            pl.DataFrame({"a": [1.0, 2.0], "label": [None, None]}, {"a": float, "label": str}),
            r"must be known for some rows, got only missing values",
        ),
        (pl.DataFrame({"a": [1.0, 2.0], "b": ["no", "yes"]}), r"got 'label'\. The columns are"),
    ],
)
def test_what_cannot_be_learned_is_told(frame, message):
    with pytest.raises(DataError, match=message):
        TableClassifier("fast", **BRIEF).fit(frame, "label")


def test_one_row_of_a_thousand():
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"a": random.normal(size=3000), "label": ["usual"] * 2997 + ["rare"] * 3})
    for weight in (None, "balanced"):
        model = TableClassifier("fast", **BRIEF, class_weight=weight).fit(frame, "label")
        assert model.classes_.tolist() == ["rare", "usual"]
        assert np.isfinite(model.predict_proba(frame)).all()


def test_ten_thousand_columns():
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 10_000)).astype(np.float32)
    y = X[:, 0] > 0
    model = TableClassifier("fast", **BRIEF).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()


MASKED_LABELS = {
    "whole": np.arange(100) % 2,
    "fractions": (np.arange(100) % 2).astype(float),
    "text": np.array(["down", "up"] * 50),
    "objects": np.array(["down", "up"] * 50, dtype=object),
    "booleans": np.arange(100) % 2 == 1,
}


@pytest.mark.parametrize("name", MASKED_LABELS)
def test_masked_labels_are_missing(name):
    X = np.random.default_rng(0).normal(size=(100, 2))
    labels = np.ma.array(MASKED_LABELS[name], mask=np.arange(100) < 30)
    model = TableClassifier("fast", **BRIEF).fit(X, labels)
    assert model.rows_without_target_ == 30
    assert model.classes_.tolist() == sorted({*labels.compressed().tolist()})
    twin = TableClassifier("fast", **BRIEF).fit(X[30:], MASKED_LABELS[name][30:])
    np.testing.assert_array_equal(model.predict_proba(X), twin.predict_proba(X))


def test_masked_numbers_are_missing_in_the_table_and_in_its_target():
    X = np.random.default_rng(0).normal(size=(100, 2))
    masked = np.ma.masked_greater(X, 1.0)
    model = TableRegressor("fast", **BRIEF).fit(masked, np.ma.masked_less(X[:, 0], -1.0))
    assert model.rows_without_target_ == (X[:, 0] < -1).sum()
    known = X[:, 0] >= -1
    twin = TableRegressor("fast", **BRIEF).fit(np.where(X > 1, np.nan, X)[known], X[known, 0])
    np.testing.assert_array_equal(model.predict(masked), twin.predict(masked))
