import datetime
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from chainrule import DataError
from chainrule.files import load
from chainrule.tables import TableEncoder

from .frames import MAKERS

COLUMNS = {
    "size": [1, 2, None, 6],
    "colour": ["red", "blue", None, "red"],
    "sold": [True, None, False, True],
    "day": [datetime.date(2020, 1, day) for day in (1, 2, 3, 4)],
    "same": [7, 7, 7, 7],
    "none": pl.Series([None] * 4, dtype=pl.String).to_list(),
}
# Mean of size 3, deviation sqrt((4 + 1 + 9) / 3); of day 1.5 from the first, sqrt(1.25).
SIZE = [v / math.sqrt(14 / 3) for v in (-2, -1, 0, 3)]
DAY = [v / math.sqrt(1.25) for v in (-1.5, -0.5, 0.5, 1.5)]
EXPECTED = {
    "size": SIZE,
    "size is missing": [0, 0, 1, 0],
    "colour = blue": [0, 1, 0, 0],
    "colour = red": [1, 0, 0, 1],
    "colour is missing": [0, 0, 1, 0],
    "sold = false": [0, 0, 1, 0],
    "sold = true": [1, 0, 0, 1],
    "sold is missing": [0, 1, 0, 0],
    "day": DAY,
}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS)
def make(request):
    return request.param


def test_the_matrix_by_hand(make):
    encoder = TableEncoder(dtype="float64")
    matrix = encoder.fit_transform(make(COLUMNS))
    assert encoder.get_feature_names_out().tolist() == list(EXPECTED)
    # Milliseconds of 2020 are near 1.6e12: 1e-16 of that over a day's 8.6e7 is 2e-12.
    np.testing.assert_allclose(matrix, np.transpose(list(EXPECTED.values())), atol=1e-11)
    assert encoder.left_out_ == {"same": "constant", "none": "empty"}
    assert encoder.feature_names_in_.tolist() == list(COLUMNS)
    assert encoder.n_features_in_ == 6


def test_single_precision_by_default(make):
    assert TableEncoder().fit_transform(make(COLUMNS)).dtype == np.float32


def test_everything_is_learned_in_fit(make):
    encoder = TableEncoder().fit(make({"x": [0.0, 2.0], "c": ["a", "b"]}))
    matrix = encoder.transform(make({"x": [3.0, None], "c": ["c", None]}))
    assert matrix.tolist() == [[2, 0, 0], [0, 0, 0]]


def test_unknown_levels_are_zeros_and_counted(make):
    import narwhals as nw

    encoder = TableEncoder().fit(make({"c": ["a", "b", "a"], "d": ["a", "b", None]}))
    frame = nw.from_native(make({"c": ["a", "z", None], "d": ["q", None, "b"]}))
    encoded = encoder.encode(frame)
    assert encoded.unknown == {"c": 2, "d": 1}
    assert encoded.matrix.tolist() == [[1, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0]]


def test_columns_in_another_order_and_others_besides(make):
    encoder = TableEncoder().fit(make(COLUMNS))
    turned = {"new": [1, 2, 3, 4], **dict(reversed(COLUMNS.items()))}
    assert (encoder.transform(make(turned)) == encoder.transform(make(COLUMNS))).all()


def test_a_missing_column_is_named(make):
    encoder = TableEncoder().fit(make(COLUMNS))
    renamed = {("Colour" if name == "colour" else name): v for name, v in COLUMNS.items()}
    with pytest.raises(DataError, match=r"none named 'colour'. Did you mean 'Colour'\? Add the"):
        encoder.transform(make(renamed))
    unused = {name: v for name, v in COLUMNS.items() if name not in ("same", "none")}
    encoder.transform(make(unused))


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_names_column_and_row(make, value):
    with pytest.raises(
        DataError, match=rf"column 'x' must hold finite numbers, got {value} in row 2"
    ):
        TableEncoder().fit(make({"x": [1.0, value, 3.0]}))
    encoder = TableEncoder().fit(make({"x": [1.0, 2.0]}))
    with pytest.raises(DataError, match=r"column 'x' .* row 1"):
        encoder.transform(make({"x": [value]}))


def test_nan_is_missing(make):
    matrix = TableEncoder().fit_transform(make({"x": [0.0, math.nan, 2.0]}))
    assert matrix.tolist() == [[-1, 0], [0, 1], [1, 0]]


def test_a_number_too_large_for_the_matrix(make):
    encoder = TableEncoder().fit(make({"x": [1.0, 2.0]}))
    with pytest.raises(
        DataError, match=r"column 'x' .* got 1e\+300 in row 2, too large for float32"
    ):
        encoder.transform(make({"x": [1.0, 1e300]}))


