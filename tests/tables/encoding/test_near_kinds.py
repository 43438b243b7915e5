"""Columns that are nearly of another kind: read where it is sure, else noted with what to do."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule import DataError
from chainrule.files import load
from chainrule.tables import TableEncoder

ROWS = 100


def numbers(rows=ROWS):
    return np.random.default_rng(0).normal(size=rows).round(2)


def with_words(share):
    """Numbers as text, a share of them replaced by a word."""
    text = [str(value) for value in numbers()]
    return ["oops" if row < share * ROWS else word for row, word in enumerate(text)]


def note_of(values):
    encoder = TableEncoder().fit(pl.DataFrame({"x": values, "y": range(ROWS)}))
    ((_, kind, text),) = [note for note in encoder.notes() if note[0] == "x"]
    return kind, text


@pytest.mark.parametrize("share", [0.1, 0.25])
def test_numbers_with_many_words_are_noted(share):
    kind, text = note_of(with_words(share))
    assert kind == "high-cardinality"
    expected = f"{1 - share:.0%} are numbers, others such as 'oops' are not; give it the kind 'num"
    assert expected in text


def test_words_with_some_numbers_are_not(share=0.4):
    assert "numbers" not in note_of(with_words(share))[1]


def test_few_words_are_taken_for_missing():
    assert note_of(with_words(0.04))[0] == "numeric"


def test_the_kind_that_the_note_names_is_taken():
    encoder = TableEncoder({"x": "numeric"}).fit(pl.DataFrame({"x": with_words(0.25)}))
    assert encoder.kinds_ == {"x": "numeric"}


def commas(values):
    return [str(value).replace(".", ",") for value in values]


@pytest.mark.parametrize("given", [None, {"x": "numeric"}])
def test_decimal_commas_are_numbers(given, tmp_path):
    # A whole number and a missing one agree with that.
    plain = [*numbers(), 3, None]
    written = [*commas(numbers()), "3", None]
    encoder = TableEncoder(given).fit(pl.DataFrame({"x": written}))
    expected = TableEncoder().fit(pl.DataFrame({"x": plain}, strict=False))
    assert encoder.kinds_ == {"x": "numeric"}
    assert "decimal commas" in encoder.summary()
    matrix = encoder.transform(pl.DataFrame({"x": written}))
    assert (matrix == expected.transform(pl.DataFrame({"x": plain}, strict=False))).all()
    # Numbers proper, and a point, mean the same.
    assert (encoder.transform(pl.DataFrame({"x": plain}, strict=False)) == matrix).all()
    encoder.save(tmp_path / "encoder")
    assert (load(tmp_path / "encoder").transform(pl.DataFrame({"x": written})) == matrix).all()


@pytest.mark.parametrize(
    "values",
    [
        [f"{n},{n + 100}" for n in range(ROWS)],  # 1,101 may be a thousand.
        [*commas(numbers(ROWS - 1)), "1.5"],  # The point says otherwise.
    ],
)
def test_commas_that_may_be_thousands_are_noted(values):
    kind, text = note_of(values)
    assert kind in ("high-cardinality", "identifier")
    assert "numbers with commas such as" in text
    assert "write them with a decimal point" in text


def test_dates_written_in_several_ways_are_noted():
    days = [f"2024-03-{1 + row % 28:02}" for row in range(60)]
    days += [f"{1 + row % 28:02}.03.2024" for row in range(40)]
    kind, text = note_of(days)
    assert kind == "high-cardinality"
    assert "dates written in several ways, most year-month-day, others such as '01.03.2024'" in text
    assert "give it the kind 'datetime' (column_kinds, --kind)" in text


@pytest.mark.parametrize(
    "values", [["red", "green"] * 50, [f"A{n}" for n in range(ROWS)], ["a, b", "c, d"] * 50]
)
def test_other_words_have_no_note(values):
    assert ";" not in note_of(values)[1]


def test_a_note_outlives_the_file(tmp_path):
    encoder = TableEncoder().fit(pl.DataFrame({"x": with_words(0.2), "y": range(ROWS)}))
    encoder.save(tmp_path / "encoder")
    assert load(tmp_path / "encoder").summary() == encoder.summary()


TRUTH = {
    "booleans": [True, False, None, True],
    "numbers": [1, 0, None, 1],
    "floats": [1.0, 0.0, None, 1.0],
    "words": ["True", "False", None, "True"],
    "other words": ["TRUE", "false", None, "1"],
    "digits": ["1", "0", None, "1"],
}


@pytest.mark.parametrize("new", TRUTH.values(), ids=TRUTH)
@pytest.mark.parametrize("trained", ["booleans", "numbers", "words", "digits"])
@pytest.mark.parametrize("kinds", [None, {"x": "boolean"}])
def test_true_is_one(trained, new, kinds):
    frame = pd.DataFrame({"x": pd.Series(TRUTH[trained], dtype=object)})
    encoder = TableEncoder(kinds).fit(frame)
    other = pd.DataFrame({"x": pd.Series(new, dtype=object)})
    if trained in ("numbers", "digits") and kinds is None and "TRUE" in new:
        with pytest.raises(DataError, match="column 'x' must hold numbers, as in training"):
            encoder.transform(other)
        return
    encoded = encoder.encode(other)
    assert (encoded.matrix == encoder.transform(frame)).all()
    assert encoded.unknown == {}


def test_the_words_of_another_column_are_not_true():
    frame = pl.DataFrame({"x": ["0", "1", "2 pieces"] * 10})
    encoded = TableEncoder({"x": "categorical"}).fit(frame).encode(pl.DataFrame({"x": ["true"]}))
    assert encoded.unknown == {"x": 1}
