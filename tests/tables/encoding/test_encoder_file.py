import datetime

import numpy as np
import polars as pl
import pytest

from chainrule.files import load
from chainrule.tables import TableEncoder
from chainrule.tables.encoding.columns import column_from_plain, column_to_plain

FRAME = pl.DataFrame(
    {
        "x": ["1", "2", "?!", *["3.5"] * 40, None],
        "c": ["a", "b", "c", "d"] * 11,
        "ok": [True, False, None, True] * 11,
        "t": [datetime.date(2020, 1, 1) + datetime.timedelta(17 * i) for i in range(44)],
        "day": [f"{i % 28 + 1}/12/2020" for i in range(44)],
        "text": [f"a few words and {i} {'more' * (i % 3)}" for i in range(44)],
        "id": [f"row {i}" for i in range(44)],
    }
)


@pytest.mark.parametrize("numeric", ["robust", "standard", "quantile", "noisy-quantile"])
@pytest.mark.parametrize("categories", ["one-hot", "codes"])
def test_it_comes_back_from_a_file(tmp_path, numeric, categories):
    encoder = TableEncoder(
        {"c": "categorical"}, numeric=numeric, categories=categories, max_one_hot=2
    )
    encoder.fit(FRAME).save(tmp_path / "e")
    copy = load(tmp_path / "e")
    assert (copy.transform(FRAME) == encoder.transform(FRAME)).all()
    assert copy.columns_ == encoder.columns_
    assert copy.kinds_ == encoder.kinds_
    assert copy.left_out_ == encoder.left_out_ == {"id": "every value different"}
    assert copy.layout_ == encoder.layout_
    assert copy.get_params() == encoder.get_params()


def test_one_fitted_without_names(tmp_path):
    rows = FRAME.select("x", "c").rows()
    encoder = TableEncoder(dtype=np.float64).fit(rows)
    encoder.save(tmp_path / "e")
    copy = load(tmp_path / "e")
    assert copy.transform(rows).dtype == np.float64
    assert (copy.transform(rows) == encoder.transform(rows)).all()


COLUMNS = {
    column.name: column
    for column in TableEncoder(max_one_hot=2, numeric="quantile").fit(FRAME).columns_
}
BAD = {
    "a kind of columns that is none": ("x", {"kind": "colour"}),
    "a scale that is none": ("x", {"scale": {"scale": "huge", "center": 0.0}}),
    "a scale of infinite size": (
        "x",
        {"scale": {"scale": "robust", "center": 0.0, "factor": 1e999}},
    ),
    "a scale of size 0": ("x", {"scale": {"scale": "standard", "center": 0.0, "deviation": 0.0}}),
    "a scale without numbers": ("x", {"scale": {"scale": "quantile", "quantiles": ()}}),
    "falling quantiles": ("x", {"scale": {"scale": "quantile", "quantiles": (2.0, 1.0)}}),
    "text for a number": ("x", {"scale": {"scale": "standard", "center": "0", "deviation": 1.0}}),
    "a level twice": ("c", {"levels": ["a", "a", "b"]}),
    "a coding that is none": ("c", {"coding": "hash"}),
    "three levels as two": ("c", {"coding": "binary", "levels": ["a", "b", "c"]}),
    "a form of dates that is none": ("day", {"form": "%d"}),
    "a part of dates that is none": ("t", {"cycles": ["minute"]}),
    "a word twice": ("text", {"words": ["few", "few"]}),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_makes_no_sense(what):
    name, change = BAD[what]
    plain = column_to_plain(COLUMNS[name])
    assert column_from_plain(plain) == COLUMNS[name]
    with pytest.raises((ValueError, TypeError, KeyError)):
        column_from_plain({**plain, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"columns_": []},
        {"kinds_": {"x": "numeric"}},
        {"left_out_": {}},
        {"n_features_in_": 2},
    ],
)
def test_columns_that_do_not_fit_together(change):
    state = TableEncoder().fit(FRAME)._to_state()
    TableEncoder._from_state(state)
    with pytest.raises(ValueError, match="do not fit together"):
        TableEncoder._from_state({**state, "fitted": state["fitted"] | change})
