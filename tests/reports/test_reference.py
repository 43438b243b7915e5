import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule.reports import reference

from .tables import amount, classification, label, regression, table


def score(report, name):
    return next(score for score in report.scores if score.name == name)


def peer_of(last):
    """The columns of `table`, standardised where they are known, by scikit-learn alone."""
    gaps = SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True)
    numbers = make_pipeline(StandardScaler(), gaps)
    return make_pipeline(
        make_column_transformer((numbers, ["a", "b"]), (OneHotEncoder(), ["colour"])), last
    )


def test_ridge_is_ridge_on_standardised_columns():
    frame = table()
    y = amount(frame) + np.random.default_rng(2).normal(size=len(frame)) * 10
    peer = peer_of(Ridge()).fit(frame[:200], y[:200])
    expected = root_mean_squared_error(y[200:], peer.predict(frame[200:]))
    # The same model by another road: rounding, a thousand times over.
    assert score(regression(), "RMSE").linear == pytest.approx(expected, rel=1e-9)


def test_logistic_regression_is_logistic_regression_on_standardised_columns():
    frame = table()
    y = label(frame)
    peer = peer_of(LogisticRegression(max_iter=300)).fit(frame[:200], y[:200])
    expected = accuracy_score(y[200:], peer.predict(frame[200:]))
    assert score(classification(), "accuracy").linear == expected


def test_the_trivial_model_knows_the_training_rows_only():
    report = regression()
    frame = table()
    y = amount(frame) + np.random.default_rng(2).normal(size=len(frame)) * 10
    expected = np.abs(y[200:] - y[:200].mean()).mean()
    assert score(report, "mean absolute error").trivial == pytest.approx(expected, rel=1e-12)
    y = label(frame)
    names, counts = np.unique(y[:200], return_counts=True)
    most = names[counts.argmax()]
    assert score(classification(), "accuracy").trivial == np.mean(y[200:] == most)


@pytest.mark.parametrize("make", [pl.from_pandas, pa.Table.from_pandas, lambda frame: frame])
def test_every_library_gives_the_same_linear_model(make):
    frame = table()
    # Values that scikit-learn's encoders would stumble over.
    frame.loc[3, "a"], frame.loc[5, "colour"] = np.inf, None
    features = nw.from_native(make(frame))
    target = amount(table())
    model = reference.Linear(features, target, "regression", seed=0)
    found = reference.answer_numbers(model, features)
    assert np.isfinite(found).all()
    # The same numbers in the same order.
    again = reference.Linear(nw.from_native(frame), target, "regression", seed=0)
    assert found == pytest.approx(reference.answer_numbers(again, nw.from_native(frame)))


def test_many_rows_are_predicted_in_parts(monkeypatch):
    features = nw.from_native(table())
    model = reference.Linear(features, amount(table()), "regression", seed=0)
    whole = reference.answer_numbers(model, features)
    monkeypatch.setattr(reference, "MOST_ROWS", 41)
    assert reference.answer_numbers(model, features).tolist() == whole.tolist()


def test_of_many_rows_or_columns_some_are_enough(monkeypatch):
    # A number, a number with a mark, three colours.
    monkeypatch.setattr(reference, "MOST_VALUES", 6 * 50)
    features = nw.from_native(table())
    model = reference.Linear(features, amount(table()), "regression", seed=0)
    assert model.rows == 50
    assert len(reference.answer_numbers(model, features)) == 300


def test_a_linear_model_that_fails_is_left_out_and_told_of(monkeypatch):
    def fail(*arguments, **settings):
        raise RuntimeError("no \x1b[31mroom\nat all")

    monkeypatch.setattr(reference, "TableEncoder", fail)
    report = regression()
    assert all(score.linear is None and score.trivial is not None for score in report.scores)
    assert report.notes[0] == (
        "Ridge regression is left out: it could not be fitted (no \\x1b[31mroom)."
    )


def test_columns_without_a_value_do_not_stop_it():
    frame = table()
    frame["empty"], frame["none"] = np.nan, pd.Series([None] * len(frame), dtype=object)
    model = reference.Linear(nw.from_native(frame), amount(frame), "regression", seed=0)
    assert np.isfinite(reference.answer_numbers(model, nw.from_native(frame))).all()


def test_columns_are_what_the_model_took_them_for():
    frame = table()
    frame["key"] = [f"k{i}" for i in range(len(frame))]
    frame["code"] = np.arange(len(frame)) % 5
    frame["written"] = frame["a"].map(str)
    features = nw.from_native(frame)

    def names(kinds=None):
        model = reference.Linear(features, amount(frame), "regression", 0, kinds)
        return set(model._encoder.get_feature_names_out())

    plain = {"a", "b", "b is missing", "written"} | {
        f"colour = {c}" for c in ("red", "green", "blue")
    }
    assert names() == plain | {"code"}
    kinds = {"code": "categorical", "a": "ignore", "gone": "numeric", "b": "what I call it"}
    assert names(kinds) == plain - {"a"} | {f"code = {i}" for i in range(5)}


def test_the_kinds_of_a_report_are_those_of_the_linear_model():
    columns = [("a", "ignore", ""), ("b", "numeric", ""), ("colour", "categorical", "")]
    without = score(regression(columns=columns), "R squared").linear
    # The amount is mostly the column that is left out.
    assert without < 0.5 < score(regression(), "R squared").linear
