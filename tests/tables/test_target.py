import datetime
from fractions import Fraction

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule import DataError, TableClassifier, TableModel, TableRegressor
from chainrule.tables.target import infer_task, read_labels, read_target

from .frames import MAKERS


def column(values, make=pl.DataFrame):
    return nw.from_native(make({"y": values}), eager_only=True)["y"]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b", None], "classification"),
        ([True, False], "classification"),
        ([0, 1, 1], "classification"),
        ([0.0, 1.0, None], "classification"),
        ([5, 9], "classification"),
        ([3, 4, 5, 6] * 2, "classification"),
        (list(range(20)) * 2, "classification"),
        (list(range(21)) * 2, "regression"),
        ([1, 2, 3], "regression"),
        ([0.5, 1.0], "regression"),
        ([1.5] * 50, "regression"),
    ],
)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_task(values, task, make):
    assert infer_task(column(values, make)) == task


@pytest.mark.parametrize(
    ("values", "kind"),
    [(["a", None, "b"], "U"), ([True, None, False], "b"), ([3, None, 4], "iuf"), ([1.0, 2.0], "f")],
)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_labels_keep_their_type(values, kind, make):
    known = read_target(column(values, make), "classification")
    assert known.values.dtype.kind in kind
    assert known.values.tolist() == [v for v in values if v is not None]
    assert known.rows.tolist() == [i for i, v in enumerate(values) if v is not None]


def test_whole_numbers_of_polars_stay_whole():
    assert read_target(column([3, None, 4]), "classification").values.dtype == np.int64


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_labels_beyond_the_whole_numbers_of_floats_stay_apart(make):
    labels = [2**53, 2**53 + 1] * 3
    assert infer_task(column(labels, make)) == "classification"
    assert read_target(column(labels, make), "classification").values.tolist() == labels
    assert read_target(column([0, *labels], make), "regression").values[0] == 0
    new = read_labels(column(labels, make), np.array([2**53, 2**53 + 1]))
    assert new.values.tolist() == labels


def test_labels_beyond_64_bits_are_text():
    labels = pl.Series("y", [10**30, 10**30 + 1] * 3, dtype=pl.Int128)
    target = column(labels)
    assert infer_task(target) == "classification"
    known = read_target(target, "classification")
    assert known.values.tolist() == [str(label) for label in labels]
    assert read_labels(target, np.unique(known.values)).values.tolist() == known.values.tolist()


@pytest.mark.parametrize("label", [1e30, 1.5])
def test_a_new_label_that_is_no_such_int_becomes_none_of_training(label):
    assert read_labels(column([1.0, label]), np.array([1, 2])).values.tolist() == [1.0, label]


def test_labels_of_new_rows_in_the_type_of_training():
    assert read_labels(column([1, 2]), np.array(["1", "2"])).values.tolist() == ["1", "2"]
    assert read_labels(column(["1", "2"]), np.array([1, 2])).values.tolist() == [1, 2]
    assert read_labels(column(["true", "false"]), np.array([False, True])).values.tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([None, None, float("nan")], "regression", r"known for some rows, got only missing"),
        (pl.Series([None, None], dtype=pl.String), "classification", r"got only missing values"),
        ([1.0, None], "regression", r"at least 2 rows with a target, got 1"),
        (["a", "a"], "classification", r"at least 2 different classes, got only 'a'"),
        ([2.5, 2.5], "regression", r"at least 2 different values, got only 2.5"),
        (["a", "b"], "regression", r"must hold numbers for regression, got 'a' in row 1"),
        ([0.5, 1.0, 2.0], "classification", r"must hold labels .* such as 0.5. Choose reg"),
        (
            [f"n{i}" for i in range(30)],
            "classification",
            r"must repeat its classes.* each of 30 rows\. Name another target\.$",
        ),
        (list(range(30)), "classification", r"each of 30 rows\. Name .*, or choose regression\.$"),
        ([1.0, float("inf")], "regression", r"column 'y' must hold finite numbers, .* row 2"),
        ([datetime.date(2020, 1, 1)] * 3, "regression", r"must hold numbers, text or booleans"),
    ],
)
def test_targets_that_cannot_serve(values, task, message):
    with pytest.raises(DataError, match=message):
        read_target(column(values), task)


@pytest.mark.parametrize(
    ("values", "got"),
    [
        ([1, "a"], r"got 1 \(int\) in row 1 and 'a' \(str\) in row 2"),
        ([None, "a", 2.5], r"got 'a' \(str\) in row 2 and 2\.5 \(float\) in row 3"),
        ([True, 1], r"got True \(bool\) in row 1 and 1 \(int\) in row 2"),
    ],
)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_values_of_several_types_are_refused(values, got, task):
    column = nw.from_native(pd.Series(values * 3, name="y", dtype=object), series_only=True)
    with pytest.raises(DataError, match=rf"target 'y' must hold values of one type, {got}\. "):
        read_target(column, task)
    make = TableClassifier if task == "classification" else TableRegressor
    y = np.array(values * 3, dtype=object)
    with pytest.raises(DataError, match=rf"y must hold values of one type, {got}\. "):
        make(preset="fast").fit(np.arange(len(y)).reshape(-1, 1), y)


def test_a_list_of_numbers_and_text_is_not_made_text():
    with pytest.raises(DataError, match=r"y must hold values of one type, got 1 .* and 'a' "):
        TableClassifier(preset="fast").fit([[1], [2], [3], [4]], [1, "a", 1, "a"])


def test_numbers_of_several_types_are_of_one():
    values = [1, 2.0, np.int64(1), Fraction(2), None] * 2
    column = nw.from_native(pd.Series(values, name="y", dtype=object), series_only=True)
    assert read_target(column, "regression").values.tolist() == [1.0, 2.0, 1.0, 2.0] * 2


@pytest.mark.parametrize("large", [1e308, 1e200])
def test_numbers_whose_squares_overflow_are_refused_without_a_warning(large):
    frame = pl.DataFrame({"x": range(30), "y": [large, large / 2, large / 3] * 10})
    message = "y must vary within the range of numbers, got a deviation of "
    with pytest.raises(DataError, match=message):
        TableRegressor(preset="fast").fit(frame, "y")
    with pytest.raises(DataError, match=message):
        TableModel("y", task="regression", settings={"preset": "fast"}).fit(frame)


@pytest.mark.parametrize(
    "form", [list, np.array, pd.Series, pl.Series, lambda y: np.array(y, dtype=object)]
)
def test_errors_about_targets_without_a_name_call_them_y(form):
    X = np.arange(30.0).reshape(-1, 1)
    with pytest.raises(DataError, match="target 'y' must have at least 2 different values"):
        TableRegressor("fast").fit(X, form([2.5] * 30))
    with pytest.raises(DataError, match="column 'y' must hold finite numbers, got inf in row 2"):
        TableRegressor("fast").fit(X, form([2.5, float("inf")] * 15))
    with pytest.raises(DataError, match="target 'y' must hold labels for classification"):
        TableClassifier("fast").fit(X, form([2.5, 1.0] * 15))
    with pytest.raises(DataError, match="target 'y' must hold numbers for regression, got 'a'"):
        TableRegressor("fast").fit(X, form(["a", "b"] * 15))
