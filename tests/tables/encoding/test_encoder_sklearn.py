import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from chainrule import DataError
from chainrule.tables import TableEncoder


@parametrize_with_checks(
    [
        TableEncoder(),
        TableEncoder(numeric="standard", dtype="float64"),
        TableEncoder(numeric="quantile", categories="codes", missing_indicator=False),
    ]
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def table(rows=120):
    random = np.random.default_rng(0)
    x, group = random.normal(size=rows), random.choice(["a", "b", "c"], rows)
    return pd.DataFrame({"x": x, "group": group}), (x + 2 * (group == "a") > 0.5).astype(int)


def test_in_a_pipeline_and_a_search():
    X, y = table()
    pipeline = make_pipeline(TableEncoder(), LogisticRegression())
    assert pipeline.fit(X, y).score(X, y) > 0.9
    settings = {"tableencoder__numeric": ["robust", "quantile"]}
    search = GridSearchCV(pipeline, settings, cv=3).fit(X, y)
    assert search.best_score_ > 0.9


@pytest.mark.parametrize(
    ("container", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)]
)
def test_frames_as_output(container, kind):
    X, _ = table()
    encoder = TableEncoder().set_output(transform=container)
    encoded = encoder.fit_transform(X)
    assert isinstance(encoded, kind)
    assert list(encoded.columns) == ["x", "group = a", "group = b", "group = c"]
    assert (np.asarray(encoded) == TableEncoder().fit_transform(X)).all()


def test_a_clone_has_the_settings_and_nothing_learned():
    encoder = TableEncoder({"x": "categorical"}, numeric="quantile").fit(table()[0])
    copy = clone(encoder)
    assert copy.get_params() == encoder.get_params()
    assert not hasattr(copy, "columns_")
    assert not hasattr(copy, "layout_")


def test_arrays_have_columns_x0_and_so_on():
    X = np.array([[0.0, 5.0, 1.0], [2.0, 5.0, 3.0]])
    encoder = TableEncoder(numeric="standard").fit(X)
    assert encoder.get_feature_names_out().tolist() == ["x0", "x2"]
    assert encoder.kinds_ == {"x0": "numeric", "x1": "constant", "x2": "numeric"}
    assert not hasattr(encoder, "feature_names_in_")
    assert encoder.transform(X).tolist() == [[-1, -1], [1, 1]]
    assert encoder.transform(X.tolist()).tolist() == [[-1, -1], [1, 1]]
    assert encoder.transform(pd.DataFrame(X)).tolist() == [[-1, -1], [1, 1]]


def test_lists_of_rows_with_numbers_and_text():
    rows = [[1, "a", True], [3, "b", None], [None, "c", False]]
    for data in (rows, np.array(rows, dtype=object)):
        encoder = TableEncoder(numeric="standard").fit(data)
        assert encoder.kinds_ == {"x0": "numeric", "x1": "categorical", "x2": "boolean"}
        assert encoder.transform(data)[:, 0].tolist() == [-1, 1, 0]


def test_masked_values_are_missing():
    array = np.ma.masked_array([[0.0, 1.0], [2.0, 3.0], [7.0, 5.0]], mask=[[0, 0], [0, 0], [1, 0]])
    encoder = TableEncoder(numeric="standard").fit(array)
    assert encoder.transform(array)[:, [0, 2]].tolist() == [[-1, 0], [1, 0], [0, 1]]


def test_names_only_in_training_or_only_later():
    X, _ = table()
    array = X.to_numpy(dtype=object)
    encoder = TableEncoder().fit(X)
    with pytest.warns(UserWarning, match="X does not have valid feature names, but TableEncoder"):
        assert (encoder.transform(array) == encoder.transform(X)).all()
    encoder = TableEncoder().fit(array)
    with pytest.warns(UserWarning, match="X has feature names, but TableEncoder was fitted with"):
        assert (encoder.transform(X) == encoder.transform(array)).all()
    with pytest.raises(DataError, match="X has 1 features, but TableEncoder is expecting 2 feat"):
        encoder.transform(array[:, :1])


def test_a_second_fit_forgets_the_names():
    X, _ = table()
    encoder = TableEncoder().fit(X)
    encoder.fit(X.to_numpy(dtype=object))
    assert not hasattr(encoder, "feature_names_in_")
    assert encoder.kinds_ == {"x0": "numeric", "x1": "categorical"}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ([[1, 2], [3]], "rows of one length"),
        ([1, 2], "Expected 2D array, got 1D array instead"),
        (np.zeros((0, 2)), r"at least one row, got 0 sample\(s\)"),
        (np.zeros((2, 0)), r"must have columns, got 0 feature\(s\)"),
        (np.array([[1j]]), "Complex data not supported"),
        (np.array([[{}, 1], [2, 3]], dtype=object), r"numbers, text, booleans or dates, got {}"),
    ],
)
def test_arrays_that_are_no_tables(data, rule):
    with pytest.raises(DataError, match=rule):
        TableEncoder().fit(data)


def test_no_library_for_frames_is_installed(monkeypatch):
    import sys

    for name in ("polars", "pandas", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DataError, match=r"polars, pandas or pyarrow must be installed"):
        TableEncoder().fit(np.eye(2))