def test_huge_numbers_are_standardised_without_overflow(make):
    assert TableEncoder().fit_transform(make({"x": [-1e300, 1e300]})).tolist() == [[-1], [1]]


def test_text_where_training_had_numbers(make):
    encoder = TableEncoder().fit(make({"x": [0.0, 2.0]}))
    assert encoder.transform(make({"x": ["3", " ", None]})).tolist() == [[2], [0], [0]]
    with pytest.raises(
        DataError, match=r"'x' must hold numbers, as in training, got 'two' in row 2"
    ):
        encoder.transform(make({"x": ["1", "two"]}))


def test_numbers_where_training_had_text(make):
    encoder = TableEncoder().fit(make({"c": ["1", "2", "x"]}))
    expected = [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert encoder.transform(make({"c": [1, 2, None]})).tolist() == expected
    assert encoder.transform(make({"c": [1.0, 2.0, None]})).tolist() == expected


def test_very_many_levels_share_a_feature(make):
    levels = ["a"] * 3 + ["b"] * 2 + ["c", "d"]
    encoder = TableEncoder(max_levels=3).fit(make({"c": levels}))
    assert encoder.get_feature_names_out().tolist() == ["c = a", "c = b", "c is rare"]
    assert encoder.transform(make({"c": ["b", "d", "new"]})).tolist() == [
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 1],
    ]


def test_text_that_names_the_rows_is_left_out(make):
    encoder = TableEncoder().fit(make({"id": [f"row {i}" for i in range(30)], "x": range(30)}))
    assert encoder.left_out_ == {"id": "every value different"}


def test_nothing_to_learn_from(make):
    with pytest.raises(DataError, match=r"a column that differs between rows, got .*constant"):
        TableEncoder().fit(make({"x": [1, 1]}))


def test_columns_that_are_no_numbers_or_text():
    with pytest.raises(DataError, match=r"column 'x' must hold numbers.* got List.* --ignore"):
        TableEncoder().fit(pl.DataFrame({"x": [[1], [2]]}))


def test_categories_of_pandas_and_polars():
    values = ["b", "a", None]
    frames = [
        pd.DataFrame({"c": pd.Categorical(values)}),
        pl.DataFrame({"c": pl.Series(values, dtype=pl.Categorical)}),
        pl.DataFrame({"c": pl.Series(values, dtype=pl.Enum(["b", "a"]))}),
    ]
    for frame in frames:
        assert TableEncoder().fit_transform(frame).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_pandas_objects_of_several_kinds():
    frame = pd.DataFrame({"c": pd.Series([1, "x", None, True], dtype=object)})
    names = TableEncoder().fit(frame).get_feature_names_out().tolist()
    assert names == ["c = 1", "c = true", "c = x", "c is missing"]


def test_what_is_no_frame():
    with pytest.raises(DataError, match=r"data must be a data frame or .* got ndarray"):
        TableEncoder().fit(np.zeros((3, 2)))
    with pytest.raises(DataError, match=r"column names must be text, got 0.*astype\(str\)"):
        TableEncoder().fit(pd.DataFrame(np.zeros((3, 2))))
    with pytest.raises(DataError, match=r"column names must differ, got 'a' more than once"):
        TableEncoder().fit(pd.DataFrame(np.zeros((3, 2)), columns=["a", "a"]))


@pytest.mark.parametrize("setting", [{"dtype": "int8"}, {"max_levels": 1}])
def test_settings(setting):
    with pytest.raises(ValueError, match=rf"{next(iter(setting))} must be"):
        TableEncoder(**setting).fit(pl.DataFrame({"x": [1, 2]}))


def test_repeated_names_in_a_table_of_arrow():
    table = pa.table([[1, 2], [3, 4]], names=["a", "a"])
    with pytest.raises(DataError, match=r"column names must differ, got 'a' more than once"):
        TableEncoder().fit(table)


def test_a_lazy_frame():
    frame = pl.DataFrame({"x": [0.0, 2.0]})
    assert TableEncoder().fit_transform(frame.lazy()).tolist() == [[-1], [1]]


def test_it_comes_back_from_a_file(make, tmp_path):
    encoder = TableEncoder().fit(make(COLUMNS))
    encoder.save(tmp_path / "e")
    copy = load(tmp_path / "e")
    assert (copy.transform(make(COLUMNS)) == encoder.transform(make(COLUMNS))).all()
    assert copy.columns_ == encoder.columns_
    assert copy.left_out_ == encoder.left_out_
