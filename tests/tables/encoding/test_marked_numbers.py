"""Money, percent and numbers with thousands apart: read as numbers where it is sure how."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from chainrule import DataError
from chainrule.files import load
from chainrule.tables import TableEncoder
from chainrule.tables.target import infer_task, read_target
from chainrule.tables.values.marked_numbers import Form, find_marked_form

from ..test_target_text import column

ROWS = 60
AMOUNTS = np.random.default_rng(0).normal(0, 3000, ROWS).round(2)
WRITTEN = {
    "written with $": lambda x: f"${x:,.2f}" if x >= 0 else f"(${-x:,.2f})",
    "in %": lambda x: f"{x:.2f} %",
    "written with €": lambda x: f"{x:,.2f} €".replace(",", "\u00a0").replace(".", ","),
    "written with USD": lambda x: f"USD {x:,.2f}",
    "written with CHF": lambda x: f"CHF {x:,.2f}".replace(",", "'"),
    "written with £": lambda x: f"-£{-x:.2f}" if x < 0 else f"£{x:.2f}",
    "written with thousands apart": lambda x: f"{x:,.2f}",
}


@pytest.mark.parametrize("summary", WRITTEN)
def test_they_are_numbers(summary, tmp_path):
    words = [WRITTEN[summary](x) for x in AMOUNTS]
    words[3] = "n/a"
    plain = [None if i == 3 else x for i, x in enumerate(AMOUNTS)]
    other = range(ROWS)
    encoder = TableEncoder().fit(pl.DataFrame({"x": words, "y": other}))
    expected = TableEncoder().fit_transform(pl.DataFrame({"x": plain, "y": other}))
    assert encoder.notes()[0][:2] == ("x", "numeric")
    assert encoder.notes()[0][2] == f"robust scale, {summary}, missing values marked"
    # The rule is that of training, whatever the new rows are, and it is kept.
    encoder.save(tmp_path / "encoder")
    for one in (encoder, load(tmp_path / "encoder")):
        rows = [one.transform(pl.DataFrame({"x": [x], "y": [0]}))[0, 0] for x in words[:6]]
        assert rows == expected[:6, 0].tolist()


@pytest.mark.parametrize(
    "words",
    [
        ["1,234", "2,100"],
        ["€1,234", "€2,100"],
        ["555 123 456", "1 2"],
        ["10.0.0.1", "10.0.0.2"],
        ["$5", "$six"],
        ["007%", "US$"],
        ["USD", "%", "$"],
    ],
)
def test_nothing_is_guessed(words):
    assert find_marked_form(Counter(words)) is None


def test_a_currency_tells_what_a_comma_is():
    form = find_marked_form(Counter(["$1,234", "$2,100", "0"]))
    assert [form.parser()(word) for word in ("$1,234", "-$2,100", "$ 5", "7", "$5%")] == [
        1234.0,
        -2100.0,
        5.0,
        7.0,
        None,
    ]


def test_a_few_other_words_are_stray():
    words = [f"${x:,.2f}" for x in np.abs(AMOUNTS)]
    encoder = TableEncoder().fit(pl.DataFrame({"x": [*words[:-1], "gone"], "y": range(ROWS)}))
    assert encoder.kinds_["x"] == "numeric"
    assert "1 other words taken for missing, such as 'gone'" in encoder.notes()[0][2]
    as_said = TableEncoder({"x": "numeric"}).fit(pl.DataFrame({"x": words, "y": range(ROWS)}))
    assert as_said.columns_[0].form == Form("$", ",", ".")


def test_a_target_is_read_so():
    words = [f"${x:,.2f}" for x in np.abs(AMOUNTS)]
    assert infer_task(column(words)) == "regression"
    assert read_target(column(words), "regression").values.tolist() == np.abs(AMOUNTS).tolist()
    with pytest.raises(DataError, match=r"got 'on request' in row 1, one word beside 59 numbers"):
        infer_task(column(["on request", *words[1:]]))


@pytest.mark.parametrize("text", ["", "$", "x|,|.", "$|;|.", "$|,|,"])
def test_a_file_with_another_form_is_refused(text):
    with pytest.raises(ValueError, match=r"form of numbers|values to unpack"):
        Form.of(text)
