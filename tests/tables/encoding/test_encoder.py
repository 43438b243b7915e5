import datetime
import math

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from chainrule import DataError
from chainrule.tables import TableEncoder

from ..frames import MAKERS

COLUMNS = {
    "size": [1, 2, None, 6],
    "colour": ["red", "blue", None, "green"],
    "sold": [True, None, False, True],
    "same": [7, 7, 7, 7],
    "none": pl.Series([None] * 4, dtype=pl.String).to_list(),
}
# Known 1, 2, 6: median 2, quartiles 1.5 and 4, so z = (x - 2) / 2.5 = -.4, 0, 1.6, and then
# z / sqrt(1 + z^2 / 9).
SIZE = [-0.4 / math.sqrt(1 + 0.16 / 9), 0, 0, 1.6 / math.sqrt(1 + 2.56 / 9)]
EXPECTED = {
    "size": SIZE,
    "sold = true": [1, 0, -1, 1],
    "colour = blue": [0, 1, 0, 0],
    "colour = green": [0, 0, 0, 1],
    "colour = red": [1, 0, 0, 0],
    "colour is missing": [0, 0, 1, 0],
    "size is missing": [0, 0, 1, 0],
}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS)
def make(request):
    return request.param


def test_the_matrix_by_hand(make):
    encoder = TableEncoder(dtype="float64")
    matrix = encoder.fit_transform(make(COLUMNS))
    assert encoder.get_feature_names_out().tolist() == list(EXPECTED)
    # A few roundings of numbers near one.
    np.testing.assert_allclose(matrix, np.transpose(list(EXPECTED.values())), atol=1e-15)
    assert encoder.left_out_ == {"same": "constant", "none": "empty"}
    assert encoder.kinds_ == {
        "size": "numeric",
        "colour": "categorical",
        "sold": "boolean",
        "same": "constant",
        "none": "constant",
    }
    assert encoder.feature_names_in_.tolist() == list(COLUMNS)
    assert encoder.n_features_in_ == 5


def test_single_precision_in_rows_by_default(make):
    matrix = TableEncoder().fit_transform(make(COLUMNS))
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous


def test_everything_is_learned_in_fit(make):
    encoder = TableEncoder(numeric="standard").fit(make({"x": [0.0, 2.0], "c": ["a", "b"]}))
    matrix = encoder.transform(make({"x": [3.0, None], "c": ["c", None]}))
    assert matrix.tolist() == [[2, 0], [0, 0]]


def test_unseen_levels_are_zeros_and_counted(make):
    train = {"c": ["a", "b", "c"], "d": ["a", "b", None], "e": ["x", "y", "z"]}
    encoder = TableEncoder(categories="codes", max_one_hot=2).fit(make(train))
    new = nw.from_native(make({"c": ["a", "z", None], "d": ["q", None, "b"], "e": ["x"] * 3}))
    encoded = encoder.encode(new)
    assert encoded.unknown == {"c": 1, "d": 1}
    # d is -1 and +1; c and e are codes from 1, and 0 for what is not known.
    assert encoded.matrix.tolist() == [[0, 1, 1], [0, 0, 1], [1, 0, 1]]


def test_columns_in_another_order_and_others_besides(make):
    encoder = TableEncoder().fit(make(COLUMNS))
    turned = {"new": [1, 2, 3, 4], **dict(reversed(COLUMNS.items()))}
    assert (encoder.transform(make(turned)) == encoder.transform(make(COLUMNS))).all()


def test_a_missing_column_is_named(make):
    encoder = TableEncoder().fit(make(COLUMNS))
    renamed = {("Colour" if name == "colour" else name): v for name, v in COLUMNS.items()}
    with pytest.raises(DataError, match=r"none named 'colour'. Did you mean 'Colour'\? Add the"):
        encoder.transform(make(renamed))
    with pytest.raises(DataError, match=r"none named 'size', 'colour', 'sold'\. Add the column"):
        encoder.transform(make({"x": [1]}))
    unused = {name: v for name, v in COLUMNS.items() if name not in ("same", "none")}
    encoder.transform(make(unused))


