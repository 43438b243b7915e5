"""Dates, times and durations where training had numbers: milliseconds would be other numbers."""

import datetime

import numpy as np
import polars as pl
import pytest

from chainrule import DataError
from chainrule.files import load
from chainrule.tables import TableEncoder

from ..frames import MAKERS

ROWS = 30
DAYS = [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=i) for i in range(ROWS)]
LENGTHS = [datetime.timedelta(days=i) for i in range(ROWS)]


@pytest.mark.parametrize("values", [DAYS, LENGTHS], ids=["dates", "durations"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_they_are_refused(values, make):
    encoder = TableEncoder().fit(make({"x": np.arange(ROWS), "y": np.arange(ROWS)}))
    new = make({"x": [None, *values[1:]], "y": np.arange(ROWS)})
    with pytest.raises(DataError, match=r"column 'x' must hold numbers, .* got '.*' in row 2\. "):
        encoder.transform(new)


def test_a_few_among_missing_values_are_told():
    encoder = TableEncoder().fit(
        pl.DataFrame({"x": [*map(str, range(29)), "see note"], "y": range(ROWS)})
    )
    encoded = encoder.encode(pl.DataFrame({"x": [*DAYS[:3], None], "y": range(4)}))
    assert encoded.stray == {"x": 3}


def test_a_column_of_durations_takes_them(tmp_path):
    table = pl.DataFrame({"x": LENGTHS, "y": range(ROWS)})
    encoder = TableEncoder().fit(table)
    assert encoder.kinds_["x"] == "numeric"
    assert np.unique(encoder.transform(table)[:, 0]).size == ROWS
    encoder.save(tmp_path / "encoder")
    again = load(tmp_path / "encoder")
    assert (again.transform(table) == encoder.transform(table)).all()
    assert again.columns_ == encoder.columns_


def test_a_column_of_nothing_is_missing():
    encoder = TableEncoder().fit(pl.DataFrame({"x": range(ROWS), "y": range(ROWS)}))
    new = pl.DataFrame({"x": pl.Series([None, None], dtype=pl.Datetime), "y": [1, 2]})
    assert encoder.encode(new).stray == {}
