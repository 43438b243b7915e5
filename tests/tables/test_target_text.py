"""A target of text: numbers where it is all numbers, never labels because of a few words."""

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule import DataError, TableModel
from chainrule.tables.target import infer_task, read_labels, read_numbers, read_target

from .frames import MAKERS
from .quick import BRIEF, classifier, regressor

PRICES = np.random.default_rng(0).normal(100, 20, 200).round(1)
TEXT = [str(price) for price in PRICES]
STRAY = [*TEXT[:7], "on request", *TEXT[8:20], *["on request"] * 4, *TEXT[24:]]
NAMED = r"got 'on request' in row 8, one of 5 words beside 195 numbers. Correct it, empty it so "


def column(values, make=pl.DataFrame):
    return nw.from_native(make({"y": values}), eager_only=True)["y"]


def commas(words):
    return [word.replace(".", ",") for word in words]


@pytest.mark.parametrize("words", [TEXT, commas(TEXT)], ids=["points", "commas"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_text_that_is_all_numbers_is_a_quantity(words, make):
    target = column([*words, None, "NA", " ", "?"], make)
    assert infer_task(target) == "regression"
    for known in (read_target(target, "regression"), read_numbers(target)):
        assert known.values.tolist() == PRICES.tolist()
        assert known.rows.tolist() == list(range(200))


@pytest.mark.parametrize("words", [STRAY, commas(STRAY)], ids=["points", "commas"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_few_stray_words_do_not_make_labels(words, make):
    target = column(words, make)
    with pytest.raises(DataError, match=r"must hold numbers alone or labels alone, " + NAMED):
        infer_task(target)
    with pytest.raises(DataError, match=r"must hold numbers for regression, " + NAMED):
        read_target(target, "regression")
    with pytest.raises(DataError, match=r"must hold numbers for regression, " + NAMED):
        read_numbers(target)
    assert read_target(target, "classification").values.tolist() == words


def test_many_stray_words_do_not_make_labels_of_quantities():
    with pytest.raises(DataError, match=r"got 'sold' in row 1, one of 40 words beside 160"):
        infer_task(column(["sold"] * 40 + TEXT[40:]))
    # Numbers of houses and floors may be among labels.
    assert infer_task(column(["1", "2", "3", "none"] * 10)) == "classification"
    assert infer_task(column(["1", "2", "3", "4", "none"] * 10)) == "classification"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["007", "010", "100"] * 20, "classification"),
        (["1", "2", "3"] * 20, "classification"),
        (["1.5", "2", "2.5"] * 20, "regression"),
        ([str(number) for number in range(30)], "regression"),
        (pd.Series(["1.5", "2"] * 20, dtype="category"), "classification"),
        (["true", "false"] * 20, "classification"),
    ],
)
def test_the_task_of_text(values, task):
    assert infer_task(column(values, pd.DataFrame)) == task


def test_labels_of_digits_stay_text_and_have_no_missing_words():
    known = read_target(column(["1", "2", "NA", None, " "] * 10), "classification")
    assert known.values.tolist() == ["1", "2"] * 10
    new = read_labels(column(["?", "2", "1"]), np.array(["1", "2"]))
    assert (new.values.tolist(), new.rows.tolist()) == (["2", "1"], [1, 2])
    # Among words, they are words.
    assert read_target(column(["a", "b", "NA"] * 9), "classification").values.tolist()[2] == "NA"


def test_infinite_numbers_of_text_are_refused():
    with pytest.raises(DataError, match=r"column 'y' must hold finite numbers, got inf in row 2"):
        read_target(column(["1.5", "inf", "2.5"]), "regression")


def test_estimators_read_lists_of_text():
    X = np.arange(40.0).reshape(-1, 1)
    model = regressor(**BRIEF).fit(X, ["1.5", "2"] * 20)
    assert model.target_range_ == (1.5, 2.0)
    assert classifier(**BRIEF).fit(X, ["1", "2"] * 20).classes_.tolist() == ["1", "2"]


def test_a_model_of_a_table_is_one_of_numbers():
    frame = pl.DataFrame({"x": PRICES, "price": commas(TEXT)})
    model = TableModel("price", settings={"preset": "fast", "epochs": 1}).fit(frame)
    assert model.task_ == "regression"
    assert model.evaluate(frame)["rows"] == 200
    strays = frame.with_columns(price=pl.Series(STRAY))
    with pytest.raises(DataError, match=r"target 'price' must hold numbers .* 'on request'"):
        TableModel("price", settings={"preset": "fast"}).fit(strays)


def test_dates_in_place_of_numbers_are_refused_in_new_rows():
    days = column(pd.date_range("2020-01-01", periods=3), pd.DataFrame)
    with pytest.raises(DataError, match=r"target 'y' must hold numbers, text or booleans, got D"):
        read_numbers(days)
