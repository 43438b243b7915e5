import datetime
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule import DataError
from chainrule.tables import TableEncoder

from ..frames import MAKERS

ROWS = 60
MONDAY = datetime.datetime(2024, 1, 1)


def words(count, seed=0):
    """Sentences of 3 to 6 of eight words and a number that makes each different."""
    random = np.random.default_rng(seed)
    known = ["the", "lamp", "was", "broken", "when", "it", "came", "back"]
    return [f"{' '.join(random.choice(known, random.integers(3, 7)))} {i}" for i in range(count)]


FOUND = {
    "numbers": ([0.5 * i for i in range(ROWS)], "numeric"),
    "whole numbers, all different": (list(range(ROWS)), "numeric"),
    "numbers as text": ([f" {i}.5 " for i in range(ROWS)], "numeric"),
    "numbers as text, three stray words": (["?!"] * 3 + [str(i) for i in range(57)], "numeric"),
    "numbers as text, four stray words": (
        ["?!"] * 4 + [str(i % 7) for i in range(56)],
        "categorical",
    ),
    "digits after a zero": ([f"0{i % 5}" for i in range(ROWS)], "categorical"),
    "durations": ([datetime.timedelta(hours=i) for i in range(ROWS)], "numeric"),
    "booleans": ([True, False, None] * 20, "boolean"),
    "booleans as text": (["TRUE", "False", None] * 20, "boolean"),
    "two words": (["yes", "no"] * 30, "categorical"),
    "fifty levels": ([f"level {i % 50}" for i in range(ROWS)], "categorical"),
    "fifty-one levels": ([f"level {i % 51}" for i in range(ROWS)], "high-cardinality"),
    "dates": ([MONDAY.date() + datetime.timedelta(i) for i in range(ROWS)], "datetime"),
    "moments": ([MONDAY + datetime.timedelta(hours=i) for i in range(ROWS)], "datetime"),
    "dates as text": ([f"{i % 28 + 1:02}.03.2021" for i in range(ROWS)], "datetime"),
    "sentences": (words(ROWS), "text"),
    "one value": (["x"] * ROWS, "constant"),
    "one value or none": (["x", None] * 30, "categorical"),
    "nothing": ([None] * (ROWS - 1) + [""], "constant"),
    "keys": ([str(uuid.UUID(int=i * 7919)) for i in range(ROWS)], "identifier"),
    "customer_id": (list(range(1000, 1000 + ROWS)), "identifier"),
    "orderID": (list(range(ROWS)), "identifier"),
    "Unnamed: 0": (list(range(ROWS)), "identifier"),
    "group_id": ([i % 6 for i in range(ROWS)], "numeric"),
    "paid": (list(range(ROWS)), "numeric"),
}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS)
def make(request):
    return request.param


@pytest.mark.parametrize("name", FOUND)
def test_the_kind_is_found(make, name):
    values, kind = FOUND[name]
    encoder = TableEncoder().fit(make({name: values, "also": list(range(ROWS))}))
    assert encoder.kinds_[name] == kind
    left_out = kind in ("identifier", "constant")
    assert (name in encoder.left_out_) == left_out
    assert np.isfinite(encoder.transform(make({name: values, "also": list(range(ROWS))}))).all()


def test_stray_words_are_missing_and_counted(make):
    values = ["unknown", *map(str, range(40)), "unknown", None]
    encoder = TableEncoder().fit(make({"x": values}))
    assert "2 other words taken for missing, such as 'unknown'" in encoder.summary()
    encoded = encoder.encode(make({"x": values}))
    assert encoded.stray == {"x": 2}
    # Both the stray words and the missing value set the indicator.
    assert np.flatnonzero(encoded.matrix[:, 1]).tolist() == [0, 41, 42]
    # Words that training had too may be all there is.
    assert encoder.encode(make({"x": ["unknown"]})).stray == {"x": 1}


def test_words_for_missing_are_no_stray_words(make):
    encoded = TableEncoder().fit(make({"x": ["NA", "?", "nan", "1", "2"]}))
    assert encoded.kinds_ == {"x": "numeric"}
    assert encoded.encode(make({"x": ["NA", "1"]})).stray == {}


@pytest.mark.parametrize("word", ["1_000", "\N{FULLWIDTH DIGIT ONE}", "0x1f", "1,5", "--1", "e5"])
def test_words_that_are_no_numbers(make, word):
    encoder = TableEncoder(numeric="standard").fit(make({"x": [0.0, 2.0]}))
    assert encoder.encode(make({"x": [word, "1", "1"]})).stray == {"x": 1}


def test_pandas_categories_are_categorical_whatever_they_hold():
    numbers = pd.Series([1, 2, 3, 2], dtype="category")
    encoder = TableEncoder().fit(pd.DataFrame({"c": numbers}))
    assert encoder.kinds_ == {"c": "categorical"}
    assert encoder.columns_[0].levels == ("1", "2", "3")
    # The same as plain numbers later, one of them new.
    assert encoder.encode(pd.DataFrame({"c": [1.0, 3.0, 9.0]})).unknown == {"c": 1}


