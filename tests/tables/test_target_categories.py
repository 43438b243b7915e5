"""Labels of pandas' and pyarrow's type of categories: they come back as what the categories are."""

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from chainrule import DataError, TableModel
from chainrule.tables.target import infer_task, read_labels, read_target

from .quick import BRIEF, classifier, regressor

X = np.linspace(-1, 1, 80).reshape(-1, 1)
LABELS = {
    "i": [0, 1],
    "b": [False, True],
    "f": [0.5, 1.5],
    "U": ["a", "b"],
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_categories_keep_their_type(kind):
    y = pd.Series(LABELS[kind] * 40).astype("category")
    model = classifier(**BRIEF).fit(X, y)
    assert model.classes_.dtype.kind == kind
    assert model.classes_.tolist() == LABELS[kind]
    assert (model.predict(X) == y).mean() == pytest.approx(model.score(X, y))
    assert set(model.predict(X).tolist()) <= set(LABELS[kind])


@pytest.mark.parametrize("kind", LABELS)
def test_missing_labels_of_categories_are_missing(kind):
    y = pd.Series([LABELS[kind][0], None, LABELS[kind][1]] * 9, dtype=object).astype("category")
    column = nw.from_native(y, series_only=True)
    assert infer_task(column) == "classification"
    known = read_target(column, "classification")
    assert known.values.tolist() == LABELS[kind] * 9
    assert known.values.dtype.kind == kind
    assert known.rows.tolist()[:3] == [0, 2, 3]
    assert read_labels(column, np.unique(known.values)).values.tolist() == LABELS[kind] * 9


def test_a_dictionary_of_pyarrow():
    column = pa.chunked_array([pa.array([3, 4, None] * 9).dictionary_encode()])
    known = read_target(nw.from_native(column, series_only=True), "classification")
    assert (known.values.dtype.kind, known.values.tolist()) == ("i", [3, 4] * 9)


def test_categories_of_numbers_are_quantities_for_a_regression():
    y = pd.Series([0.5, 1.5] * 40).astype("category")
    assert regressor(**BRIEF).fit(X, y).target_range_ == (0.5, 1.5)
    with pytest.raises(DataError, match="must hold numbers for regression"):
        regressor(**BRIEF).fit(X, pd.Series(["a", "b"] * 40).astype("category"))


def test_a_model_of_a_table_scores_them():
    y = pd.Series([3, 5] * 40).astype("category")
    frame = pd.DataFrame({"x": X[:, 0], "y": y})
    model = TableModel("y", settings={"preset": "fast", "epochs": 1}).fit(frame)
    assert model.classes_.tolist() == [3, 5]
    assert model.evaluate(frame)["scores"]["accuracy"] == (model.predict(frame) == y).mean()