def test_many_missing_columns_are_counted():
    encoder = TableEncoder().fit(pl.DataFrame({f"n{i}": [1, 2] for i in range(13)}))
    with pytest.raises(DataError, match=r"'n8', 'n9' and 3 more"):
        encoder.transform(pl.DataFrame({"x": [1]}))


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinite_numbers_are_missing_and_counted(make, value):
    encoder = TableEncoder(numeric="standard").fit(make({"x": [0.0, 2.0]}))
    encoded = encoder.encode(make({"x": [value, 3.0, value]}))
    assert encoded.matrix.tolist() == [[0], [2], [0]]
    assert encoded.infinite == {"x": 2}
    trained = TableEncoder(numeric="standard").fit(make({"x": [0.0, value, 2.0]}))
    assert trained.transform(make({"x": [0.0, value]})).tolist() == [[-1, 0], [0, 1]]
    assert "1 infinite taken for missing" in trained.summary()


def test_nan_is_missing(make):
    matrix = TableEncoder(numeric="standard").fit_transform(make({"x": [0.0, math.nan, 2.0]}))
    assert matrix.tolist() == [[-1, 0], [0, 1], [1, 0]]


def test_missing_values_without_an_indicator(make):
    columns = {"x": [0.0, None, 2.0], "c": ["a", None, "b"], "d": [1.0, None, 1.0]}
    encoder = TableEncoder(numeric="standard", missing_indicator=False)
    assert encoder.fit_transform(make(columns)).tolist() == [[-1, -1], [0, 0], [1, 1]]
    assert encoder.left_out_ == {"d": "constant"}


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA, pd.NaT, "", "  "])
def test_missing_values_of_every_kind_in_pandas_objects(missing):
    frame = pd.DataFrame({"c": pd.Series(["a", missing, "b", "c"], dtype=object)})
    matrix = TableEncoder().fit_transform(frame)
    assert matrix.tolist() == [[1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "string", "category"])
def test_missing_values_of_pandas_own_types(dtype):
    values = [True, None, False] if dtype == "boolean" else [1, None, 2]
    series = pd.Series(values, dtype=object)
    if dtype == "string":
        series = pd.Series(["a", None, "b"])
    matrix = TableEncoder(numeric="standard").fit_transform(
        pd.DataFrame({"x": series.astype(dtype)})
    )
    assert matrix[1, 0] == 0
    assert sorted(matrix[:, 0].tolist()) == [-1, 0, 1]


def test_a_number_too_large_for_the_matrix(make):
    encoder = TableEncoder(numeric="standard").fit(make({"x": [1.0, 2.0]}))
    with pytest.raises(
        DataError, match=r"column 'x' .* got 1e\+300 in row 2, too large for float32"
    ):
        encoder.transform(make({"x": [1.0, 1e300]}))


@pytest.mark.parametrize("numeric", ["robust", "standard", "quantile", "noisy-quantile"])
def test_huge_numbers_are_scaled_without_overflow(make, numeric):
    matrix = TableEncoder(numeric=numeric).fit_transform(make({"x": [-1e308, 1e308]}))
    assert matrix[0, 0] == -matrix[1, 0]
    assert 0 < matrix[1, 0] < 6


def test_the_smooth_clip_holds_at_any_distance(make):
    encoder = TableEncoder().fit(make({"x": [-1.0, 1.0]}))
    assert encoder.transform(make({"x": [1e308, -1e308]})).tolist() == [[3], [-3]]


def test_text_where_training_had_numbers(make):
    encoder = TableEncoder(numeric="standard").fit(make({"x": [0.0, 2.0]}))
    encoded = encoder.encode(make({"x": ["3", " ", None, "NA", "two", "1"]}))
    assert encoded.matrix.tolist() == [[2], [0], [0], [0], [0], [0]]
    assert encoded.stray == {"x": 1}
    with pytest.raises(
        DataError, match=r"'x' must hold numbers, as in training, got 'two' in row 2"
    ):
        encoder.transform(make({"x": ["1", "two", "three"]}))


@pytest.mark.parametrize("wrong", [["1", "two", "three"], [1.0, 1e300]])
def test_a_block_counts_the_rows_before_it(make, wrong):
    encoder = TableEncoder(numeric="standard").fit(make({"x": [0.0, 2.0]}))
    with pytest.raises(DataError, match=r"got \S+ in row 102\b"):
        encoder.encode(make({"x": wrong}), first_row=100)