@pytest.mark.parametrize(
    ("values", "kind", "features"),
    [
        ([3, 1, 3, 2], "categorical", ["x = 1", "x = 2", "x = 3"]),
        ([3.0, None, 1.0, 2.0], "categorical", ["x = 1", "x = 2", "x = 3", "x is missing"]),
        ([0, 1, 1, 0], "boolean", ["x = 1"]),
        (["1", "2", "x", "y"], "numeric", ["x", "x is missing"]),
        ([True, False, True, True], "numeric", ["x"]),
        (["a b", "c", "a", "b"], "text", ["x: characters", "x: words", "x has a"]),
        ([datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)] * 2, "categorical", None),
        (["2020-01-05", "word", "2021-03-04", "word"], "datetime", None),
    ],
)
def test_the_users_word_counts(make, values, kind, features):
    encoder = TableEncoder({"x": kind}).fit(make({"x": values}))
    assert encoder.kinds_ == {"x": kind}
    if features and kind != "text":
        assert encoder.get_feature_names_out().tolist() == features
    encoder.transform(make({"x": values}))


@pytest.mark.parametrize("kind", ["identifier", "constant", "ignore"])
def test_columns_left_out_as_asked(make, kind):
    frame = make({"x": [1, 2], "y": [1, 2]})
    encoder = TableEncoder({"x": kind}).fit(frame)
    assert encoder.left_out_ == {"x": "as asked"}
    assert encoder.kinds_ == {"x": kind, "y": "numeric"}


def test_identifiers_can_be_used(make):
    frame = make({"customer_id": list(range(30)), "key": [f"k{i}" for i in range(30)]})
    encoder = TableEncoder({"customer_id": "numeric", "key": "categorical"}).fit(frame)
    assert encoder.left_out_ == {}
    assert encoder.kinds_ == {"customer_id": "numeric", "key": "categorical"}


@pytest.mark.parametrize(
    ("kinds", "rule"),
    [
        ({"sise": "numeric"}, r"columns of the table, got 'sise'. Did you mean 'size'\?"),
        ({"size": "categoric"}, r"got 'categoric' for 'size'. Did you mean 'categorical'\?"),
        ({"size": 3}, r"one of 'numeric', .* got 3 for 'size'"),
        ({"word": "numeric"}, r"'word' must hold values that are numeric, .* such as 'a'"),
        ({"word": "datetime"}, r"'word' must hold values that are datetime, .* such as 'a'"),
        ({"size": "datetime"}, r"'size' must hold values that are datetime, .* such as '1'"),
        ({"size": "boolean"}, r"'size' must have two values to be boolean, got 3"),
    ],
)
def test_kinds_that_cannot_be(make, kinds, rule):
    frame = make({"size": [1, 2, 3], "word": ["a", "b", "a"]})
    with pytest.raises(DataError, match=rule):
        TableEncoder(kinds).fit(frame)


def test_all_kinds_that_are_found_can_be_given():
    frame = pl.DataFrame({name: values for name, (values, _) in FOUND.items() if name != "nothing"})
    encoder = TableEncoder().fit(frame)
    again = TableEncoder(encoder.kinds_).fit(frame)
    assert again.kinds_ == encoder.kinds_
    assert (again.transform(frame) == encoder.transform(frame)).all()


@pytest.mark.parametrize("name", FOUND)
def test_nothing_is_known_later(make, name):
    values, _ = FOUND[name]
    encoder = TableEncoder().fit(make({name: values, "also": list(range(ROWS))}))
    encoded = encoder.encode(make({name: [None, None], "also": [1, 2]}))
    assert np.isfinite(encoded.matrix).all()
    assert (encoded.unknown, encoded.stray, encoded.infinite) == ({}, {}, {})


@pytest.mark.parametrize("name", FOUND)
def test_a_column_of_words_comes_later(make, name):
    values, kind = FOUND[name]
    encoder = TableEncoder().fit(make({name: values, "also": list(range(ROWS))}))
    new = make({name: ["never seen"] * 2, "also": [1, 2]})
    if kind in ("numeric", "datetime") and name != "numbers as text, three stray words":
        with pytest.raises(DataError, match=r"must hold .*, as in training, got 'never seen' in"):
            encoder.encode(new)
    else:
        assert np.isfinite(encoder.encode(new).matrix).all()


@pytest.mark.parametrize("kinds", [None, {"big": "numeric"}], ids=["found", "given"])
def test_whole_numbers_that_floats_cannot_tell_apart(make, kinds):
    low = 2**63 - 9
    table = {"big": [low + i % 9 for i in range(ROWS)], "x": [0.5 * i for i in range(ROWS)]}
    encoder = TableEncoder(kinds).fit(make(table))
    assert encoder.kinds_["big"] == "constant"
    reason = f"too close together for float64; subtract {low} first"
    assert encoder.left_out_ == {"big": reason}
    assert f"left out: {reason}" in encoder.summary()
    apart = make({"big": [low - 2**20 * (i % 9) for i in range(ROWS)], "x": table["x"]})
    assert TableEncoder(kinds).fit(apart).kinds_["big"] == "numeric"