def test_numbers_where_training_had_text(make):
    encoder = TableEncoder().fit(make({"c": ["1", "2", "x"]}))
    expected = [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert encoder.transform(make({"c": [1, 2, None]})).tolist() == expected
    assert encoder.transform(make({"c": [1.0, 2.0, None]})).tolist() == expected
    assert encoder.transform(make({"c": [" 1", "2.0", ""]})).tolist() == expected


def test_very_many_levels_share_a_feature(make):
    levels = ["a"] * 3 + ["b"] * 2 + ["c", "d"]
    encoder = TableEncoder(max_levels=3).fit(make({"c": levels}))
    assert encoder.get_feature_names_out().tolist() == ["c = a", "c = b", "c is rare"]
    encoded = encoder.encode(make({"c": ["b", "d", "new", None]}))
    assert encoded.matrix.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]]


def test_very_many_levels_share_a_code(make):
    levels = ["a"] * 3 + ["b"] * 2 + ["c", "d"]
    encoder = TableEncoder(max_levels=3, max_one_hot=2, categories="codes").fit(make({"c": levels}))
    (block,) = encoder.layout_
    # Missing, a, b, rare.
    assert (block.kind, block.width, block.levels) == ("codes", 1, 4)
    new = make({"c": ["b", "d", "new", None]})
    assert encoder.transform(new).ravel().tolist() == [2, 3, 3, 0]


def test_more_rows_than_are_read_in_one_go(make, monkeypatch):
    random = np.random.default_rng(0)
    columns = {
        "x": random.normal(size=1000).tolist(),
        "c": random.choice(list("abcde"), 1000).tolist(),
    }
    columns["x"][700] = math.inf
    encoder = TableEncoder().fit(make(columns))
    whole = encoder.encode(make(columns))
    monkeypatch.setattr("chainrule.tables.encoding.encoder._ROWS", 64)
    monkeypatch.setattr("chainrule.tables.encoding.matrix._CACHED", 100)
    parts = encoder.encode(make(columns))
    assert (parts.matrix == whole.matrix).all()
    assert parts.infinite == whole.infinite == {"x": 1}
    columns["x"] = ["word"] * 1000
    with pytest.raises(DataError, match=r"got 'word' in row 1\."):
        encoder.encode(make(columns))


def test_nothing_to_learn_from(make):
    with pytest.raises(DataError, match=r"a column that differs between rows, got .*constant"):
        TableEncoder().fit(make({"x": [1, 1]}))


def test_columns_that_are_no_numbers_or_text():
    frame = pl.DataFrame({"x": [[1], [2]], "y": [1, 2]})
    with pytest.raises(DataError, match=r"column 'x' must hold numbers.* got List.* Leave it out"):
        TableEncoder().fit(frame)
    assert TableEncoder({"x": "ignore"}).fit(frame).left_out_ == {"x": "as asked"}


def test_categories_of_pandas_polars_and_arrow():
    values = ["b", "a", None, "c"]
    frames = [
        pd.DataFrame({"c": pd.Categorical(values)}),
        pl.DataFrame({"c": pl.Series(values, dtype=pl.Categorical)}),
        pl.DataFrame({"c": pl.Series(values, dtype=pl.Enum(["c", "b", "a"]))}),
        pa.table({"c": pa.array(values).dictionary_encode()}),
    ]
    for frame in frames:
        matrix = TableEncoder().fit_transform(frame)
        assert matrix.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]


def test_categories_that_no_row_has_are_no_levels():
    frame = pd.DataFrame({"c": pd.Categorical(["a", "b", "a"], categories=["z", "a", "b"])})
    assert TableEncoder().fit(frame).columns_[0].levels == ("a", "b")


def test_arrow_columns_in_several_chunks():
    chunks = pa.chunked_array([["a", "b"], ["c", None]])
    encoder = TableEncoder().fit(pa.table({"c": chunks}))
    assert encoder.columns_[0].levels == ("a", "b", "c")


def test_pandas_objects_of_several_kinds():
    frame = pd.DataFrame({"c": pd.Series([1, "x", None, True], dtype=object)})
    names = TableEncoder().fit(frame).get_feature_names_out().tolist()
    assert names == ["c = 1", "c = true", "c = x", "c is missing"]


def test_names_of_features_are_never_the_same(make):
    encoder = TableEncoder().fit(make({"c": ["a", "b"], "c = b": [1, 2]}))
    assert encoder.get_feature_names_out().tolist() == ["c = b", "c = b (2)"]


def test_what_is_no_table():
    with pytest.raises(DataError, match=r"data must be a data frame, .* got int"):
        TableEncoder().fit(3)
    with pytest.raises(DataError, match=r"column names must all be text, or none, got 1.*astype"):
        TableEncoder().fit(pd.DataFrame(np.zeros((3, 2)), columns=["a", 1]))
    with pytest.raises(DataError, match=r"column names must differ, got 'a' more than once"):
        TableEncoder().fit(pd.DataFrame(np.zeros((3, 2)), columns=["a", "a"]))


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ({"dtype": "int8"}, "dtype must be 'float32' or 'float64', got 'int8'"),
        ({"max_levels": 1}, "max_levels must be None or a whole number from 2"),
        ({"max_one_hot": 1}, "max_one_hot must be a whole number from 2"),
        ({"max_words": -1}, "max_words must be a whole number from 0"),
        ({"numeric": "minmax"}, "numeric must be one of 'robust', 'standard', 'quantile', 'noisy"),
        ({"binary": "both"}, "binary must be one of 'signs', 'one-hot', got 'both'"),
        ({"categories": "hash"}, "categories must be one of 'one-hot', 'codes', got 'hash'"),
        ({"missing_indicator": 1}, "missing_indicator must be True or False, got 1"),
        ({"random_state": None}, "random_state must be a whole number"),
        ({"column_kinds": ["x"]}, "column_kinds must be a dict from a column's name"),
    ],
)
def test_settings(setting, rule):
    with pytest.raises(DataError, match=rule):
        TableEncoder(**setting).fit(pl.DataFrame({"x": [1, 2]}))


def test_a_type_in_place_of_its_name():
    frame = pl.DataFrame({"x": [1, 2]})
    assert TableEncoder(dtype=np.float64).fit_transform(frame).dtype == np.float64


def test_repeated_names_in_a_table_of_arrow():
    table = pa.table([[1, 2], [3, 4]], names=["a", "a"])
    with pytest.raises(DataError, match=r"column names must differ, got 'a' more than once"):
        TableEncoder().fit(table)


def test_a_lazy_frame():
    frame = pl.DataFrame({"x": [0.0, 2.0]})
    matrix = TableEncoder(numeric="standard").fit_transform(frame.lazy())
    assert matrix.tolist() == [[-1], [1]]


def test_a_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("zip,x,when\n01,1,2020-01-05\n02,2,2021-03-04\n03,4,2022-05-06\n")
    encoder = TableEncoder({"zip": "categorical"}).fit(path)
    assert encoder.columns_[0].levels == ("01", "02", "03")
    assert encoder.kinds_ == {"zip": "categorical", "x": "numeric", "when": "datetime"}
    path.write_text("when,zip,x\n2020-01-05,02,1\n")
    encoded = encoder.encode(path)
    assert encoded.unknown == {}
    assert encoded.matrix[0, encoder.get_feature_names_out().tolist().index("zip = 02")] == 1


def test_dates_of_every_spelling_are_the_same(make):
    days = [datetime.date(2020, 1, 31), datetime.date(2021, 12, 1), datetime.date(2022, 6, 15)]
    expected = TableEncoder(dtype="float64").fit_transform(make({"d": days}))
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d-%b-%Y"):
        frame = make({"d": [day.strftime(form) for day in days]})
        matrix = TableEncoder(dtype="float64").fit_transform(frame)
        assert (matrix == expected).all()


def test_the_summary_has_a_line_for_each_column(make):
    lines = TableEncoder().fit(make(COLUMNS)).summary().splitlines()
    assert [line.split()[0] for line in lines] == list(COLUMNS)
    assert lines[0] == "size    numeric      robust scale, missing values marked"
    assert lines[1] == "colour  categorical  3 levels, missing values marked"
    assert lines[3] == "same    constant     left out: constant"
